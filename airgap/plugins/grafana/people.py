"""Grafana's accounts, by e-mail address."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.grafana.api import Api

# The e-mail address of the account Grafana comes with.
_BUILT_IN: Final = "admin@localhost"


def key(email: str) -> str:
    """The form in which two spellings of an address are equal."""
    return email.strip().casefold()


def twice(*lists: list[str] | None) -> list[str]:
    """Addresses that stand in the lists more than once."""
    seen: set[str] = set()
    again = []
    for email in (email for emails in lists for email in emails or []):
        if key(email) in seen:
            again.append(email)
        seen.add(key(email))
    return again


def is_own(account: Any, login: str) -> bool:
    """Whether it is the account Grafana comes with, or the one in use here.

    Grafana puts whoever makes a team or an organisation into it; that is nothing the program asked for.
    """
    return key(account.get("email") or "") == _BUILT_IN or (bool(login) and account.get("login") == login)


def in_spelling_of(emails: list[str], wanted: list[str] | None) -> list[str]:
    """The addresses sorted, but in the order and the spelling of the program where they are the same."""
    if wanted is not None and {key(email) for email in emails} == {key(email) for email in wanted}:
        return list(wanted)
    return sorted(emails)


def ids_in_organisation(api: Api) -> dict[str, int]:
    """Address -> account number of everybody in the organisation."""
    accounts = api.get("org", "users", doing=f"list the users of organisation {api.org}")
    return {key(account["email"]): int(account["userId"]) for account in accounts}
