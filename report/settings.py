"""What the report's container is told, in a file that the deployment writes; secrets are files of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from report.errors import ReportError
from report.schedule import WEEKDAYS, Weekly

DIRECTORY = Path("/run/files")
FILE = DIRECTORY / "report.json"
TOKEN_FILE = DIRECTORY / "grafana_token"
PASSWORD_FILE = DIRECTORY / "smtp_password"


@dataclass(frozen=True)
class Smtp:
    """The server that takes mails, and whom it takes them from."""

    host: str
    port: int
    sender: str
    username: str
    require_tls: bool


@dataclass(frozen=True)
class ReportSettings:
    """Everything but the secrets.

    Attributes:
        environment: of the stack.
        grafana: its address for this container.
        link: its address for people.
        days: how far a report looks back.
    """

    environment: str
    grafana: str
    link: str
    to: tuple[str, ...]
    dashboards: tuple[str, ...]
    days: int
    schedule: Weekly
    smtp: Smtp


def read(path: Path = FILE) -> ReportSettings:
    """Read the file.

    Raises:
        ReportError: it isn't there, or isn't what this release expects.
    """
    try:
        document: Mapping[str, Any] = json.loads(path.read_text())
        smtp = document["smtp"]
        return ReportSettings(
            environment=document["environment"],
            grafana=document["grafana"],
            link=document["link"],
            to=tuple(document["to"]),
            dashboards=tuple(document["dashboards"]),
            days=document["days"],
            schedule=Weekly(
                WEEKDAYS.index(document["weekday"]),
                time.fromisoformat(document["time"]),
                ZoneInfo(document["timeZone"]),
            ),
            smtp=Smtp(smtp["host"], smtp["port"], smtp["sender"], smtp["username"], smtp["requireTls"]),
        )
    except OSError as error:
        raise ReportError(f"{path} can't be read ({error.strerror}); the deployment writes it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path} isn't what this release expects ({error!r}); `make up` writes it anew") from None


def secret(path: Path) -> str:
    """A secret out of its file.

    Raises:
        ReportError: it isn't there.
    """
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ReportError(f"{path} can't be read ({error.strerror}); the deployment writes it") from None
