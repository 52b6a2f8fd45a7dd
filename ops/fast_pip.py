"""Runs uv, which installs much faster than pip, with the settings that pip has here: mirror, proxy, certificates.

`python -P ops/fast_pip.py install …` before anything is installed: this needs nothing but Python, pip and uv.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# pip's setting -> uv's environment variable, and what separates several values
_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
}


def translated(settings: Mapping[str, str]) -> dict[str, str]:
    """pip's settings as environment variables for uv; its hashes are pinned, so any index may have a package."""
    environment = {"UV_SYSTEM_CERTS": "1", "UV_INDEX_STRATEGY": "unsafe-best-match"}
    for name, (variable, separator) in _NAMES.items():
        if value := settings.get(name):
            environment[variable] = separator.join(value.split())
    if proxy := settings.get("proxy"):
        environment |= {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy}
    if seconds := settings.get("timeout") or settings.get("default-timeout"):
        environment["UV_HTTP_TIMEOUT"] = seconds.partition(".")[0]
    if authorities := settings.get("cert"):
        environment["SSL_CERT_DIR" if Path(authorities).is_dir() else "SSL_CERT_FILE"] = authorities
    return environment


def pip_settings() -> dict[str, str]:
    """What pip's configuration files and the environment say, the latter with precedence."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")  # pip's HTTP client heeds them
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    found: dict[str, dict[str, str]] = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        found.setdefault(section, {})[name.replace("_", "-")] = str(ast.literal_eval(value))
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})} | (
        {"cert": bundle} if bundle else {}
    )


if __name__ == "__main__":
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        sys.exit(f"{uv} isn't there: where pip gets its packages there was no uv; see ops/uv.txt")
    # pip's settings say more than what is set for every program, and what is set for uv itself more than pip's
    for_uv = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    os.execve(  # noqa: S606 - no shell is wanted
        uv, [str(uv), "pip", *sys.argv[1:]], {**os.environ, **translated(pip_settings()), **for_uv}
    )
