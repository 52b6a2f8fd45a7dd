"""Health checks that run inside the containers. Every image of the table has a shell and wget, but Python's own."""

# One that starts Python for a whole HTTP client costs more than what many of our programs do in between.
_PYTHON_GET = r"""import socket
for port, path in {pairs}:
    s = socket.create_connection(("127.0.0.1", port), 5)
    s.settimeout(5)
    s.sendall(f"GET {{path}} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
    answer = s.recv(200).partition(b"\r\n")[0].decode()
    if " 200 " not in answer:
        raise SystemExit(f"{{path}}: {{answer}}")
"""


def http_get(port: int, path: str, host: str = "127.0.0.1") -> list[str]:
    """Healthy when the server answers a GET with a status below 400."""
    return ["CMD", "wget", "-q", "-O", "/dev/null", f"http://{host}:{port}{path}"]


def running_config(status_url: str, metrics_url: str, revision: str) -> list[str]:
    """Healthy when the server reports this revision of its configuration, and that it took all of it.

    Prometheus reports a configuration as soon as it has read it, also one whose rules it then refuses.
    """
    named = f"wget -q -O - {status_url} | grep -qF revisions/{revision}/"
    return ["CMD-SHELL", f"{named} && wget -q -O - {metrics_url} | grep -q '_config_last_reload_successful 1$'"]


def python_get(*addresses: tuple[int, str]) -> list[str]:
    """Healthy when the servers answer a GET of these (port, path) with 200: for images with Python and no wget."""
    return ["CMD", "python3", "-I", "-S", "-c", _PYTHON_GET.format(pairs=addresses)]
