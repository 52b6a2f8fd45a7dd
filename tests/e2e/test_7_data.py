"""What was measured and silenced outlives the containers; a destroyed stack leaves nothing."""

import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta

import requests

from tests.e2e.system import System
from tests.support.waiting import eventually


def test_down_and_up_again_keeps_metrics_silences_and_what_is_in_grafana(system: System) -> None:
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
    if with_grafana := system.has_grafana:
        made_by_hand = {"dashboard": {"uid": "by-hand", "title": "By hand", "panels": []}, "folderUid": "applications"}
        system.grafana("POST", "/api/dashboards/db", made_by_hand)
        vera = system.grafana("GET", "/api/users/lookup", params={"loginOrEmail": "vera"})["id"]
        system.grafana("PUT", f"/api/admin/users/{vera}/password", {"password": "one-that-vera-chose"})

    used = {
        mount["Name"]
        for container in system.containers().values()
        for mount in container.attrs["Mounts"]
        if mount["Type"] == "volume"
    }
    system.monitor("down")
    assert system.containers() == {}
    assert system.networks() == set()
    kept = {volume.removeprefix(f"autonomica-{system.stack}-") for volume in system.volumes()}
    assert kept == {
        "prometheus-data",
        "prometheus-targets",
        "alertmanager-data",
        *(["grafana-data"] if with_grafana else []),
        "viewer-data",
        "demo-postgres-data",
    }

    there = {str(volume.name) for volume in system.docker.volumes.list()}
    assert used & there == system.volumes(), "those that images ask for have no name, and go with their container"

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
    if with_grafana:
        assert system.grafana("GET", "/api/dashboards/uid/by-hand")["meta"]["folderUid"] == "applications"
        login = requests.get(f"{system.url('grafana')}/api/user", auth=("vera", "one-that-vera-chose"), timeout=10)
        assert login.status_code == 200
    assert system.changes(refresh=True) == {}


def test_destroy_leaves_nothing(system: System) -> None:
    refused = system.monitor("destroy", ok=False)
    assert refused.returncode == 2, "it must not go without a word from a person"
    assert system.containers()
    # what is in Grafana goes with its volume, so it needn't be there to be destroyed
    if system.has_grafana:
        subprocess.run(["docker", "stop", f"autonomica-{system.stack}-grafana"], check=True, capture_output=True)
    system.monitor("destroy", "--yes")
    assert system.containers() == {}
    assert system.volumes() == set()
    assert system.networks() == set()
    assert system.monitor("health", ok=False).returncode == 2
