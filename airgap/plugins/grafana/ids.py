"""Ids as the official plugin makes them: `<organisation>:<name within it>`."""

from __future__ import annotations


def make(org: int, name: str | int) -> str:
    """The id of something in an organisation; 0 is the organisation of the token in use."""
    return f"{org}:{name}"


def split(id: str) -> tuple[int, str]:
    """Organisation and name; an id without an organisation, as a person may give it, has 0."""
    head, colon, tail = id.partition(":")
    return (int(head), tail) if colon and head.isdigit() else (0, id)


def bare(id: object) -> str:
    """The name alone, of an id with or without an organisation."""
    return split(str(id))[1] if id is not None else ""
