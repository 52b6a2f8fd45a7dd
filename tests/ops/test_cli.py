"""The commands as a person runs them: words, exit codes, one clear line when something is wrong."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner, Result

from ops.cli import app
from ops.dev_secrets import NAMES
from ops.errors import OpsError
from ops.health.docker_engine import DockerNetwork, EngineInfo
from ops.health.sight import SAMPLES
from ops.state import IMAGE, VOLUME
from tests.ops.conftest import FakePulumi, recorded

HOST = "unix:///fake.sock"


class FakeEngine:
    """An engine with the recorded containers; `healthy` makes them all well."""

    healthy: ClassVar[bool] = True
    away: ClassVar[bool] = False
    empty: ClassVar[bool] = False
    foreign: ClassVar[tuple[str, ...]] = ()
    log: ClassVar[str] = ""

    def __init__(self, host: str) -> None:
        self.host = host

    def version(self) -> str:
        if self.away:
            raise OpsError(f"the Docker engine at {self.host} doesn't answer: connection refused")
        return "20.10"

    def info(self) -> EngineInfo:
        self.version()
        return EngineInfo.model_validate({"ServerVersion": "20.10", "NCPU": 2})

    def logged(self, container: str, *, since: float) -> str:
        assert since > 0
        return self.log if container == "autonomica-dev-prometheus" else ""

    def networks(self) -> list[DockerNetwork]:
        return []

    def containers(self, _stack: str) -> list[Any]:
        found: list[Any] = [] if self.empty else recorded("containers")
        if self.healthy:
            for container in found[:2]:
                container["State"] = {"Status": "running", "Health": {"Status": "healthy"}}
        return found

    def made(self, _stack: str) -> list[Any]:
        return []

    def foreign_volumes(self, prefix: str) -> list[str]:
        assert prefix == "autonomica-dev-"
        return list(self.foreign)

    def leave_old_networks(self, stack: str) -> None:
        assert stack == "dev"

    def reconnect(self, _stack: str, _networks: object) -> list[str]:
        return []

    def running(self) -> list[Any]:
        return []

    def started(self, _container_id: str) -> None:
        return None

    def volumes(self, _stack: str) -> list[str]:
        return ["autonomica-dev-prometheus-data", "autonomica-dev-of-another-checkout"]

    def remove_volume(self, name: str) -> None:
        (Path.home() / f"removed-{name}").touch()


class FakeKit:
    """A kit that has everything."""

    def internet(self, _docker_host: str) -> tuple[bool, str]:
        return False, "no answer"

    def pulumi(self, *, airgap: bool) -> Path:
        raise AssertionError(f"nothing has to be built (airgap={airgap})")

    def images(self, docker_host: str, *, airgap: bool, mirror: str | None, servers: bool, demo: bool) -> None:
        assert (airgap, mirror, servers, demo) == (True, "airgap.local", True, True), docker_host

    def image_source(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        assert (name, mirror, pull) == ("grafana", "airgap.local", False), docker_host
        return None

    def obtain_image(self, docker_host: str, name: str, *, mirror: str | None, pull: bool) -> str | None:
        raise AssertionError(f"{name} from {mirror} isn't needed on {docker_host} (pull={pull})")

    def engine(self, docker_host: str) -> None:
        assert docker_host


class Server(ThreadingHTTPServer):
    """Prometheus, Alertmanager and the demo in one, with recorded answers."""

    received: ClassVar[list[tuple[str, str, str]]] = []
    targets_up: ClassVar[bool] = True


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers: dict[str, Any] = {
            "/api/v1/targets": recorded("targets"),
            "/api/v1/rules": recorded("rules"),
            "/api/v1/query": {"data": {"result": []}},
            "/api/v2/status": recorded("status"),
            "/api/v2/receivers": recorded("receivers"),
            "/messages": [
                {"channel": "email", "to": ["urgent@autonomica.ai"], "subject": "[FIRING] X", "receivedAt": 1.5}
            ],
        }
        if Server.targets_up:
            for target in answers["/api/v1/targets"]["data"]["activeTargets"]:
                target["health"] = "up"
        if SAMPLES in self.path:
            targets = answers["/api/v1/targets"]["data"]["activeTargets"]
            result = [{"metric": target["labels"], "value": [1.0, "9"]} for target in targets]
            answers["/api/v1/query"] = {"data": {"result": result}}
        self._answer(answers[self.path.split("?")[0]])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        Server.received.append((self.command, self.path, body))
        self._answer({})

    do_DELETE = do_POST

    def _answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    Server.received.clear()
    Server.targets_up = True
    with Server(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture(autouse=True)
def _machine(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout.parent / "home").mkdir()
    monkeypatch.setenv("AIRGAP", "1")
    monkeypatch.setattr("ops.session.RealKit", FakeKit)
    monkeypatch.setattr("ops.session.DockerEngine", FakeEngine)
    monkeypatch.setattr("ops.commands.health.DockerEngine", FakeEngine)
    monkeypatch.setattr("ops.facts.daemon_exports_metrics", lambda: False)
    monkeypatch.setattr("ops.session.host_routes", lambda: [])
    for name, value in (("healthy", True), ("away", False), ("empty", False)):
        monkeypatch.setattr(FakeEngine, name, value)


@pytest.fixture
def deployed(checkout: Path, pulumi: FakePulumi, server: str) -> str:
    """A stack that is up; returns the server's URL."""
    stacks = checkout / ".state" / "backend" / ".pulumi" / "stacks" / "autonomica-monitoring"
    stacks.mkdir(parents=True)
    (checkout / ".state" / "passphrase").write_text("x")
    (stacks / "dev.json").write_text("{}")
    volume = {"type": VOLUME, "id": "autonomica-dev-prometheus-data", "protect": True}
    pulumi.answer("stack export", {"deployment": {"resources": [volume]}})
    parts = ("prometheus", "alertmanager", "sink", "faults")
    pulumi.answer(
        "stack output",
        {
            "urls": dict.fromkeys(parts, server),
            "containers": {"prometheus": "autonomica-dev-prometheus"},
            "demo": True,
            "dockerHost": HOST,
            "expectedJobs": ["api"],
        },
    )
    return server


