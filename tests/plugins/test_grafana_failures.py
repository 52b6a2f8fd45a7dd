"""What goes wrong on the way to Grafana: what is tried again, and what is said."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from airgap.plugins.grafana import connection, patience
from airgap.plugins.protocol.values import Secret
from tests.free_port import free_port
from tests.plugins.grafana_fake import PASSWORD, FakeGrafana, Fault, serving
from tests.plugins.grafana_sites import DASHBOARD, FOLDER, TEAM, USER, running_plugin
from tests.plugins.provider import Provider, Refused


@pytest.fixture
def grafana() -> FakeGrafana:
    return FakeGrafana()


@pytest.fixture
def url(grafana: FakeGrafana) -> Iterator[str]:
    with serving(grafana) as address:
        yield address


@pytest.fixture
def provider(url: str) -> Iterator[Provider]:
    with running_plugin(url=url, auth=f"admin:{PASSWORD}") as plugin:
        yield plugin


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_LEAST_PATIENCE", 1.0)


def _folder(provider: Provider, uid: str = "machines", *, timeout: float = 0) -> tuple[str, Any]:
    return provider.create(FOLDER, {"title": f"Folder {uid}", "uid": uid}, timeout=timeout)


# Not there


@pytest.mark.usefixtures("impatient")
def test_a_grafana_that_is_away() -> None:
    with running_plugin(url="http://127.0.0.1:1", auth="admin:x") as provider, pytest.raises(Refused) as refused:
        _folder(provider)
    message = refused.value.message
    assert message == (
        "can't create folder 'Folder machines': Grafana isn't reachable at http://127.0.0.1:1; is it running? "
        "(its container's log tells)"
    )


@pytest.mark.usefixtures("impatient")
def test_all_give_up_together_and_latecomers_at_once() -> None:
    with running_plugin(url="http://127.0.0.1:1", auth="admin:x") as provider:
        began = time.monotonic()
        with ThreadPoolExecutor(30) as pool:
            results = list(pool.map(lambda number: _refusal(lambda: _folder(provider, f"f{number}")), range(30)))
        assert time.monotonic() - began < 4
        assert all("isn't reachable" in message for message in results)
        began = time.monotonic()
        assert "isn't reachable at http://127.0.0.1:1" in _refusal(lambda: _folder(provider))
        assert time.monotonic() - began < 0.5


def _refusal(action: Any) -> str:
    with pytest.raises(Refused) as refused:
        action()
    return refused.value.message


def test_a_grafana_that_is_starting_is_waited_for(grafana: FakeGrafana) -> None:
    port = free_port()
    auth = f"admin:{PASSWORD}"
    with running_plugin(url=f"http://127.0.0.1:{port}", auth=auth) as provider, ThreadPoolExecutor(1) as pool:
        making = pool.submit(_folder, provider)
        time.sleep(1.2)
        with serving(grafana, port):
            assert making.result(timeout=10)[0] == "1:machines"


@contextmanager
def _cancelled_soon(provider: Provider) -> Iterator[None]:
    """The person presses Ctrl-C half a second from now."""
    timer = threading.Timer(0.5, provider.cancel)
    timer.start()
    yield
    timer.join()


def test_waiting_ends_with_a_cancellation() -> None:
    with running_plugin(url="http://127.0.0.1:1", auth="admin:x") as provider, _cancelled_soon(provider):
        began = time.monotonic()
        assert "was cancelled; run the update again to finish it" in _refusal(lambda: _folder(provider))
        assert time.monotonic() - began < 2


def test_waiting_ends_with_the_time_limit() -> None:
    with running_plugin(url="http://127.0.0.1:1", auth="admin:x") as provider:
        assert "took longer than 1 s; raise customTimeouts.create" in _refusal(lambda: _folder(provider, timeout=1))


def test_a_host_nobody_knows() -> None:
    with running_plugin(url="http://no-such-host.invalid:3000", auth="admin:x") as provider:
        began = time.monotonic()
        assert "the host in the provider's url http://no-such-host.invalid:3000 isn't known" in _refusal(
            lambda: _folder(provider)
        )
        assert time.monotonic() - began < 10, "no waiting for that"


def test_no_secure_connection_where_there_is_none(url: str) -> None:
    with running_plugin(url=url.replace("http", "https"), auth="admin:x") as provider:
        assert "no secure connection to Grafana at https://127.0.0.1" in _refusal(lambda: _folder(provider))


def test_no_address_at_all() -> None:
    with running_plugin() as provider:
        provider.configure(auth="admin:x")
        assert "Grafana's address isn't known; set the provider's url" in _refusal(lambda: _folder(provider))


# There, but troubled


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_in_front_of_a_starting_grafana(grafana: FakeGrafana, provider: Provider, status: int) -> None:
    grafana.faults = [Fault(status, "<html>Bad Gateway</html>")]
    assert _folder(provider)[0] == "1:machines"
    assert len(grafana.requests) == 2


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "0"}), (500, {}), (507, {})])
def test_too_busy_is_tried_again(
    grafana: FakeGrafana, provider: Provider, status: int, headers: dict[str, str]
) -> None:
    grafana.faults = [Fault(status, '{"message": "database is locked"}', headers)] * 2
    assert _folder(provider)[0] == "1:machines"
    assert len(grafana.requests) == 3


def test_it_is_tried_no_more_often_than_the_settings_say(grafana: FakeGrafana, url: str) -> None:
    grafana.faults = [Fault(500, '{"message": "database is locked"}')] * 10
    with running_plugin(url=url, auth=f"admin:{PASSWORD}", retries="1", retryWait="0") as provider:
        message = _refusal(lambda: _folder(provider))
    assert message == "can't create folder 'Folder machines': Grafana says 'database is locked' (500)"
    assert len(grafana.requests) == 2


def test_the_codes_of_the_settings_count(grafana: FakeGrafana, url: str) -> None:
    grafana.faults = [Fault(500, '{"message": "no"}'), Fault(418, '{"message": "teapot"}')]
    with running_plugin(url=url, auth=f"admin:{PASSWORD}", retryStatusCodes=["41x"]) as provider:
        assert "Grafana says 'no' (500)" in _refusal(lambda: _folder(provider))
        assert _folder(provider)[0] == "1:machines"


def test_a_lost_connection_is_made_again(grafana: FakeGrafana, provider: Provider) -> None:
    grafana.faults = [Fault()]
    assert _folder(provider)[0] == "1:machines"


def test_an_answer_that_got_lost_ends_in_a_clear_clash(grafana: FakeGrafana, provider: Provider) -> None:
    grafana.faults = [Fault(done_first=True)]
    assert "the uid 'machines' is taken by the folder 'Folder machines'; adopt that one" in _refusal(
        lambda: _folder(provider)
    )


def test_a_grafana_that_hangs(grafana: FakeGrafana, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_ANSWER_SECONDS", 0.5)
    grafana.faults = [Fault(delay=3)]
    assert "doesn't answer; look at its log and restart it if it hangs" in _refusal(lambda: _folder(provider))
    assert len(grafana.requests) == 1, "who knows what became of it"


def test_a_read_is_left_behind_by_a_cancellation(grafana: FakeGrafana, provider: Provider) -> None:
    id, outputs = _folder(provider)
    grafana.faults = [Fault(delay=5)]
    began = time.monotonic()
    with _cancelled_soon(provider):
        assert "was cancelled" in _refusal(lambda: provider.read(FOLDER, id, outputs, outputs))
    assert time.monotonic() - began < 2


# Not let in


def test_a_wrong_password_is_tried_once_however_many_ask(grafana: FakeGrafana, url: str) -> None:
    with running_plugin(url=url, auth="admin:wrong-password") as provider, ThreadPoolExecutor(40) as pool:
        messages = set(pool.map(lambda number: _refusal(lambda: _folder(provider, f"f{number}")), range(200)))
    assert messages == {
        f"Grafana at {url} doesn't accept the login of 'admin': the password is wrong, or locked for five minutes "
        "after five wrong ones; check the provider's auth"
    }
    assert grafana.wrong_passwords == 1, "five lock the login"


def test_a_wrong_password_is_tried_once_in_other_organisations_too(grafana: FakeGrafana, url: str) -> None:
    with running_plugin(url=url, auth="admin:wrong-password") as provider:
        for number in range(10):
            inputs = {"title": f"Folder {number}", "orgId": "7"}
            assert "doesn't accept the login of 'admin' in organisation 7" in _refusal(
                lambda inputs=inputs: provider.create(FOLDER, inputs)
            )
    assert grafana.wrong_passwords == 1


def test_not_being_welcome_in_one_organisation_ends_nothing_else(grafana: FakeGrafana, provider: Provider) -> None:
    _folder(provider)
    grafana.faults = [Fault(401, '{"message": "no"}')]
    assert "in organisation 7" in _refusal(lambda: provider.create(FOLDER, {"title": "x", "orgId": "7"}))
    assert _folder(provider, "other")[0] == "1:other"


def test_the_right_password_then_lets_in(grafana: FakeGrafana, url: str) -> None:
    with running_plugin(url=url, auth="admin:wrong-password") as provider:
        _refusal(lambda: _folder(provider))
        provider.configure(url=url, auth=f"admin:{PASSWORD}")
        assert _folder(provider)[0] == "1:machines"
    assert grafana.wrong_passwords == 1


def test_a_token_that_is_wrong(url: str) -> None:
    with running_plugin(url=url, auth="glsa_canary-token") as provider:
        message = _refusal(lambda: _folder(provider))
    assert message == f"Grafana at {url} doesn't accept the token: check the provider's auth"


def test_a_login_that_may_not_do_that(grafana: FakeGrafana, provider: Provider) -> None:
    grafana.faults = [Fault(403, '{"message": "Access denied"}')]
    assert _refusal(lambda: _folder(provider)) == (
        "can't create folder 'Folder machines': Grafana says 'Access denied'; the login of 'admin' may not do that, "
        "an administrator's is needed"
    )


# Not Grafana


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(200, "<html>hello</html>"), "isn't Grafana's API (status 200, text/html); check the provider's url"),
        (Fault(404, "<html>not found</html>"), "isn't Grafana's API (status 404, text/html); check the provider's url"),
        (Fault(302, "", {"Location": "https://elsewhere/"}), "redirects to https://elsewhere/; set the provider's url"),
    ],
)
def test_something_else_answers(grafana: FakeGrafana, provider: Provider, fault: Fault, words: str) -> None:
    id, outputs = _folder(provider)
    grafana.faults = [fault]
    message = _refusal(lambda: provider.read(FOLDER, id, outputs, outputs))
    assert words in message, "it must not be taken for a folder that is gone"


# How it asks


def test_one_connection_serves_all_and_writes_go_one_by_one(grafana: FakeGrafana, provider: Provider) -> None:
    for number in range(5):
        _folder(provider, f"f{number}")
    assert len(grafana.connections) == 1
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: _folder(provider, f"g{number}"), range(40)))
    assert grafana.most_at_once == 1
    assert len(grafana.orgs[1].folders) == 45


def test_a_dashboard_costs_one_request(grafana: FakeGrafana, provider: Provider) -> None:
    inputs = provider.checked(DASHBOARD, configJson='{"title": "A", "uid": "a"}')
    id, outputs = provider.create(DASHBOARD, inputs)
    assert grafana.requests == [("POST", "/api/dashboards/db")]
    provider.update(DASHBOARD, id, outputs, inputs, {**inputs, "configJson": '{"title": "B", "uid": "a"}'})
    assert grafana.requests[1:] == [("POST", "/api/dashboards/db")]


def test_headers_of_the_settings_and_the_organisation(grafana: FakeGrafana, url: str) -> None:
    with running_plugin(url=url, auth=f"admin:{PASSWORD}", httpHeaders='{"X-Proxy-Key": "k"}') as provider:
        _folder(provider)
    assert grafana.headers[0]["X-Proxy-Key"] == "k"
    assert grafana.headers[0]["X-Grafana-Org-Id"] == "1"


def test_the_environment_does_not_lead_astray(
    grafana: FakeGrafana, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password canary-netrc\n")
    with running_plugin(url=url, auth="anonymous") as provider:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        assert "doesn't accept requests without a login" in _refusal(lambda: _folder(provider))
    assert "Authorization" not in grafana.headers[0]


def test_a_path_below_which_grafana_is_served(grafana: FakeGrafana, url: str) -> None:
    with running_plugin(url=f"{url}/grafana/", auth=f"admin:{PASSWORD}") as provider:
        grafana.faults = [
            Fault(200, '{"uid": "f", "title": "F", "url": "/grafana/dashboards/f/f/f"}'),
            Fault(200, '{"uid": "f", "title": "F", "url": "/dashboards/f/f/f"}'),
        ]
        assert _folder(provider)[1]["url"] == f"{url}/grafana/dashboards/f/f/f"
        assert _folder(provider)[1]["url"] == f"{url}/grafana/dashboards/f/f/f"
    assert grafana.requests[0] == ("POST", "/grafana/api/folders")


# Secrets


def test_secrets_are_not_in_errors(grafana: FakeGrafana, provider: Provider) -> None:
    grafana.faults = [Fault(400, '{"message": "bad password canary-hunter2"}')]
    inputs = {"email": "a@example.org", "password": Secret("canary-hunter2")}
    message = _refusal(lambda: provider.create(USER, inputs))
    assert "bad password [secret]" in message


def test_what_is_half_made_keeps_its_secrets_secret(grafana: FakeGrafana, provider: Provider) -> None:
    denied = Fault(403, '{"message": "no"}', matches=lambda _, path: path.endswith("/permissions"))
    grafana.faults = [denied]
    inputs = provider.checked(USER, email="a@example.org", password="canary-hunter2", isAdmin=True)
    with pytest.raises(Refused) as refused:
        provider.create(USER, inputs)
    kept = refused.value.kept
    assert kept.id in map(str, grafana.users)
    from airgap.plugins.protocol.values import decode

    outputs = decode(kept.properties)
    assert outputs["password"] == Secret("canary-hunter2")
    provider.update(USER, kept.id, outputs, inputs, inputs)
    assert grafana.users[int(kept.id)]["isGrafanaAdmin"] is True


def test_a_team_half_made_is_finished(grafana: FakeGrafana, provider: Provider) -> None:
    grafana.faults = [Fault(403, '{"message": "no"}', matches=lambda _, path: path.endswith("/members"))]
    inputs = provider.checked(TEAM, name="Shop", email="shop@example.org")
    with pytest.raises(Refused) as refused:
        provider.create(TEAM, inputs)
    assert "team 'Shop' is made, but: can't read the members of team 'Shop'" in refused.value.message
    assert refused.value.kept.id.startswith("1:")
