"""The base of every model of settings, and the types that several of them use.

Keys are camelCase in stack files, snake_case here.
Units stand in the names: seconds, hours, days, MB (2**20 bytes, as Docker counts memory), GB (as Prometheus does).
"""

import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

# the registry of images that the air-gapped kit builds
AIRGAP_REGISTRY = "airgap.local"
MIN_MEMORY_MB = 6  # Docker refuses containers with less


def _no_scheme(address: str) -> str:
    host, _, port = address.rpartition(":")
    if not re.fullmatch(r"[^\s/\[\]@?#]+|\[[\da-fA-F:.]+(%[\w.-]+)?\]", host) or not _is_port(port):
        raise ValueError("must be HOST:PORT without a scheme or path")
    if ":" in host and not host.startswith("["):
        raise ValueError(f"is an IPv6 address; write it in brackets: [{host}]:{port}, or [{address}]:PORT")
    return address


def _is_port(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,5}", text)) and 0 < int(text) < 65536


def _http_url(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest or any(c.isspace() for c in url):
        raise ValueError("must be an http:// or https:// URL")
    return url


def _proxy(url: str) -> str:
    if "@" in _http_url(url):
        raise ValueError("must have no login, which would be readable for everybody; let the proxy know this host")
    return url


def _path_or_url(target: str) -> str:
    if not re.fullmatch(r"(/|https?://[^\s/])\S*", target):
        raise ValueError("must be a path on the service, or an http:// or https:// URL")
    return target


Port = Annotated[int, Field(ge=1, le=65535, examples=[9090])]
HostPort = Annotated[str, AfterValidator(_no_scheme), Field(examples=["api.internal:8080"])]
HttpUrl = Annotated[str, AfterValidator(_http_url), Field(examples=["https://hooks.example.com/alerts"])]
ProxyUrl = Annotated[str, AfterValidator(_proxy), Field(examples=["http://proxy.internal:3128"])]
UrlPath = Annotated[str, StringConstraints(pattern=r"^/\S*$"), Field(examples=["/metrics"])]
ProbeTarget = Annotated[str, AfterValidator(_path_or_url), Field(examples=["/healthz"])]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$"), Field(examples=["api"])]
# as people's compose files have them; it becomes a label's value, and a part of an address
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$"), Field(examples=["api"])]
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


SYSTEM_CA = "system"
PROJECT = Path(__file__).parents[2]


def _certificates(source: str) -> str:
    """The certificates that a setting stands for: a file's, or those that it holds."""
    if source == SYSTEM_CA:
        return source
    text = source
    if "-----" not in source:
        try:
            text = (PROJECT / source).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "is no PEM file"
            raise ValueError(f"the file can't be read: {reason}; it is looked for in the project's folder") from None
    if "PRIVATE KEY" in text:
        raise ValueError("holds a private key, which belongs in no stack file; give the certificates alone")
    if not re.search(r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", text):
        raise ValueError(
            f"must be '{SYSTEM_CA}', or certificates in PEM: the path of a file in the project, or its text"
        )
    return text.strip() + "\n"


Certificates = Annotated[str, AfterValidator(_certificates), Field(examples=["certificates/internal-ca.pem"])]


def own_certificates(ca: str | None) -> str | None:
    """Those that a program has to be given: none where it is to trust whom its image trusts."""
    return None if ca == SYSTEM_CA else ca


class TlsSettings(Model):
    """How a server that is reached by TLS is known.

    `ca`: who signed its certificate: `system` (public authorities), the path of a PEM file in the project's folder, or
    its text. `serverName`: the name in the certificate, where that isn't the address's.
    `insecureSkipVerify`: it isn't known, and anybody in between can read and change everything.
    """

    ca: Certificates = SYSTEM_CA
    server_name: HostName | None = None
    insecure_skip_verify: bool = False

    @model_validator(mode="after")
    def _verifies_or_not(self) -> Self:
        if self.insecure_skip_verify and (self.ca != SYSTEM_CA or self.server_name):
            raise ValueError("insecureSkipVerify makes ca and serverName meaningless; leave it out, or these")
        return self


def _tls(value: object) -> object:
    return {True: {}, False: None}.get(value, value) if isinstance(value, bool) else value


# `true` is TLS with a certificate of a public authority
Tls = Annotated[TlsSettings | None, BeforeValidator(_tls)]


class ServerSettings(Model):
    """A server that is watched by signing in to it.

    `name` tells several of a kind apart; where it is left out, and there are several, it is the address's first part.

    Attributes:
        secrets: of those that it can ask for. A named one's end in its name: `redisPassword-queue`. One that isn't set
            is a login that isn't needed.
    """

    secrets: ClassVar[tuple[str, ...]] = ()

    name: Name | None = None
    address: HostPort

    @property
    def suffix(self) -> str:
        """What the names of its parts and secrets end in."""
        return f"-{self.name}" if self.name else ""

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secrets that it makes use of, if they are set."""
        return tuple(f"{key}{self.suffix}" for key in self.secrets)


def _several(value: object) -> object:
    """Servers of a kind as a list, of which each has a name once there are several."""
    if value is None or isinstance(value, dict):
        return () if value is None else (value,)
    if not isinstance(value, list):
        return value
    return tuple(_named(entry) if isinstance(entry, dict) and len(value) > 1 else entry for entry in value)


def _named(entry: dict[str, Any]) -> dict[str, Any]:
    host = re.match(r"[A-Za-z][A-Za-z0-9-]*", str(entry.get("address")).replace("_", "-"))
    return entry if "name" in entry or not host else {"name": host[0].lower(), **entry}


_Server = TypeVar("_Server", bound=ServerSettings)


def _different(servers: tuple[_Server, ...]) -> tuple[_Server, ...]:
    names = [server.name for server in servers]
    if len(names) > 1 and None in names:
        raise ValueError(f"the one at {servers[names.index(None)].address} needs a name; there are several")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two are called '{twice[0]}'; give each a name of its own")
    return servers


Servers = Annotated[tuple[_Server, ...], BeforeValidator(_several), AfterValidator(_different)]


# a share is never more than 100 %: with a limit of 100 the alert would never fire
Share = Annotated[float, Field(gt=0, lt=100, examples=[85])]


# for how long something that is gone is missed
MemoryDays = Annotated[int, Field(ge=1, le=30, examples=[7])]
