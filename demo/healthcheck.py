"""The image's own health check, for images that have no shell and no curl."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Mapping


def check(environment: Mapping[str, str]) -> int:
    """Ask this container's ``/healthz``; 0 when it answers 200 within 3 s, else 1 and why on stderr."""
    port = environment.get("LISTEN_PORT", "8080")
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=3)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        body = answer.read(2000).decode("utf-8", "replace").strip()
        connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stderr.write(f"demo: no answer from port {port}: {error}\n")
        return 1
    if answer.status == 200:
        return 0
    sys.stderr.write(f"demo: /healthz answers {answer.status}: {body}\n")
    return 1
