"""Where this machine gets Debian packages from, read from its own apt configuration."""

import re
from collections.abc import Iterator
from pathlib import Path

from airgap.errors import KitError

SUITE = "bookworm"
_APT = Path("/etc/apt")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_ONE_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<parts>.+)$")


def host_sources(apt: Path = _APT) -> str:
    """Lines for apt that lead to Debian 12's main archive (with its updates) on the mirrors this machine uses.

    A machine of another Debian release has the same mirrors, so only the release's name is exchanged.

    Raises:
        KitError: there is no Debian archive in the configuration.
    """
    lines = list(dict.fromkeys(_lines(apt)))
    if not lines:
        raise KitError(
            f"no Debian archive is configured in {apt}; add one (deb <mirror>/debian {SUITE} main), or set AIRGAP=0"
        )
    return "".join(f"{line}\n" for line in lines)


def _lines(apt: Path) -> Iterator[str]:
    for uri, suite, parts in _entries(apt):
        # other archives (tools of a vendor, Ubuntu's) have other names at the end
        if "main" not in parts or not re.search(r"/debian(-security)?/?$", uri):
            continue
        release, dash, pocket = suite.partition("-")
        if release in ("sid", "unstable", "experimental") or pocket not in ("", "updates", "security"):
            continue
        yield f"deb [signed-by={_KEYRING}] {uri} {SUITE}{dash}{pocket} main"


def _entries(apt: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Address, suite and components of every binary archive."""
    for file in sorted([apt / "sources.list", *apt.glob("sources.list.d/*.list")]):
        for line in file.read_text().splitlines() if file.is_file() else []:
            if found := _ONE_LINE.match(line.partition("#")[0].strip()):
                yield found["uri"], found["suite"], found["parts"].split()
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for paragraph in re.split(r"\n\s*\n", file.read_text()):
            yield from _paragraph(paragraph)


def _paragraph(text: str) -> Iterator[tuple[str, str, list[str]]]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\n\s+", " ", "\n".join(lines))
    fields = {name.lower(): value.split() for name, _, value in (line.partition(":") for line in joined.splitlines())}
    if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
        return
    for uri in fields.get("uris", []):
        for suite in fields.get("suites", []):
            yield uri, suite, fields.get("components", [])
