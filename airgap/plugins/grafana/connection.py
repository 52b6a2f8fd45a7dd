"""The connection to Grafana, made when it is first needed and shared by everything."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from airgap.plugins.grafana.failures import (
    Disconnected,
    NotLetIn,
    connection_problem,
    may_come_back,
    not_let_in,
    refusal,
)
from airgap.plugins.grafana.patience import Outage, matches, pause_before
from airgap.plugins.grafana.settings import Settings, settings
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.values import Properties

if TYPE_CHECKING:
    from requests import PreparedRequest, Response, Session

_CONNECT_SECONDS: Final = 10
_ANSWER_SECONDS: Final = 60  # a busy Grafana may take long over one call; longer means it hangs
_CONNECTIONS: Final = 64
_STARTING: Final = (502, 503, 504)  # said by a proxy in front of a Grafana that is starting
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Request:
    """One call of the API.

    Attributes:
        method: The HTTP method.
        path: Below `/api`, each part unescaped.
        org: The organisation it is about; 0 for none in particular.
        doing: What is being done, for messages: "can't <doing>: ...".
        query: Parameters in the address.
        body: What is sent, as JSON.
    """

    method: str
    path: tuple[str, ...]
    org: int
    doing: str
    query: Mapping[str, str] | None = None
    body: Any = None


class Grafana:
    """A Grafana server, by its HTTP API.

    The HTTP library is loaded and the connection made on first use, so that a preview, which needs neither, costs
    nothing. Everything shares one session and so its open connections.
    """

    def __init__(self) -> None:
        self.settings = Settings()
        self._session: Session | None = None
        self._lock = threading.Lock()
        # Grafana's own database takes one writer; two at once make each other wait, or fail ("database is locked").
        self._writing = threading.Lock()
        # Nobody else logs in until the first one was let in: a wrong password must not be tried more than once.
        self._door = threading.Lock()
        self._let_in = False
        self._refused: NotLetIn | None = None
        self._outage = Outage()

    def configure(self, config: Properties) -> None:
        """Takes the provider's configuration."""
        self.settings = settings(config)
        self._session = None
        self._let_in, self._refused = False, None
        self._outage = Outage(self.settings.retries * self.settings.wait)

    def url_of(self, path: str) -> str:
        """The address of a page, whose path as Grafana gives it may already hold the path Grafana is served under."""
        below = urlsplit(self.settings.url).path
        return self.settings.url + (path.removeprefix(below) if below else path)

    def ask(self, operation: Operation, request: Request) -> Any:
        """Sends the request, again where that makes sense, and gives the decoded answer.

        Raises:
            NotFound: Grafana doesn't have it.
            GrafanaError: Grafana refused.
            NotLetIn: it doesn't accept the login.
            Disconnected: it can't be reached or doesn't answer.
        """
        attempts = 0
        while True:
            operation.proceed()
            response = self._answer(operation, request)
            if response is None:
                continue  # it was away for a moment
            if matches(response.status_code, self.settings.codes) and attempts < self.settings.retries:
                attempts += 1
                operation.pause(pause_before(attempts, self.settings.wait, response.headers.get("Retry-After")))
                continue
            return self._understood(response, request)

    def _understood(self, response: Response, request: Request) -> Any:
        if response.status_code == 401:
            raise not_let_in(self.settings, request.org)
        if not response.ok or response.is_redirect:
            raise refusal(response, request.doing, self.settings)
        try:
            return json.loads(response.content) if response.content else {}
        except ValueError:
            raise refusal(response, request.doing, self.settings) from None

    def _answer(self, operation: Operation, request: Request) -> Response | None:
        """What Grafana answered; None after a pause because it was away."""
        from requests.exceptions import RequestException

        if self._outage.hopeless:
            raise Disconnected(f"can't {request.doing}: {self._outage.problem}")
        try:
            response = self._once(operation, request)
        except RequestException as error:
            problem = connection_problem(error, self.settings.url)
            if not may_come_back(error):
                raise Disconnected(f"can't {request.doing}: {problem}") from None
            self._outage.noticed(problem)
            if self._outage.lost:
                raise Disconnected(f"can't {request.doing}: {problem}") from None
        else:
            if response.status_code not in _STARTING:
                self._outage.over()
                return response
            self._outage.noticed(f"Grafana at {self.settings.url} isn't ready (status {response.status_code})")
            if self._outage.lost:
                return response
        operation.log.info(operation.urn, f"waiting for Grafana at {self.settings.url}")
        operation.pause(1.0)
        return None

    def _once(self, operation: Operation, request: Request) -> Response:
        session = self._connected()
        with ExitStack() as turns:
            if not self._let_in:
                turns.enter_context(_turn(self._door, operation))
            if self._refused is not None:
                raise self._refused
            if request.method != "GET":
                turns.enter_context(_turn(self._writing, operation))
            response = self._sent(session, operation, request)
            if response.status_code == 401:
                # A login that was let in before may still not be welcome in another organisation.
                if not self._let_in or request.org in (0, self.settings.org):
                    self._refused = not_let_in(self.settings, request.org)
            elif response.status_code < 500:
                self._let_in = True
            return response

    def _sent(self, session: Session, operation: Operation, request: Request) -> Response:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if request.org:
            headers["X-Grafana-Org-Id"] = str(request.org)

        def send() -> Response:
            return session.request(
                request.method,
                "/".join([self.settings.url, "api", *(quote(part, safe="") for part in request.path)]),
                params=dict(request.query or {}),
                data=None if request.body is None else json.dumps(request.body).encode(),
                headers=headers,
                timeout=(_CONNECT_SECONDS, min(_ANSWER_SECONDS, max(operation.remaining(), 0.1))),
                allow_redirects=False,
            )

        # A read may be left behind when the person cancels; a write's answer has to be seen.
        return operation.run(send) if request.method == "GET" else send()

    def _connected(self) -> Session:
        with self._lock:
            if self._session is None:
                self._session = self._connect()
            return self._session

    def _connect(self) -> Session:
        if not self.settings.url:
            raise Disconnected("Grafana's address isn't known; set the provider's url")
        from http.cookiejar import DefaultCookiePolicy

        import requests
        from requests.adapters import HTTPAdapter

        session = requests.Session()
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=_CONNECTIONS)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.headers.update(self.settings.headers)
        session.auth = self._signed
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # A proxy, as the environment may name one, isn't asked for what is on this machine.
        session.trust_env = urlsplit(self.settings.url).hostname not in _LOOPBACK
        return session

    def _signed(self, request: PreparedRequest) -> PreparedRequest:
        # Always set, else the HTTP library would look for a password in ~/.netrc.
        if self.settings.user:
            from requests.auth import HTTPBasicAuth

            HTTPBasicAuth(self.settings.user.encode(), self.settings.password.encode())(request)
        elif self.settings.token:
            request.headers["Authorization"] = f"Bearer {self.settings.token}"
        return request


@contextmanager
def _turn(lock: threading.Lock, operation: Operation) -> Iterator[None]:
    while not lock.acquire(timeout=0.1):
        operation.proceed()
    try:
        yield
    finally:
        lock.release()
