"""A Docker API that answers what a test tells it to, as the exporter reaches it: over TCP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str) -> Any:
    """An answer of a real engine."""
    return json.loads((RECORDED / f"{name}.json").read_text())


@dataclass
class FakeEngine:
    """Containers by id: what is listed, and what is answered about each.

    Attributes:
        answers: path -> document, bytes to send as they are, or a status instead of one.
        delays: path -> seconds before the answer.
        asked: paths in the order in which they were asked for.
        events: sent to whoever follows events; None ends the stream.
        close_after_answer: every connection is closed without a word after one answer.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    events: "Queue[dict[str, Any] | None]" = field(default_factory=Queue)
    follow_events: bool = True
    close_after_answer: bool = False
    address: str = ""

    def add(self, name: str, number: int = 1, **changes: Any) -> str:
        """Have a container, with the answers recorded of 20.10; its id."""
        key = f"{number:064x}"
        listed = recorded("20.10.list")[0] | {"Id": key, "Names": [f"/{name}"], "State": "running", **changes}
        self.answers.setdefault("/containers/json", []).append(listed)
        self.answers[f"/containers/{key}/json"] = recorded("20.10.inspect")
        self.answers[f"/containers/{key}/stats"] = recorded("20.10.stats")
        return key

    def remove(self, key: str) -> None:
        """Have it no longer: 404, and not listed."""
        self.answers["/containers/json"] = [one for one in self.answers["/containers/json"] if one["Id"] != key]
        for kind in ("json", "stats"):
            del self.answers[f"/containers/{key}/{kind}"]

    def happens(self, action: str, key: str) -> None:
        """An event."""
        self.events.put({"Type": "container", "Action": action, "Actor": {"ID": key}, "timeNano": time.time_ns()})

    @contextmanager
    def serving(self) -> Iterator["FakeEngine"]:
        """Serve on a free port."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            self.address = f"127.0.0.1:{server.server_port}"
            try:
                yield self
            finally:
                self.events.put(None)
                server.shutdown()


def _handler(engine: FakeEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            engine.asked.append(self.path)
            if url.path == "/events":
                self._events()
                return
            time.sleep(engine.delays.get(url.path, 0))
            answer = engine.answers.get(url.path, 404)
            status = answer if isinstance(answer, int) else 200
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = engine.close_after_answer

        def _events(self) -> None:
            if not engine.follow_events:
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            while (event := engine.events.get()) is not None:
                self.wfile.write(json.dumps(event).encode() + b"\n")
                self.wfile.flush()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
