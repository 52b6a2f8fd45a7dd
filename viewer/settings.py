"""What the viewer's container is told, in files that the deployment writes; secrets are files of their own."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from viewer.errors import ReportError
from viewer.schedule import WEEKDAYS, Weekly

FILE = Path("/run/files/viewer.json")
PASSWORD_FILE = Path("/run/files/smtp_password")
DASHBOARDS = Path("/run/dashboards")
INDEX = "index.json"
DATA = Path("/var/lib/viewer")


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (OSError, KeyError):
        raise ValueError(f"there is no time zone {name}") from None


Zone = Annotated[str, AfterValidator(_zone)]
_Model = TypeVar("_Model", bound=BaseModel)


class _Told(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=AliasGenerator(validation_alias=to_camel), validate_by_name=True
    )


class Smtp(_Told):
    """The server that takes mails, and whom it takes them from."""

    host: str
    port: int
    sender: str
    username: str
    require_tls: bool


class ReportSettings(_Told):
    """The weekly mail; `days` is how far it looks back."""

    to: tuple[str, ...]
    dashboards: tuple[str, ...]
    days: int
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    time: time
    time_zone: Zone
    smtp: Smtp

    @property
    def schedule(self) -> Weekly:
        """When it goes out."""
        return Weekly(WEEKDAYS.index(self.weekday), self.time, ZoneInfo(self.time_zone))


class SourceSettings(_Told):
    """A datasource of the stack."""

    uid: str
    name: str
    type: str


class ViewerSettings(_Told):
    """Everything but the secrets.

    Attributes:
        environment: of the stack.
        prometheus: its address for this container.
        link: where people find the dashboards.
        home: uid of the dashboard that is shown first.
        hosts: names by which browsers may ask; numbers they always may.
        sources: every datasource of the stack; the first is that Prometheus.
        scrape_seconds: between two scrapes.
        report: None: nothing is mailed.
    """

    environment: str
    prometheus: str
    link: str
    home: str
    hosts: tuple[str, ...]
    sources: tuple[SourceSettings, ...]
    scrape_seconds: float
    report: ReportSettings | None = None


class IndexEntry(_Told):
    """A dashboard: `file` is beside the index, `folder` is the title of its folder."""

    uid: str
    folder: str
    file: str


class Index(_Told):
    """The dashboards in the order in which they are listed."""

    dashboards: tuple[IndexEntry, ...]


def read(path: Path = FILE) -> ViewerSettings:
    """Read the settings.

    Raises:
        ReportError: the file isn't there, or isn't what this release expects.
    """
    return read_as(ViewerSettings, path)


def read_as(model: type[_Model], path: Path) -> _Model:
    """Read a file that the deployment writes; see `read`."""
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReportError(f"{path} can't be read ({error.strerror}); the deployment writes it") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReportError(
            f"{path} isn't what this release expects ({where}: {first['msg']}); `make up` writes it again"
        ) from None


def secret(path: Path) -> str:
    """A secret out of its file.

    Raises:
        ReportError: it isn't there.
    """
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ReportError(f"{path} can't be read ({error.strerror}); the deployment writes it") from None
