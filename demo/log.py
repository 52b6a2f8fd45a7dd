"""One JSON line per noteworthy event on standard output; never a secret, never a traceback."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_logger = logging.getLogger("demo")


class JsonLine(logging.Formatter):
    """Formats any log record, our own and the libraries', as one line of JSON."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON: time (ISO 8601, UTC), level, service, event and the event's own fields."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["problem"] = describe(record.exc_info[1])
        return json.dumps(line, default=str)


def configure(service: str) -> None:
    """Send everything that is logged in this process to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine(service))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _logger.setLevel(logging.INFO)
    logging.captureWarnings(True)
    # aiosmtpd warns at each connection that AUTH without TLS is unsafe: here that is on purpose.
    logging.getLogger("mail.log").setLevel(logging.ERROR)


def event(name: str, *, level: Literal["info", "warning", "error"] = "info", **fields: object) -> None:
    """Log the event `name` (snake_case) with its `fields`."""
    _logger.log(_LEVELS[level], name, extra={"fields": fields})


def describe(error: BaseException) -> str:
    """An error in one short line: its kind, the first line of its text, and what caused it."""
    text = str(error).strip().split("\n", 1)[0][:200]
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return line if error.__cause__ is None else f"{line} ({describe(error.__cause__)})"[:400]
