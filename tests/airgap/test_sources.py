"""Which Debian archives are used, from what apt is configured with."""

from pathlib import Path

import pytest

from airgap.errors import KitError
from airgap.images.sources import host_sources

MIRROR = "http://mirror.example/debian"


def _apt(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        path = tmp_path / "sources.list" if stem == "sources" else tmp_path / "sources.list.d" / f"{stem}.{ending}"
        path.write_text(text)
    return tmp_path


def _short(lines: str) -> list[str]:
    return [line.partition("] ")[2] for line in lines.splitlines()]


def test_one_line_entries(tmp_path: Path) -> None:
    apt = _apt(
        tmp_path,
        sources_list=f"""# the archive
deb {MIRROR} bookworm main contrib
deb-src {MIRROR} bookworm main
deb [arch=amd64 signed-by=/k.gpg] {MIRROR}-security/ bookworm-security main # security
deb {MIRROR} bookworm-backports main
""",
    )
    assert _short(host_sources(apt)) == [
        f"{MIRROR} bookworm main",
        f"{MIRROR}-security/ bookworm-security main",
    ]


def test_paragraph_entries_with_comments_and_several_suites(tmp_path: Path) -> None:
    apt = _apt(
        tmp_path,
        debian_sources=f"""Types: deb deb-src
# snapshot
URIs: {MIRROR}
Suites: bookworm
 bookworm-updates
Components: main

Types: deb
URIs: {MIRROR}-security
Suites: bookworm-security
Components: main
Enabled: no
""",
    )
    assert _short(host_sources(apt)) == [f"{MIRROR} bookworm main", f"{MIRROR} bookworm-updates main"]


def test_another_debian_release_lends_its_mirror(tmp_path: Path) -> None:
    apt = _apt(tmp_path, sources_list=f"deb {MIRROR} trixie main\ndeb {MIRROR} trixie-updates main\n")
    assert _short(host_sources(apt)) == [f"{MIRROR} bookworm main", f"{MIRROR} bookworm-updates main"]


def test_vendors_archives_are_left_out(tmp_path: Path) -> None:
    apt = _apt(
        tmp_path,
        sources_list=f"deb {MIRROR} bookworm main\n",
        vendor_list="deb https://vendor.example/apt stable main\n",
        node_sources="Types: deb\nURIs: https://vendor.example/node\nSuites: nodistro\nComponents: main\n",
    )
    assert _short(host_sources(apt)) == [f"{MIRROR} bookworm main"]


def test_no_archive_is_said(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="no Debian archive is configured"):
        host_sources(_apt(tmp_path))
