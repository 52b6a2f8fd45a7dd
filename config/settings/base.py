"""The base of every model of settings, and the types that several of them use.

Keys are camelCase in stack files, snake_case here.
Units stand in the names: seconds, hours, days, MB (2**20 bytes, as Docker counts memory), GB (as Prometheus does).
"""

import re
from typing import Annotated, ClassVar, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

# the registry of images that the air-gapped kit builds
AIRGAP_REGISTRY = "airgap.local"
MIN_MEMORY_MB = 6  # Docker refuses containers with less


def _no_scheme(address: str) -> str:
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be HOST:PORT without a scheme or path")
    return address


def _http_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest or any(c.isspace() for c in url):
        raise ValueError("must be an http:// or https:// URL")
    return url


def _path_or_url(target: str) -> str:
    if not re.fullmatch(r"(/|https?://[^\s/])\S*", target):
        raise ValueError("must be a path on the service, or an http:// or https:// URL")
    return target


Port = Annotated[int, Field(ge=1, le=65535, examples=[9090])]
HostPort = Annotated[str, AfterValidator(_no_scheme), Field(examples=["api.internal:8080"])]
HttpUrl = Annotated[str, AfterValidator(_http_url), Field(examples=["https://hooks.example.com/alerts"])]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$"), Field(examples=["/metrics"])]
ProbeTarget = Annotated[str, AfterValidator(_path_or_url), Field(examples=["/healthz"])]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$"), Field(examples=["api"])]
HostName = Annotated[str, StringConstraints(pattern=r"^[\w.-]+$"), Field(examples=["shop-1"])]
ContainerName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]+$"), Field(examples=["shop-api"])]
LabelName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$"), Field(examples=["team"])]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s,;]+@[^@\s,;]+$"), Field(examples=["team@autonomica.ai"])]
# the id stands for a channel whatever it is called; only a bot can post by it
CHANNEL_ID = r"[CDG][A-Z0-9]{8,}"
SlackName = Annotated[str, StringConstraints(pattern=rf"^([#@]\S+|{CHANNEL_ID})$"), Field(examples=["#alerts"])]
Seconds = Annotated[int, Field(ge=1, le=7 * 86400, examples=[15])]
Percent = Annotated[float, Field(gt=0, le=100, examples=[85])]
MemoryMb = Annotated[int, Field(ge=MIN_MEMORY_MB, examples=[512])]
Cpus = Annotated[float, Field(gt=0, examples=[0.5])]


class Model(BaseModel):
    """Frozen, nothing unknown, nothing coerced: a setting means what its writer wrote."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )


_Type = TypeVar("_Type")


def field_types(model: type[BaseModel], base: type[_Type]) -> dict[str, type[_Type]]:
    """Those fields of a model, optional or not, whose type is a subclass of something."""
    return {
        name: annotation
        for name, field in model.model_fields.items()
        for annotation in (field.annotation, *get_args(field.annotation))
        if isinstance(annotation, type) and issubclass(annotation, base)
    }


class Thresholds(Model):
    """The limits of a subject's alerts.

    Attributes:
        jobs: names of the scrape jobs that belong to the subject.
        rising: pairs of limits, in each the one that has to be smaller first, so that the warning comes first.
    """

    jobs: ClassVar[tuple[str, ...]] = ()
    rising: ClassVar[tuple[tuple[str, str], ...]] = ()

    @model_validator(mode="after")
    def _warnings_come_first(self) -> Self:
        for smaller, larger in self.rising:
            low, high = getattr(self, smaller), getattr(self, larger)
            if low >= high:
                raise ValueError(
                    f"{to_camel(smaller)} ({low:g}) must be below {to_camel(larger)} ({high:g}): "
                    "the warning comes first"
                )
        return self


class ServerSettings(Model):
    """A server that is watched by signing in to it. `secret_keys`: of the secrets which that takes."""

    secret_keys: ClassVar[tuple[str, ...]] = ()

    address: HostPort


# a share is never more than 100 %: with a limit of 100 the alert would never fire
Share = Annotated[float, Field(gt=0, lt=100, examples=[85])]


# for how long something that is gone is missed
MemoryDays = Annotated[int, Field(ge=1, le=30, examples=[7])]
