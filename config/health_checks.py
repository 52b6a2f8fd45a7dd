"""Health checks that run inside the containers. Every image of the table has a shell and wget."""


def http_get(port: int, path: str, host: str = "127.0.0.1") -> list[str]:
    """Healthy when the server answers a GET with a status below 400."""
    return ["CMD", "wget", "-q", "-O", "/dev/null", f"http://{host}:{port}{path}"]


def running_config(url: str, revision: str) -> list[str]:
    """Healthy when what the server reports at `url` names this revision of its configuration."""
    return ["CMD-SHELL", f"wget -q -O - {url} | grep -qF revisions/{revision}/"]
