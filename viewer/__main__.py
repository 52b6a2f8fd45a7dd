"""`python -m viewer serve|send|page|bundle`: what runs in the viewer's container."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from viewer.errors import DashboardError, ReportError

METRICS_PORT = 8080
_SEND_SECONDS = 900


def main(words: list[str]) -> int:
    """Run a command; the exit code."""
    parser = argparse.ArgumentParser(prog="viewer", description="dashboards as live pages, as a page, as a weekly mail")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="show live pages; mail the report when it is due")
    send = commands.add_parser("send", help="mail the report now")
    send.add_argument("--until", type=float, help="seconds of the epoch at which its time ends")
    page = commands.add_parser("page", help="write dashboards as one page to standard output")
    page.add_argument("dashboards", nargs="*")
    page.add_argument("--seconds", type=float, required=True, help="how far to look back")
    page.add_argument("--zone", default="UTC")
    page.add_argument("--var", action="append", default=[])
    bundle = commands.add_parser("bundle", help="write what browsers draw charts with")
    bundle.add_argument("file", type=Path)
    said = parser.parse_args(words)
    runs: dict[str, Callable[[], int]] = {
        "bundle": lambda: _bundle(said.file), "serve": _serve,
        "send": lambda: _send(said.until), "page": lambda: _page(said),
    }  # fmt: skip
    try:
        return runs[said.command]()
    except (ReportError, DashboardError) as error:
        return _complain(str(error))


# what each needs is imported where it is needed


def _serve() -> int:
    import uvicorn
    from prometheus_client import CollectorRegistry, start_http_server

    from viewer.documents import Library
    from viewer.settings import read
    from viewer.web import PORT, Pages
    from viewer.weekly import Memory, Reporter, log

    settings, registry, stop = read(), CollectorRegistry(), threading.Event()
    metrics, _ = start_http_server(METRICS_PORT, registry=registry)
    app = Pages(settings, Library(), registry).app()
    threads = []
    if settings.report:
        reporter = Reporter(settings.report, Memory(), _send_apart, registry)
        threads.append(threading.Thread(target=reporter.run, args=(stop,)))
        threads[0].start()
    # only a container's own network sees this; the deployment publishes the port, or doesn't
    server = uvicorn.Server(
        uvicorn.Config(app, host="0.0.0.0", port=PORT, log_level="warning", access_log=False, server_header=False)  # noqa: S104
    )
    log("started")
    server.run()  # until SIGTERM
    stop.set()
    for thread in threads:
        thread.join()
    metrics.shutdown()
    log("stopped")
    return 0


def _send_apart(until: float) -> None:
    """Draw and send in a process of its own: what draws needs 200 MB, which go back when it ends."""
    command = [sys.executable, "-m", "viewer", "send", "--until", str(until)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SEND_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ReportError(f"the report wasn't drawn and sent within {_SEND_SECONDS} s") from None
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise ReportError(last.removeprefix("viewer: ") or f"sending ended with {done.returncode}")


def _send(until: float | None) -> int:
    from viewer.documents import Library
    from viewer.report import weekly
    from viewer.settings import PASSWORD_FILE, read, secret
    from viewer.web import asking_of
    from viewer.weekly import send

    settings = read()
    if settings.report is None:
        raise ReportError("this stack mails no report: set viewer.report, and bring it up")
    _in_zone(settings.report.time_zone)
    message = weekly(settings, settings.report, Library(), asking_of(settings), until)
    smtp = settings.report.smtp
    send(message, smtp, secret(PASSWORD_FILE) if smtp.username else "")
    sys.stdout.write(f"sent to {', '.join(settings.report.to)}\n")
    return 0


def _page(said: argparse.Namespace) -> int:
    from viewer.documents import Library
    from viewer.report import Head, collect, failed, page
    from viewer.settings import read
    from viewer.times import Period
    from viewer.variables import parsed
    from viewer.web import asking_of

    settings, now = read(), time.time()
    try:
        zone = ZoneInfo(said.zone)
    except (ValueError, OSError, KeyError):
        zone = ZoneInfo("UTC")  # an operator's machine may name one that isn't known here
    _in_zone(str(zone))
    period = Period(now - said.seconds, now, zone)
    dashboards = collect(
        Library(), said.dashboards, asking_of(settings), period, parsed(said.var),
        progress=lambda line: _say(f"  {line}"),
    )  # fmt: skip
    sys.stdout.write(page(Head(settings.environment, settings.link, period), dashboards))
    if problems := failed(dashboards):
        _say(f"{len(problems)} panels have no picture; the page says why at its top")
    return 0


def _in_zone(name: str) -> None:
    """What draws pictures takes its time zone from here when it is loaded."""
    os.environ["TZ"] = name


def _bundle(file: Path) -> int:
    import vl_convert

    file.write_text(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"), encoding="utf-8")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _complain(message: str) -> int:
    _say(f"viewer: {message}")
    return 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
