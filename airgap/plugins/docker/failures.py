"""Turns what the Docker SDK raises into one line that says what happened and what to do."""

from __future__ import annotations

from typing import Any

from airgap.plugins.protocol.causes import causes


def engine_message(error: Any) -> tuple[int, str]:
    """The HTTP status and the engine's own words of an APIError, on one line."""
    status = int(error.status_code or 0)
    words = error.explanation
    if isinstance(words, bytes):
        words = words.decode(errors="replace")
    return status, " ".join(str(words or error).split())


def connection_problem(error: BaseException, host: str) -> str:
    """Why the engine couldn't be talked to, and the way out."""
    found = list(causes(error))
    if any(isinstance(cause, PermissionError) for cause in found):
        return (
            f"no permission to use the Docker daemon at {host}; "
            "run as root or as a member of the group 'docker' (then log in again)"
        )
    text = " ".join(str(cause) for cause in found)
    if any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in found):
        return f"the Docker daemon isn't reachable at {host}; is it running? ('docker info' tells)"
    if any("Timeout" in type(cause).__name__ for cause in found):
        return f"the Docker daemon at {host} doesn't answer; look at its log and restart it if it hangs"
    if "Connection aborted" in text or "RemoteDisconnected" in text or "Connection broken" in text:
        return (
            f"the connection to the Docker daemon at {host} was lost; "
            "check that it is running, then run the update again"
        )
    first = " ".join(str(found[-1] if found else error).split())
    return f"the Docker daemon isn't reachable at {host}: {first}"
