"""The provider's plugin: found, downloaded, or installed from an archive."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops import grafana_plugin
from ops.errors import OpsError, UsageError
from ops.grafana_plugin import OVERRIDES, VERSION, NotAvailable, archive_name, is_here, obtain, source
from ops.project import Stack
from ops.pulumi_cli import Pulumi
from tests.ops.conftest import FakePulumi

MIRROR = "^github://=https://mirror.example.com/plugins"
Cli = Callable[..., Pulumi]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "pulumi-home"
    folder.mkdir()
    return folder


@pytest.fixture
def cli(stack: Stack, pulumi: FakePulumi, home: Path) -> Cli:
    """The stack's Pulumi, with further variables."""

    def make(**more: str) -> Pulumi:
        return Pulumi(stack, {"PATH": str(pulumi.folder), "PULUMI_HOME": str(home), **more})

    return make


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    return folder


def installed(home: Path) -> Path:
    folder = home / "plugins" / f"resource-grafana-v{VERSION}"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-grafana").touch()
    return folder


def test_the_version_is_that_of_the_package() -> None:
    package = Path(grafana_plugin.__file__).parents[1] / ".venv/lib"
    documents = list(package.glob("python*/site-packages/pulumiverse_grafana/pulumi-plugin.json"))
    for document in map(json.loads, (path.read_text() for path in documents)):
        assert document["version"] == VERSION
        assert document["server"] == grafana_plugin._SERVER


@pytest.mark.parametrize(
    ("machine", "expected"), [("x86_64", "amd64"), ("AMD64", "amd64"), ("aarch64", "arm64"), ("riscv64", "riscv64")]
)
def test_the_archive_is_named_as_it_is_released(machine: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert archive_name() == f"pulumi-resource-grafana-v{VERSION}-linux-{expected}.tar.gz"


def test_it_is_found_where_pulumi_finds_it(cli: Cli, home: Path, tmp_path: Path) -> None:
    assert not is_here(cli().env)
    folder = installed(home)
    assert is_here(cli().env)
    folder.with_name(f"{folder.name}.partial").touch()
    assert not is_here(cli().env), "cut short"
    beside = tmp_path / "beside" / "pulumi-resource-grafana"
    beside.parent.mkdir()
    beside.touch()
    assert not is_here({"PATH": str(beside.parent), "HOME": str(tmp_path)}), "not executable"
    beside.chmod(0o755)
    assert is_here({"PATH": str(beside.parent), "HOME": str(tmp_path)})


def test_one_of_another_version_isnt_it(cli: Cli, home: Path) -> None:
    folder = installed(home)
    folder.rename(folder.with_name("resource-grafana-v1.0.0"))
    assert not is_here(cli().env)


def test_what_is_here_is_not_asked_for(cli: Cli, home: Path, images: Path, pulumi: FakePulumi) -> None:
    installed(home)
    obtain(cli(), download=True, folder=images)
    assert pulumi.calls == []
    assert source(cli().env, download=False, folder=images) == "it is here"


def test_it_is_downloaded_where_there_is_internet(cli: Cli, images: Path, pulumi: FakePulumi) -> None:
    obtain(cli(), download=True, folder=images)
    (call,) = pulumi.called("plugin", "install")
    assert call["args"][2:8] == [
        "resource",
        "grafana",
        VERSION,
        "--exact",
        "--server",
        "github://api.github.com/pulumiverse",
    ]


def test_a_mirror_is_asked_without_internet_too(cli: Cli, images: Path, pulumi: FakePulumi) -> None:
    child = cli(**{OVERRIDES: MIRROR})
    assert source(child.env, download=False, folder=images) == f"downloaded ({OVERRIDES})"
    obtain(child, download=False, folder=images)
    (call,) = pulumi.called("plugin", "install")
    assert call["env"][OVERRIDES] == MIRROR


@pytest.mark.parametrize("value", ["", "^random=https://x", "grafana", "^grafana$=https://x"])
def test_a_mirror_for_others_is_none(value: str, cli: Cli, images: Path) -> None:
    assert source(cli(**{OVERRIDES: value}).env, download=False, folder=images) is None


def test_a_mirror_that_cant_be_read_is_one_line(cli: Cli, images: Path) -> None:
    with pytest.raises(UsageError, match=f"{OVERRIDES} holds no regular expression"):
        source(cli(**{OVERRIDES: "(=https://x"}).env, download=False, folder=images)


def test_an_archive_is_installed(cli: Cli, home: Path, images: Path, pulumi: FakePulumi) -> None:
    archive = images / archive_name()
    archive.touch()
    assert source(cli().env, download=False, folder=images) == f"images/{archive_name()}"
    # as Pulumi does when it is asked to; the stand-in does nothing, and so the archive has held no plugin
    with pytest.raises(OpsError, match=r"holds no program pulumi-resource-grafana; download it again"):
        obtain(cli(), download=False, folder=images)
    (call,) = pulumi.called("plugin", "install")
    assert call["args"][2:8] == ["resource", "grafana", VERSION, "--exact", "--file", str(archive)]
    installed(home)
    obtain(cli(), download=False, folder=images)


def test_an_archive_that_pulumi_refuses_is_one_line(cli: Cli, images: Path, pulumi: FakePulumi) -> None:
    (images / archive_name()).write_text("nonsense")
    pulumi.answer("plugin install", err="error: unexpected EOF\n", code=1)
    with pytest.raises(
        OpsError, match=rf"images/{archive_name()} can't be installed: .*unexpected EOF; download it"
    ) as e:
        obtain(cli(), download=False, folder=images)
    assert "\n" not in str(e.value)
    assert not isinstance(e.value, NotAvailable), "an archive that somebody put there is meant"


def test_an_archive_of_another_version_is_one_line(cli: Cli, images: Path) -> None:
    (images / "pulumi-resource-grafana-v1.2.3-linux-amd64.tar.gz").touch()
    with pytest.raises(OpsError, match=rf"v1\.2\.3-linux-amd64\.tar\.gz isn't the plugin .* {archive_name()}; remove"):
        source(cli().env, download=False, folder=images)
    (images / archive_name()).touch()
    assert source(cli().env, download=False, folder=images) == f"images/{archive_name()}", "an old one does no harm"


def test_a_download_that_fails_falls_back_on_an_archive(
    cli: Cli, home: Path, images: Path, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi.answer("plugin install", err="error: 404\n", code=1)
    with pytest.raises(NotAvailable, match=rf"the plugin grafana {VERSION} can't be downloaded: .*404"):
        obtain(cli(), download=True, folder=images)
    (images / archive_name()).touch()
    real = Pulumi.run

    def run(self: Pulumi, args: list[str]) -> str:
        if "--file" in args:
            installed(home)
            return ""
        return real(self, args)

    monkeypatch.setattr(Pulumi, "run", run)
    obtain(cli(), download=True, folder=images)
    assert is_here(cli().env)


def test_where_there_is_none_it_says_so(cli: Cli, images: Path, pulumi: FakePulumi) -> None:
    with pytest.raises(NotAvailable, match=f"no plugin grafana {VERSION}"):
        obtain(cli(), download=False, folder=images)
    assert pulumi.calls == []
    assert source(cli().env, download=False, folder=images / "nowhere") is None
