"""What goes wrong between here and Grafana, in one line that says what happened and what to do."""

from __future__ import annotations

import json
import socket
import ssl
from typing import TYPE_CHECKING

from airgap.plugins.protocol.causes import causes
from airgap.plugins.protocol.errors import PluginError

if TYPE_CHECKING:
    from requests import Response

    from airgap.plugins.grafana.settings import Settings


class GrafanaError(PluginError):
    """Grafana refused something.

    Attributes:
        status: The HTTP status it answered with.
        reason: Its own words.
        kind: The short name it gives some refusals ("version-mismatch"), else "".
    """

    def __init__(self, message: str, status: int, reason: str, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.kind = kind


class NotFound(GrafanaError):
    """Grafana doesn't have what was asked for."""


class Disconnected(PluginError):
    """Grafana can't be reached, doesn't answer, or isn't what answers."""


class NotLetIn(PluginError):
    """Grafana doesn't accept the login."""


def may_come_back(error: BaseException) -> bool:
    """Whether a server that is starting, or starting anew, fails like this."""
    found = list(causes(error))
    if any(isinstance(cause, ssl.SSLError | socket.gaierror) for cause in found):
        return False
    if any("ReadTimeout" in type(cause).__name__ for cause in found):
        return False
    return any(isinstance(cause, ConnectionError) or "Timeout" in type(cause).__name__ for cause in found)


def connection_problem(error: BaseException, url: str) -> str:
    """Why Grafana couldn't be talked to, and the way out."""
    found = list(causes(error))
    for cause in found:
        if isinstance(cause, ssl.SSLError):
            reason = " ".join(str(getattr(cause, "verify_message", "") or cause.reason or cause).split())
            return f"no secure connection to Grafana at {url}: {reason}; check its certificate and the provider's url"
        if isinstance(cause, socket.gaierror):
            return f"the host in the provider's url {url} isn't known; check its spelling"
    if any(isinstance(cause, ConnectionRefusedError) for cause in found):
        return f"Grafana isn't reachable at {url}; is it running? (its container's log tells)"
    if any("Timeout" in type(cause).__name__ for cause in found):
        return f"Grafana at {url} doesn't answer; look at its log and restart it if it hangs"
    if any(isinstance(cause, ConnectionError) for cause in found):
        return f"the connection to Grafana at {url} was lost; check that it is running, then run the update again"
    first = " ".join(str(found[-1] if found else error).split())
    return f"Grafana isn't reachable at {url}: {first}"


def refusal(response: Response, doing: str, settings: Settings) -> PluginError:
    """The error for an answer that isn't what was wanted.

    Args:
        doing: What is being done: "can't <doing>: ...".
    """
    status = response.status_code
    if 300 <= status < 400:
        target = response.headers.get("Location", "another address")
        return Disconnected(
            f"what answers at {settings.url} redirects to {target}; set the provider's url to where Grafana is served"
        )
    said = _said(response)
    if said is None:
        kind = response.headers.get("Content-Type", "").partition(";")[0] or "no content type"
        return Disconnected(
            f"what answers at {settings.url} isn't Grafana's API (status {status}, {kind}); check the provider's url"
        )
    reason, name = said
    if status == 404:
        return NotFound(f"can't {doing}: {reason}", status, reason, name)
    if status == 403:
        return GrafanaError(
            f"can't {doing}: Grafana says '{reason}'; {settings.login} may not do that, an administrator's is needed",
            status,
            reason,
            name,
        )
    return GrafanaError(f"can't {doing}: Grafana says '{reason}' ({status})", status, reason, name)


def not_let_in(settings: Settings, org: int) -> NotLetIn:
    """The error for a login that isn't accepted."""
    way_out = (
        "the password is wrong, or locked for five minutes after five wrong ones; check the provider's auth"
        if settings.user
        else "check the provider's auth"
    )
    where = f" in organisation {org}" if org not in (0, settings.org) else ""
    return NotLetIn(f"Grafana at {settings.url} doesn't accept {settings.login}{where}: {way_out}")


def _said(response: Response) -> tuple[str, str] | None:
    """Grafana's words and its short name for the refusal; None where it wasn't Grafana that answered."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    # A few of its answers are a bare text.
    words = body.get("message") if isinstance(body, dict) else body
    if not isinstance(words, str):
        return None
    name = body.get("status") if isinstance(body, dict) else ""
    return " ".join(words.split()), name if isinstance(name, str) else ""