def monitor(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), prog_name="monitor")


def complaint(result: Result, code: int) -> str:
    """The one line on standard error."""
    assert result.exit_code == code, result.output
    (line,) = result.stderr.splitlines()
    assert "Traceback" not in result.output
    return line


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["up", "--stack", "nope"], "no stack 'nope': there is no Pulumi.nope.yaml (stacks: dev, prod)"),
        (["up", "--stack", "../etc"], "no stack '../etc'"),
        (["up", "--nope"], "No such option: --nope (see `monitor up --help`)"),
        (["helth"], "No such command 'helth'. Did you mean 'health'"),
        (["health", "--wait", "soon"], "'--wait'"),
        (["health", "--wait", "-1"], "'--wait'"),
        (["messages", "--channel", "pigeon"], "'--channel'"),
        (["health"], "stack 'dev' isn't deployed; bring it up with `make up STACK=dev`"),
        (["urls", "--stack", "prod"], "stack 'prod' isn't deployed"),
        (["down"], "stack 'dev' isn't deployed"),
        (["destroy", "--yes"], "stack 'dev' isn't deployed"),
        (["fault", "api", "explode"], "'explode' is no fault"),
        (["fault", "api"], "'' is no fault"),
        (["fault", "database", "crash"], "'database' is no demo service (api, frontend, worker)"),
        (["fault", "api", "errors", "1.5"], "errors takes a number from 0 to 1, not 1.5"),
        (["fault", "api", "latency"], "latency takes a number from 0 to 60, not nothing"),
        (["fault", "worker", "crash", "1"], "`crash` takes no value"),
        (["fault", "off", "api"], "`off` ends all faults"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(args: list[str], words: str) -> None:
    assert words in complaint(monitor(*args), 2)


def test_a_wrong_airgap_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRGAP", "maybe")
    assert "AIRGAP=maybe" in complaint(monitor("up"), 2)


def test_outside_a_checkout_is_one_line(checkout: Path) -> None:
    (checkout / "Pulumi.yaml").unlink()
    assert "no Pulumi.yaml" in complaint(monitor("health"), 2)


def test_the_unforeseen_is_one_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(_name: str) -> None:
        raise RuntimeError("the roof\nis on fire")

    monkeypatch.setattr("ops.session.Session.open_deployed", boom)
    assert "unexpected RuntimeError: the roof is on fire" in complaint(monitor("urls"), 1)


def test_up_from_nothing(checkout: Path, pulumi: FakePulumi, server: str) -> None:
    pulumi.answer("up", '{"summaryEvent": {"resourceChanges": {"create": 9}}}')
    outputs = {"urls": {"prometheus": server, "alertmanager": server}, "demo": True, "expectedJobs": ["api"]}
    pulumi.answer("stack output", outputs)
    committed = (checkout / "Pulumi.dev.yaml").read_bytes()
    result = monitor("up")
    assert result.exit_code == 0, result.output
    assert "9 created" in result.stdout
    assert "--refresh" in pulumi.called("up")[0]["args"]  # what was removed by hand is seen
    assert f"prometheus    {server}" in result.stdout
    assert "config get postgresPassword" in result.stdout
    assert "monitor fault api errors 0.5" in result.stdout
    # there is no image and no plugin here, and nobody asked for a Grafana
    assert "no image grafana/grafana:" in result.stdout
    assert "config get grafanaAdminPassword" not in result.stdout
    assert (checkout / "Pulumi.dev.yaml").read_bytes() == committed
    assert {path.name for path in checkout.iterdir()} == {
        ".state", "Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml",
    }  # fmt: skip
    assert not (checkout / ".state/dev/unfinished.json").exists()


def test_up_never_shows_or_passes_a_secret_as_argument(pulumi: FakePulumi, server: str) -> None:
    pulumi.answer("stack output", {"urls": {"prometheus": server, "alertmanager": server}})
    result = monitor("up")
    calls = pulumi.called("config", "set", "--secret")
    made = [call["stdin"] for call in calls]
    assert [call["args"][3] for call in calls] == [name for name in NAMES if not name.startswith("grafana")]
    seen = result.output + str([[call["args"], call["env"]] for call in pulumi.calls])
    assert not [value for value in made if value in seen]


def test_a_volume_of_somebody_elses_stops_an_up(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "foreign", ("autonomica-dev-prometheus-data",))
    assert "there is a volume autonomica-dev-prometheus-data already, which no stack has made" in complaint(
        monitor("up"), 1
    )
    assert pulumi.called("up") == []


def test_up_says_what_a_server_refuses(pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi.answer("up", err="error: prometheus-reloader didn't become healthy\n", code=1)
    monkeypatch.setattr(FakeEngine, "log", 'level=ERROR msg="loading groups failed" err="r.yml: \\"A\\": parse error"')
    told = 'prometheus refuses its new configuration and goes on with the old: r.yml: "A": parse error; change what it'
    assert told in complaint(monitor("up"), 1)


def test_up_that_pulumi_refuses_keeps_the_mark_for_the_next_run(checkout: Path, pulumi: FakePulumi) -> None:
    pulumi.answer("up", err="error: engine went away\n", code=1)
    assert "`pulumi up` failed: engine went away" in complaint(monitor("up"), 1)
    assert (checkout / ".state/dev/unfinished.json").exists()


def test_up_that_doesnt_get_well_says_what_why_and_what_next(
    pulumi: FakePulumi, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.commands.up.READY_SECONDS", 0.0)
    monkeypatch.setattr(FakeEngine, "healthy", False)
    pulumi.answer("stack output", {"urls": {"prometheus": server, "alertmanager": server}})
    result = monitor("up")
    assert result.exit_code == 1
    assert "✗ container autonomica-dev-demo-postgres: keeps restarting" in result.stderr
    assert "docker logs --tail 50 autonomica-dev-demo-postgres" in result.stderr


def test_up_with_the_persons_backend_uses_it(
    pulumi: FakePulumi, server: str, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://theirs")
    pulumi.answer("stack output", {"urls": {"prometheus": server, "alertmanager": server}})
    pulumi.answer("stack export", {"deployment": {"resources": []}})
    assert monitor("up").exit_code == 0
    assert {call["env"]["PULUMI_BACKEND_URL"] for call in pulumi.calls} == {"s3://theirs"}
    assert pulumi.called("stack", "init") == []
    assert not (checkout / ".state" / "passphrase").exists()


@pytest.mark.usefixtures("deployed")
def test_health_of_a_healthy_stack() -> None:
    result = monitor("health")
    assert result.exit_code == 0, result.output
    assert "dev: healthy" in result.stdout


@pytest.mark.usefixtures("deployed")
def test_health_says_what_is_wrong_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "healthy", False)
    Server.targets_up = False
    result = monitor("health")
    assert result.exit_code == 1
    assert "target blackbox/blackbox-exporter:9115:" in result.stdout
    assert "no such host" in result.stdout


@pytest.mark.usefixtures("deployed")
def test_health_json_is_one_object_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "healthy", False)
    result = monitor("health", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["healthy"] is False
    assert {problem["area"] for problem in document["problems"]} == {"container"}


@pytest.mark.usefixtures("deployed")
def test_health_without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "away", True)
    result = monitor("health")
    assert result.exit_code == 1
    assert f"engine {HOST}: the Docker engine at {HOST} doesn't answer" in result.stdout


@pytest.mark.usefixtures("deployed")
def test_health_of_a_stack_that_was_taken_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "empty", True)
    assert "isn't deployed" in complaint(monitor("health"), 2)


def test_urls(deployed: str) -> None:
    result = monitor("urls")
    assert result.exit_code == 0
    assert f"alertmanager  {deployed}\n" in result.stdout
    document = json.loads(monitor("urls", "--json").stdout)
    assert document["urls"]["prometheus"] == deployed
    assert document["stack"] == "dev"
    assert "not in this stack" in document["absent"]["grafana"]
    assert "grafana       not in this stack: the image grafana/grafana:" in result.stdout


@pytest.mark.usefixtures("deployed")
def test_faults_are_sent_to_the_demo() -> None:
    assert monitor("fault", "api", "errors", "0.5").exit_code == 0
    assert monitor("fault", "api", "latency", "3").exit_code == 0
    assert monitor("fault", "worker", "crash").exit_code == 0
    assert monitor("fault", "off").exit_code == 0
    assert [(method, path, json.loads(body or "null")) for method, path, body in Server.received] == [
        ("POST", "/faults", {"service": "api", "errors": 0.5}),
        ("POST", "/faults", {"service": "api", "latency_seconds": 3.0}),
        ("POST", "/faults", {"service": "worker", "crash_loop": True}),
        ("DELETE", "/faults", None),
    ]


def test_faults_and_messages_belong_to_a_demo(deployed: str, pulumi: FakePulumi) -> None:
    pulumi.answer("stack output", {"urls": {"prometheus": deployed}, "demo": False})
    assert "no demo services" in complaint(monitor("fault", "off"), 2)
    assert "no notification sink" in complaint(monitor("messages"), 2)


def test_a_switchboard_that_is_away_is_one_line(deployed: str, pulumi: FakePulumi) -> None:
    assert deployed
    pulumi.answer("stack output", {"urls": {"faults": "http://127.0.0.1:1"}, "demo": True})
    assert "doesn't answer: connection refused" in complaint(monitor("fault", "off"), 1)


@pytest.mark.usefixtures("deployed")
def test_messages() -> None:
    result = monitor("messages")
    assert result.exit_code == 0
    assert "email    urgent@autonomica.ai" in result.stdout
    assert "[FIRING] X" in result.stdout
    assert json.loads(monitor("messages", "--json").stdout)["messages"][0]["channel"] == "email"


def test_down_keeps_what_is_protected(deployed: str, pulumi: FakePulumi) -> None:
    assert deployed
    result = monitor("down")
    assert result.exit_code == 0, result.output
    assert pulumi.called("destroy") == [], "it would take what is in Grafana with it"
    (call,) = pulumi.called("refresh")
    assert call["args"][call["args"].index("--exclude") + 1] == "**$grafana:**"
    assert "kept: autonomica-dev-prometheus-data\n" in result.stdout
    assert list(Path.home().glob("removed-*")) == []


def test_destroy_asks_and_a_wrong_name_changes_nothing(
    deployed: str, pulumi: FakePulumi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deployed
    assert "add --yes" in complaint(monitor("destroy"), 2)
    monkeypatch.setattr("ops.commands.destroy.someone_is_there", lambda: True)
    result = CliRunner().invoke(app, ["destroy"], input="prod\n")
    assert result.exit_code == 2
    assert "'prod' isn't 'dev': nothing was changed" in result.stderr
    assert pulumi.calls == []


def test_destroy_confirmed_removes_data_and_keeps_the_committed_file(
    deployed: str, pulumi: FakePulumi, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deployed
    monkeypatch.setattr("ops.commands.destroy.someone_is_there", lambda: True)
    result = CliRunner().invoke(app, ["destroy"], input="dev\n")
    assert result.exit_code == 0, result.output
    order = [" ".join(call["args"][:2]) for call in pulumi.calls if call["args"][0] != "config"]
    assert order == ["stack export", "state unprotect", "destroy --yes", "stack rm"]
    assert "--exclude-protected" not in pulumi.called("destroy")[0]["args"]
    assert "--preserve-config" in pulumi.called("stack", "rm")[0]["args"]
    assert (Path.home() / "removed-autonomica-dev-prometheus-data").exists()
    assert not (Path.home() / "removed-autonomica-dev-of-another-checkout").exists()
    assert (checkout / "Pulumi.dev.yaml").exists()
    assert not (checkout / ".state/dev/Pulumi.dev.yaml").exists()


def test_destroy_can_leave_the_data_and_the_secrets(deployed: str, pulumi: FakePulumi, checkout: Path) -> None:
    assert deployed
    result = monitor("destroy", "--keep-data")
    assert result.exit_code == 0, result.output
    assert pulumi.called("destroy") == []
    assert pulumi.called("state", "unprotect") == []
    (call,) = pulumi.called("stack", "rm")
    assert {"--force", "--preserve-config"} <= set(call["args"])
    assert "kept: autonomica-dev-prometheus-data\n" in result.stdout
    assert list(Path.home().glob("removed-*")) == []
    assert (checkout / ".state/dev/Pulumi.dev.yaml").exists(), "the passwords of the data that is kept"


@pytest.mark.usefixtures("deployed")
def test_a_stack_with_the_kits_grafana_is_told_what_to_do_and_can_be_destroyed(pulumi: FakePulumi) -> None:
    volume = {"type": VOLUME, "id": "autonomica-dev-prometheus-data", "protect": True}
    kits = {"type": IMAGE, "id": "x", "inputs": {"name": "airgap.local/grafana/grafana:10.0.0"}}
    pulumi.answer("stack export", {"deployment": {"resources": [volume, kits]}})
    line = complaint(monitor("up"), 1)
    assert "`monitor destroy --stack dev --keep-data`, then `make up STACK=dev`; its data volumes stay" in line
    assert pulumi.called("up") == []
    assert monitor("destroy", "--yes").exit_code == 0
    assert pulumi.called("destroy") == [], "its plugins are no more"
    assert (Path.home() / "removed-autonomica-dev-prometheus-data").exists()


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("command", [["export-dashboard", "by-hand"]])
def test_what_needs_a_grafana_says_that_there_is_none(command: list[str]) -> None:
    assert "Grafana is not in this stack" in complaint(monitor(*command), 1)


def test_a_preview_where_nobody_has_decided_needs_the_plugin(pulumi: FakePulumi) -> None:
    line = complaint(monitor("preview"), 1)
    assert "counts as one with a Grafana" in line
    assert "`make up STACK=dev` decide" in line
    assert pulumi.called("preview") == []


@pytest.mark.usefixtures("deployed")
def test_pulumi_itself_gets_the_same_configuration(pulumi: FakePulumi, checkout: Path) -> None:
    pulumi.answer("config get", code=3)
    assert monitor("pulumi", "--", "config", "get", "postgresPassword").exit_code == 3
    (call,) = pulumi.called("config", "get", "postgresPassword")
    assert call["args"][3:] == ["--stack", "dev", "--config-file", str(checkout / ".state/dev/Pulumi.dev.yaml")]
    assert call["env"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(checkout / ".state/passphrase")


@pytest.mark.usefixtures("deployed")
def test_a_plain_setting_made_with_pulumi_comes_with_a_warning(pulumi: FakePulumi) -> None:
    assert "put plain settings into Pulumi.dev.yaml" in complaint(monitor("pulumi", "--", "config", "set", "a", "b"), 0)
    assert pulumi.called("config", "set", "a", "b")
