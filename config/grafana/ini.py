"""Values as Grafana's configuration takes them."""

SECRETS_DIRECTORY = "/run/files"

# section -> key -> value
Sections = dict[str, dict[str, str]]


def from_file(path: str) -> str:
    """What a file holds, read when Grafana starts."""
    return f"$__file{{{path}}}"


def yes(value: bool) -> str:
    """A switch."""
    return str(value).lower()
