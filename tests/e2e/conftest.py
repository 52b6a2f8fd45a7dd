"""One system for all end-to-end tests: up before the first, destroyed after the last."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from airgap.engine import ensure_engine, stop_engine
from tests.e2e.system import System
from tests.viewer.browser import chromium, install_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def grafana(system: System) -> None:
    """A Grafana in the system; tests that need one are skipped, with the reason, where there is none."""
    lacking = json.loads(system.monitor("urls", "--json").stdout)["absent"]
    if "grafana" in lacking:
        pytest.skip(f"Grafana is {lacking['grafana']}")


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    state = tmp_path_factory.mktemp("engine")
    ensure_engine(state=state)
    system = System.copy_to(tmp_path_factory.mktemp("checkout"), "e2e")
    try:
        yield system
    finally:
        if system.containers() or system.volumes():
            system.monitor("destroy", "--yes", ok=False)
        stop_engine(state)  # only one that was started for these tests


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    install_chromium()
    with chromium() as found:
        yield found
