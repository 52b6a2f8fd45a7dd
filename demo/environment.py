"""What a service is told by its environment, checked once at the start. Secrets come from files only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit


class ConfigError(Exception):
    """The environment is wrong; the text names the variable, its value and what is expected."""


class SecretFile:
    """A secret kept in a file and read anew at each use, so that a changed secret needs no restart."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path

    def read(self) -> str:
        """The file's text without surrounding white space; raises `ConfigError` if unreadable or empty."""
        try:
            text = self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise ConfigError(
                f"{self._name}={self._path} can't be read ({reason}): mount a file uid 10001 may read"
            ) from None
        if not text:
            raise ConfigError(f"{self._name}={self._path} is empty: put the secret into it")
        return text


class Environment:
    """Typed access to environment variables."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str | None = None) -> str:
        """A non-empty text; raises `ConfigError` when it is missing and has no default."""
        value = self._values.get(name, "").strip() or default
        if value is None:
            raise ConfigError(f"{name} is not set: set it in the container's environment")
        return value

    def port(self, name: str, default: int) -> int:
        """A TCP port, 1 to 65535."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65535):
            raise ConfigError(f"{name}={value} is no port: use a whole number from 1 to 65535")
        return int(value)

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """A number from `least` to `most`."""
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not least <= number <= most:  # also refuses nan
            raise ConfigError(f"{name}={value} is out of range: use a number from {least:g} to {most:g}")
        return number

    def url(self, name: str) -> str:
        """An http(s) address without a trailing slash."""
        value = self.text(name)
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ConfigError(f"{name}={value} is no address: use one like http://api:8080")
        return value.rstrip("/")

    def secret(self, name: str) -> SecretFile:
        """The secret in the file that `name` points to; raises `ConfigError` when it can't be read now."""
        secret = SecretFile(name, Path(self.text(name)))
        secret.read()
        return secret
