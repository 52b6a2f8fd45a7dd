"""What was measured and silenced outlives the containers; a destroyed stack leaves nothing."""

import socket
import time
from datetime import UTC, datetime, timedelta

from tests.e2e.system import System, eventually


def test_down_and_up_again_keeps_metrics_and_silences(system: System) -> None:
    eventually(lambda: system.query("up{job='node'} == 1"), seconds=30, what="a sample")
    before = time.time()
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "alertname", "value": "Nothing", "isRegex": False}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "e2e",
        "comment": "kept over a restart",
    }
    silence_id = system.post("alertmanager", "/api/v2/silences", silence)["silenceID"]

    system.monitor("down")
    assert system.containers() == {}
    assert system.networks() == set()
    kept = {volume.removeprefix(f"autonomica-{system.stack}-") for volume in system.volumes()}
    assert kept == {
        "prometheus-data",
        "prometheus-targets",
        "alertmanager-data",
        "grafana-data",
        "report-data",
        "demo-postgres-data",
    }

    port = system.settings()["alertmanager"]["port"]
    with socket.create_server(("127.0.0.1", port)):
        result = system.monitor("up", ok=False)
    assert result.returncode == 1
    assert str(port) in result.stdout + result.stderr, "the message names the taken port"

    system.monitor("up")
    assert system.get("alertmanager", f"/api/v2/silence/{silence_id}")["status"]["state"] == "active"
    samples = system.get("prometheus", "/api/v1/query", query="up{job='node'}", time=before)["data"]["result"]
    assert samples[0]["value"][1] == "1"
    assert system.query('up{job="file", dropped="in"}'), "the dropped-in target is gone"


def test_destroy_leaves_nothing(system: System) -> None:
    refused = system.monitor("destroy", ok=False)
    assert refused.returncode == 2, "it must not go without a word from a person"
    assert system.containers()
    system.monitor("destroy", "--yes")
    assert system.containers() == {}
    assert system.volumes() == set()
    assert system.networks() == set()
    assert system.monitor("health", ok=False).returncode == 2
