"""A real browser, and pages to look at with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from viewer.__main__ import main
from viewer.documents import Library
from viewer.settings import ViewerSettings
from viewer.web import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
# every panel that is to be seen has been drawn, or says why not
DRAWN = """() => {
  const seen = [...document.querySelectorAll('.panel')].filter(
    (each) => each.offsetParent && each.getBoundingClientRect().top < innerHeight);
  return seen.length > 0 && seen.every((each) => each.dataset.state);
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; a test that needs it is skipped, with the reason, where there is none."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"there is no browser: none of {', '.join(NAMES)} is on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def install_chromium() -> None:
    """Have Debian's package manager install it, where that is possible; nothing is said where it isn't."""
    if not any(map(shutil.which, NAMES)) and shutil.which("apt-get"):
        for words in (["update", "-qq"], ["install", "-qq", "--yes", "chromium"]):
            subprocess.run(["apt-get", *words], capture_output=True, timeout=600, check=False)


@contextmanager
def opened(
    browser: Browser, width: int = 1400, height: int = 1000, scheme: str = "light", refused: Sequence[int] = ()
) -> Iterator[Page]:
    """An empty page; what its console complains of ends the test, and so does a request to somebody else.

    Answers with the status codes `refused` are what the test is about: the browser's word about them is none of these.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    complaints: list[str] = []
    hosts: set[str] = set()

    def complain(message: ConsoleMessage) -> None:
        if message.type != "log" and not any(f"status of {code} " in message.text for code in refused):
            complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if "//" in request.url else None)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []
    assert len(hosts) <= 1, hosts


def show(page: Page, address: str) -> float:
    """Open a dashboard and wait until the panels that are in sight are drawn; the seconds that took."""
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_function(DRAWN, timeout=60_000, polling=20)
    return time.perf_counter() - begun


@contextmanager
def serving(settings: ViewerSettings, library: Path, built: Path) -> Iterator[str]:
    """The viewer's pages, as its container serves them; their address."""
    if not (built / "vega.js").exists():
        assert main(["bundle", str(built / "vega.js")]) == 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = Pages(settings, Library(library), CollectorRegistry(), built).app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
