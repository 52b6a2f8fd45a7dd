"""The provider's configuration: where Grafana is, who logs in, how patient to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from airgap.plugins.grafana.patience import matches
from airgap.plugins.protocol.schema import Change, Schema, at_least, integer, mapping, text, texts
from airgap.plugins.protocol.values import Properties, Unknown

_RETRIES: Final = 3
# The official plugin also tries again after 401. Five wrong passwords lock a login, so that is left out here.
_RETRY_CODES: Final = ("429", "5xx")


def _url_problem(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"must be an address such as 'http://127.0.0.1:3000', not {url!r}"
    if parts.username is not None:
        return "must not hold a user or a password; these belong in 'auth'"
    return None


def _codes_problem(codes: list[str]) -> str | None:
    for code in codes:
        if not re.fullmatch(r"[1-5][\dx]{2}", code):
            return f"must be status codes such as '429' or '5xx', not {code!r}"
        if matches(401, (code,)):
            return f"must not hold {code!r}: trying a wrong password again locks the login"
    return None


CONFIG: Final = Schema(
    token="pulumi:providers:grafana",  # noqa: S106 - a type token
    fields={
        "url": text(change=Change.UPDATE, valid=_url_problem),
        "auth": text(change=Change.UPDATE),
        "orgId": integer(change=Change.UPDATE, valid=at_least(1)),
        "httpHeaders": mapping(change=Change.UPDATE),
        "retries": integer(change=Change.UPDATE, valid=at_least(0)),
        "retryWait": integer(change=Change.UPDATE, unit="seconds", valid=at_least(0)),
        "retryStatusCodes": texts(change=Change.UPDATE, valid=_codes_problem),
    },
    secrets=("auth", "httpHeaders"),
)


@dataclass(frozen=True)
class Settings:
    """What the configuration says, with the official plugin's defaults.

    Attributes:
        url: Grafana's root address without a slash at its end; "" while it isn't known.
        user: Who logs in with a password; "" with a token, or without a login.
        password: That password.
        token: A service account's token.
        org: The organisation where a resource doesn't name one; 0 leaves that to the token.
        headers: Further HTTP headers.
        retries: How often a request is sent again after one of the codes.
        wait: Seconds between these; 0 lets them grow.
        codes: The status codes, with `x` for any digit.
    """

    url: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    org: int = 0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    retries: int = _RETRIES
    wait: float = 0.0
    codes: tuple[str, ...] = _RETRY_CODES

    @property
    def login(self) -> str:
        """Who logs in, for messages."""
        if self.user:
            return f"the login of '{self.user}'"
        return "the token" if self.token else "requests without a login"


def settings(config: Properties) -> Settings:
    """Reads the configuration; what isn't known yet counts as not given."""
    known = {key: value for key, value in config.items() if not isinstance(value, Unknown)}
    user, colon, password = str(known.get("auth", "")).partition(":")
    user, password = user.strip(), password.strip()
    return Settings(
        url=str(known.get("url", "")).rstrip("/"),
        user=user if colon else "",
        password=password,
        token="" if colon or user == "anonymous" else user,
        org=int(known.get("orgId") or (1 if colon else 0)),
        headers=dict(known.get("httpHeaders") or {}),
        retries=int(known.get("retries", _RETRIES)),
        wait=float(known.get("retryWait", 0)),
        codes=tuple(known.get("retryStatusCodes") or _RETRY_CODES),
    )
