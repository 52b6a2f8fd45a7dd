"""Secrets: marked as such wherever they go, and nowhere else."""

from tests.support.program import SECRETS, Graph, Recorded, Secret, run_program, strings

# carriers whose files several servers read, and one of these
SHARED = {"demo-files": "demo-api", "demo-database-files": "demo-postgres"}
CANARIES = [value.rpartition("/")[2] for value in SECRETS.values()]


def secret_files(container: Recorded) -> dict[str, str]:
    return {
        upload["file"].rpartition("/")[2]: upload["content"].value
        for upload in container.inputs.get("uploads", [])
        if isinstance(upload["content"], Secret)
    }


def test_no_secret_is_in_plain_text_anywhere(graph: Graph) -> None:
    everything = [text for resource in graph.resources for text in strings(resource.inputs)]
    everything += strings(graph.outputs)
    assert len(everything) > 100
    for canary in CANARIES:
        assert not [text for text in everything if canary in text]


def test_a_preview_shows_no_secret_either() -> None:
    graph = run_program("dev", preview=True)
    everything = [text for resource in graph.resources for text in strings(resource.inputs)]
    for canary in CANARIES:
        assert not [text for text in everything if canary in text]


def test_secrets_arrive_where_they_are_read(dev: Graph) -> None:
    assert secret_files(dev.container("alertmanager-config")) == {
        "smtp_password": SECRETS["smtpPassword"],
        "slack_webhook_url": SECRETS["slackWebhookUrl"],
        "webhook_token": SECRETS["webhookToken"],
        "heartbeat_url": SECRETS["heartbeatUrl"],
    }
    assert secret_files(dev.container("postgres-exporter-files")) == {"password": SECRETS["postgresPassword"]}
    assert secret_files(dev.container("redis-exporter-files")) == {
        "passwords.json": f'{{"redis://redis:6379": "{SECRETS["redisPassword"]}"}}'
    }
    assert secret_files(dev.container("demo-files"))["slack_token"] == "canary-slack-2e8f"


def test_secret_files_are_readable_for_their_server_alone(graph: Graph) -> None:
    users = {container.name: container.inputs.get("user", "") for container in graph.containers()}
    for container in graph.containers():
        for upload in container.inputs.get("uploads", []):
            if isinstance(upload["content"], Secret):
                server = SHARED.get(container.name, container.name.removesuffix("-files").removesuffix("-config"))
                assert upload["permissions"] == "0400"
                assert users[server] == f"{upload['owner']}:{upload['group']}", container.name


def test_only_secrets_that_are_used_are_asked_for() -> None:
    graph = run_program(
        "prod",
        changes={"postgres": None, "redis": None, "notifications": {"webhook": {"url": "https://hooks.example.com"}}},
        secrets={key: value for key, value in SECRETS.items() if key.startswith("grafana")},
    )
    assert graph.container("alertmanager")


def test_another_password_replaces_what_reads_it_at_its_start(dev: Graph) -> None:
    readers = {
        "postgres-exporter": "postgres-exporter-files",
        "redis-exporter": "redis-exporter-files",
        "demo-redis": "demo-database-files",
        "demo-api": "demo-files",
    }
    for part, carrier in readers.items():
        assert dev.container(part).replace_with == (dev.container(carrier).urn,)


def test_another_smtp_password_replaces_no_server() -> None:
    before = run_program("dev")
    after = run_program("dev", secrets={**SECRETS, "smtpPassword": "another"})
    changed = {
        resource.name
        for resource, other in zip(_containers(before), _containers(after), strict=True)
        if resource.inputs != other.inputs
    }
    assert changed == {"alertmanager-config", "demo-files", "viewer-files"}


def _containers(graph: Graph) -> list[Recorded]:
    return sorted(graph.containers(), key=lambda container: container.name)
