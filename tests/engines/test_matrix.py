"""The engines of today: each runs a stack from its first `up` to its `destroy`. `make engines`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.engines import MATRIX, NoEngineError, main, provide_images, running, unavailable

ROOT = Path(__file__).parents[2]
# the first is what the whole suite of end-to-end tests runs on
OTHERS = [name for name in MATRIX if name != "20.10"]


@pytest.mark.engine
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", OTHERS)
def test_a_stack_comes_up_works_and_goes(name: str) -> None:
    try:
        with running(name) as engine:
            provide_images(engine)
            begun = time.monotonic()
            journey = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-x",
                "-s",
                "-p",
                "no:cacheprovider",
                "tests/engines/journey.py",
            ]
            done = subprocess.run(engine.command(*journey), cwd=ROOT, check=False)
            print(f"{name}: {time.monotonic() - begun:.0f} s")  # noqa: T201
            assert done.returncode == 0
    except NoEngineError as error:
        pytest.skip(f"{name}: {error}")


def test_an_unknown_engine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["19.03", "true"]) == 2
    assert "there is no engine '19.03'; there are: 20.10, 28.5, 28.5-containerd" in capsys.readouterr().err
    assert main(["28.5"]) == 2


def test_without_root_it_is_skipped_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unavailable("28.5") == "an engine of its own needs root"
    assert main(["28.5", "true"]) == 0
    assert capsys.readouterr().out == "skipped on 28.5: an engine of its own needs root\n"


def test_what_isnt_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unavailable("20.10") == "containerd isn't installed"


@pytest.mark.engine
@pytest.mark.parametrize("name", MATRIX)
def test_an_engine_has_everything_to_itself_and_leaves_nothing(name: str) -> None:
    """Even when what ran with it failed, and left containers behind."""
    try:
        with running(name) as engine:
            here = ["docker", "info", "--format", "{{.ServerVersion}} {{.Driver}} {{.Containers}}"]
            told = subprocess.run(engine.command(*here), capture_output=True, text=True, check=True).stdout
            version, driver, containers = told.split()
            assert version.startswith(MATRIX[name][0])
            assert driver == ("overlayfs" if MATRIX[name][1] else "overlay2")
            assert containers == "0"
            addresses = subprocess.run(
                engine.command("ip", "-br", "address"), capture_output=True, text=True, check=True
            )
            cards = {line.split()[0].split("@")[0] for line in addresses.stdout.splitlines()}
            assert cards == {"lo", "docker0", "eth0", "veth-far"}
            sleeper = subprocess.Popen(engine.command("sleep", "1000"))
    except NoEngineError as error:
        pytest.skip(f"{name}: {error}")
    assert sleeper.wait(timeout=5) != 0
    assert not Path(f"/proc/{engine.pid}").exists()
    assert not list(Path("/var/tmp").glob(f"engine-{name}-*"))
