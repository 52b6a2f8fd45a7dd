"""The connection to the Docker engine, made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airgap.plugins.docker.failures import connection_problem, engine_message
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.values import Properties, Unknown

if TYPE_CHECKING:
    from docker import APIClient

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_ANSWER_SECONDS: Final = 120  # a busy engine may take long over one call; longer means it hangs
_CONNECTIONS: Final = 64


class EngineError(PluginError):
    """The engine refused something.

    Attributes:
        status: The HTTP status it answered with.
        reason: Its own words.
    """

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class NotFound(EngineError):
    """The engine doesn't have what was asked for."""


class Disconnected(PluginError):
    """The engine can't be reached, or went away."""


class Engine:
    """A Docker engine, by the API of the Docker SDK for Python.

    The SDK is loaded and the connection made on first use, so that a preview, which needs neither, costs nothing.
    """

    def __init__(self) -> None:
        self.host = DEFAULT_HOST
        self._certificates: str | None = None
        self._client: APIClient | None = None
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def configure(self, config: Properties) -> None:
        """Takes the provider's configuration: `host` and `certPath`."""
        host = config.get("host") or DEFAULT_HOST
        self.host = "" if isinstance(host, Unknown) else host
        certificates = config.get("certPath")
        self._certificates = certificates if isinstance(certificates, str) and certificates else None
        self._client = None

    @property
    def api(self) -> APIClient:
        """The SDK's client.

        Raises:
            Disconnected: the engine isn't reachable.
        """
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    @property
    def version(self) -> tuple[int, ...]:
        """The API version spoken with this engine, such as (1, 41)."""
        return tuple(int(part) for part in str(self.api.api_version).split("."))

    def first_time(self, remark: str) -> bool:
        """Whether this remark has not been made yet by this plugin."""
        with self._lock:
            known = remark in self._told
            self._told.add(remark)
            return not known

    @contextmanager
    def step(self, doing: str) -> Iterator[Any]:
        """Does something with the engine and turns what the SDK raises into plugin errors.

        Yields:
            The SDK's APIClient (untyped: its type stubs cover only half of it).

        Args:
            doing: What is being done, for messages: "can't <doing>: ...".

        Raises:
            NotFound: it isn't there.
            EngineError: the engine refused.
            Disconnected: the engine can't be reached or went away.
        """
        client = self.api
        from docker.errors import APIError, DockerException
        from requests.exceptions import RequestException
        from urllib3.exceptions import HTTPError

        try:
            yield client
        except APIError as error:
            status, reason = engine_message(error)
            kind = NotFound if status == 404 else EngineError
            raise kind(f"can't {doing}: {reason}", status, reason) from None
        except (RequestException, HTTPError, OSError, DockerException) as error:
            raise Disconnected(f"can't {doing}: {connection_problem(error, self.host)}") from None

    def _connect(self) -> APIClient:
        if not self.host:
            raise Disconnected("the Docker host of the provider isn't known yet")
        from docker import APIClient
        from docker.errors import APIError, DockerException
        from docker.tls import TLSConfig
        from requests.exceptions import RequestException

        options: dict[str, Any] = {}
        if self._certificates:
            folder = Path(self._certificates).expanduser()
            pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
            try:
                options["tls"] = TLSConfig(client_cert=pair, ca_cert=str(folder / "ca.pem"), verify=True)
            except DockerException as error:
                raise Disconnected(f"can't use the certificates in certPath {folder}: {error}") from None
        try:
            return APIClient(
                base_url=self.host,
                timeout=_ANSWER_SECONDS,
                use_ssh_client=self.host.startswith("ssh://"),
                max_pool_size=_CONNECTIONS,
                **options,
            )
        except APIError as error:
            raise Disconnected(f"the Docker daemon at {self.host} says: {engine_message(error)[1]}") from None
        except (RequestException, OSError, DockerException) as error:
            raise Disconnected(connection_problem(error, self.host)) from None
