"""What the viewer's container is told, in files that the deployment writes; secrets are files of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasGenerator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from viewer.errors import ReportError

FILE = Path("/run/files/viewer.json")
PASSWORD_FILE = Path("/run/files/smtp_password")
DASHBOARDS = Path("/run/dashboards")
INDEX = "index.json"
DATA = Path("/var/lib/viewer")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (OSError, KeyError):
        raise ValueError(f"there is no time zone {name}") from None


_Model = TypeVar("_Model", bound=BaseModel)


class _Told(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=AliasGenerator(validation_alias=to_camel), validate_by_name=True
    )


@dataclass(frozen=True)
class Weekly:
    """Once a week, by the clocks of a time zone; `weekday` is 0 for Monday."""

    weekday: int
    at: time
    zone: tzinfo

    def due(self, now: datetime) -> datetime:
        """The last moment, now at the latest, at which a report had to go out.

        By the clock on the wall: where the clocks jump over it, it is the moment that the jump leads to.
        """
        local = now.astimezone(self.zone)
        day = local.date() - timedelta(days=(local.weekday() - self.weekday) % 7)
        moment = datetime.combine(day, self.at, self.zone)
        return moment if moment <= now else datetime.combine(day - timedelta(days=7), self.at, self.zone)


class Smtp(_Told):
    """The server that takes mails, and whom it takes them from; without a user name, from anybody."""

    host: str
    port: int
    sender: str
    username: str | None = None
    require_tls: bool
    implicit_tls: bool = False


class ReportSettings(_Told):
    """The weekly mail; `days` is how far it looks back."""

    to: tuple[str, ...]
    dashboards: tuple[str, ...]
    days: int
    weekday: Weekday
    time: time
    time_zone: Annotated[str, AfterValidator(_zone)]
    smtp: Smtp

    @property
    def schedule(self) -> Weekly:
        """When it goes out."""
        return Weekly(get_args(Weekday).index(self.weekday), self.time, ZoneInfo(self.time_zone))


class Source(_Told):
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
    sources: tuple[Source, ...]
    scrape_seconds: float
    report: ReportSettings | None = None


class IndexEntry(_Told):
    """A dashboard: `file` is its document, beside the index."""

    uid: str
    folder: str
    file: str


class Index(_Told):
    """The dashboards in the order in which they are listed."""

    dashboards: tuple[IndexEntry, ...]


def read(path: Path = FILE) -> ViewerSettings:
    """Read the settings; see `read_as`."""
    return read_as(ViewerSettings, path)


def read_as(model: type[_Model], path: Path) -> _Model:
    """Read a file that the deployment writes.

    Raises:
        ReportError: the file isn't there, or isn't what this release expects.
    """
    try:
        return model.model_validate_json(_bytes(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ReportError(
            f"{path} isn't what this release expects ({where}: {first['msg']}); `make up` writes it again"
        ) from None


def secret(path: Path) -> str:
    """A secret out of its file; see `read_as`."""
    return _bytes(path).decode().strip()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReportError(f"{path} can't be read ({error.strerror}); the deployment writes it") from None
