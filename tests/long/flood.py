"""A target that explodes: `flood.py PORT SERIES [new]` answers with so many series; new: with others each time."""

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

_PER_WRITE = 5000
_scrapes = count()


def lines(series: int, scrape: int) -> Iterator[bytes]:
    """The answer, in parts."""
    for first in range(0, series, _PER_WRITE):
        numbers = range(first, min(first + _PER_WRITE, series))
        yield "".join(
            f'flood_requests_total{{user="{scrape}-{number:07}",path="/"}} 1\n' for number in numbers
        ).encode()


class Flood(BaseHTTPRequestHandler):
    """Answers every path with metrics."""

    series = 0
    new = False

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        try:
            for part in lines(self.series, next(_scrapes) if self.new else 0):
                self.wfile.write(part)
        except ConnectionError:
            return  # whoever asks has had enough

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


if __name__ == "__main__":
    Flood.series, Flood.new = int(sys.argv[2]), sys.argv[3:] == ["new"]
    ThreadingHTTPServer(("", int(sys.argv[1])), Flood).serve_forever()
