"""Turns what the Docker SDK raises into one line that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def engine_message(error: Any) -> tuple[int, str]:
    """The HTTP status and the engine's own words of an APIError, on one line."""
    status = int(error.status_code or 0)
    words = error.explanation
    if isinstance(words, bytes):
        words = words.decode(errors="replace")
    return status, " ".join(str(words or error).split())


def connection_problem(error: BaseException, host: str) -> str:
    """Why the engine couldn't be talked to, and the way out."""
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        return (
            f"no permission to use the Docker daemon at {host}; "
            "run as root or as a member of the group 'docker' (then log in again)"
        )
    text = " ".join(str(cause) for cause in causes)
    if any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes):
        return f"the Docker daemon isn't reachable at {host}; is it running? ('docker info' tells)"
    if any("Timeout" in type(cause).__name__ for cause in causes):
        return f"the Docker daemon at {host} doesn't answer; look at its log and restart it if it hangs"
    if "Connection aborted" in text or "RemoteDisconnected" in text or "Connection broken" in text:
        return (
            f"the connection to the Docker daemon at {host} was lost; "
            "check that it is running, then run the update again"
        )
    first = " ".join(str(causes[-1] if causes else error).split())
    return f"the Docker daemon isn't reachable at {host}: {first}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it comes from; the HTTP libraries put the cause among the arguments."""
    pending: list[Any] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending += [current.__cause__, current.__context__, *current.args, getattr(current, "reason", None)]
