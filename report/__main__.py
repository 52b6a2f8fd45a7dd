"""`python -m report serve|send|healthcheck`: what runs in the report's container."""

from __future__ import annotations

import signal
import sys
import threading
import urllib.request

from report.errors import ReportError

_PORT = 8080
_USE = "use one of: serve, send, healthcheck"


def main(words: list[str]) -> int:
    """Run one of the words; the exit code."""
    if words == ["healthcheck"]:
        return _healthcheck()
    if words not in (["serve"], ["send"]):
        return _complain(f"'{' '.join(words)}' is nothing that can be done; {_USE}")
    # only here: the health check, which runs all the time, needs none of it
    from report.settings import read

    try:
        if words == ["serve"]:
            return _serve()
        from report.send import send_report

        settings = read()
        send_report(settings)
        sys.stdout.write(f"sent to {', '.join(settings.to)}\n")
    except ReportError as error:
        return _complain(str(error))
    return 0


def _serve() -> int:
    from prometheus_client import CollectorRegistry

    from report.memory import Memory
    from report.send import send_report
    from report.serve import Server, log, serve
    from report.settings import read

    settings, registry, stop = read(), CollectorRegistry(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    server = Server(settings, Memory(), lambda until: send_report(settings, until), registry)
    log("started")
    serve(server, registry, stop)
    log("stopped")
    return 0


def _healthcheck() -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{_PORT}/metrics", timeout=3) as answer:
            return 0 if answer.status == 200 else 1
    except OSError as error:
        return _complain(f"no answer on port {_PORT}: {error}")


def _complain(message: str) -> int:
    sys.stderr.write(f"report: {message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
