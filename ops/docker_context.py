"""Which Docker engine a person works with, found as Docker's own command line finds it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from ops.errors import UsageError

DEFAULT_DOCKER_HOST = "unix:///var/run/docker.sock"
_DEFAULT = "default"


class _Config(BaseModel):
    """`~/.docker/config.json`."""

    context: str | None = Field(alias="currentContext", default=None)


class _Endpoint(BaseModel):
    host: Annotated[str, Field(alias="Host", min_length=1)]


class _Endpoints(BaseModel):
    docker: _Endpoint


class _Context(BaseModel):
    """`~/.docker/contexts/meta/<id>/meta.json`."""

    endpoints: _Endpoints = Field(alias="Endpoints")


def docker_address(env: Mapping[str, str], default_socket: Path = Path("/var/run/docker.sock")) -> str:
    """The engine's address: DOCKER_HOST, else that of the current context, else the local socket.

    Where nobody chose a context and the usual socket isn't there, that of an engine that the user runs without root.

    Raises:
        UsageError: the context can't be read, or needs what the provider isn't given (certificates).
    """
    if host := env.get("DOCKER_HOST"):
        return host
    folder = Path(env.get("DOCKER_CONFIG") or Path(env.get("HOME", "/")) / ".docker")
    name = env.get("DOCKER_CONTEXT") or _current_context(folder / "config.json") or _DEFAULT
    if name != _DEFAULT:
        return _context_address(folder / "contexts", name)
    rootless = Path(env.get("XDG_RUNTIME_DIR", "/nowhere")) / "docker.sock"
    return f"unix://{rootless}" if rootless.exists() and not default_socket.exists() else DEFAULT_DOCKER_HOST


def _current_context(file: Path) -> str | None:
    try:
        return _Config.model_validate_json(file.read_text()).context
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        raise UsageError(f"{file} can't be read as Docker's configuration; repair it, or set DOCKER_HOST") from None


def _context_address(contexts: Path, name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()
    try:
        context = _Context.model_validate_json((contexts / "meta" / digest / "meta.json").read_text())
    except FileNotFoundError:
        raise UsageError(f"there is no docker context '{name}'; `docker context ls` shows which there are") from None
    except (OSError, ValidationError):
        raise UsageError(f"the docker context '{name}' has no address of an engine; set DOCKER_HOST instead") from None
    if (contexts / "tls" / digest / "docker").is_dir():
        raise UsageError(
            f"the docker context '{name}' needs certificates, which aren't passed on from here; set DOCKER_HOST to an "
            "ssh:// address of that engine"
        )
    return context.endpoints.docker.host
