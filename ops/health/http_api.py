"""Asking an HTTP API for JSON, with a reason in plain words when it doesn't answer."""

from collections.abc import Callable, Mapping

import requests

from ops.errors import OpsError

SECONDS = 5.0
# URL, query parameters -> decoded JSON; raises OpsError
FetchJson = Callable[[str, Mapping[str, str]], object]


def fetch_json(url: str, params: Mapping[str, str]) -> object:
    """GET a URL and decode its JSON.

    Raises:
        OpsError: nobody answers there, the answer is an error, or isn't JSON.
    """
    try:
        answer = requests.get(url, params=dict(params), timeout=SECONDS)
    except requests.RequestException as error:
        raise OpsError(f"doesn't answer at {_base(url)}: {plain_reason(error)}") from None
    if not answer.ok:
        raise OpsError(f"answers {answer.status_code} {answer.reason} at {url}")
    try:
        return answer.json()
    except ValueError:
        raise OpsError(f"{url} answered with something that isn't JSON") from None


def plain_reason(error: requests.RequestException) -> str:
    """Why a request got no answer, in words instead of a chain of class names."""
    if isinstance(error, requests.Timeout):
        return f"no answer within {SECONDS:g} s"
    text = str(error)
    for words in ("Connection refused", "Name or service not known", "No route to host", "Connection reset"):
        if words.lower() in text.lower():
            return words.lower()
    if "RemoteDisconnected" in text or "Connection aborted" in text:
        return "it closed the connection"
    return " ".join(text.split())


def _base(url: str) -> str:
    return "/".join(url.split("/")[:3])
