"""Containers against a real engine: what is made, what is seen, what is changed, what is left."""

from __future__ import annotations

import base64
import io
import tarfile
import threading
import time
from typing import Any

import pytest

from airgap.plugins.protocol.values import Secret, has_secret, reveal
from tests.free_port import free_port
from tests.plugins.provider import CONTAINER, NETWORK, Provider, Refused

pytestmark = pytest.mark.engine


def _file(container: Any, path: str) -> tuple[int, bytes]:
    """Mode and content of a file in a container."""
    chunks, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        entry = archive.getmembers()[0]
        return entry.mode & 0o777, (archive.extractfile(entry) or io.BytesIO()).read()


def test_everything_that_can_be_set_arrives(provider: Provider, engine: Any, image: str, name: str) -> None:
    port = free_port()
    volume = engine.volumes.create(name)
    id, inputs, outputs = provider.make(
        CONTAINER,
        name=name,
        image=image,
        command=["sleep", "77"],
        entrypoints=["/bin/busybox"],
        envs=["A=1"],
        user="65534:65534",
        groupAdds=["999"],
        hostname="h",
        domainname="example.org",
        workingDir="/tmp",
        ports=[{"internal": 80, "external": port, "ip": "127.0.0.1"}, {"internal": 53, "protocol": "udp"}],
        volumes=[{"containerPath": "/v", "volumeName": volume.name, "readOnly": True}],
        mounts=[
            {"type": "tmpfs", "target": "/m", "tmpfsOptions": {"sizeBytes": 1048576, "mode": 0o700}},
            {
                "type": "bind",
                "target": "/h",
                "source": "/proc",
                "readOnly": True,
                "bindOptions": {"propagation": "rslave"},
            },
        ],
        tmpfs={"/t": "size=1m"},
        capabilities={"drops": ["ALL"], "adds": ["NET_RAW"]},
        securityOpts=["no-new-privileges:true"],
        readOnly=True,
        restart="on-failure",
        maxRetryCount=3,
        memory=64,
        memorySwap=64,
        memoryReservation=32,
        cpus="0.5",
        cpuShares=512,
        cpuSet="0",
        shmSize=8,
        ulimits=[{"name": "nofile", "soft": 100, "hard": 200}],
        labels=[{"label": "a", "value": "b"}],
        logDriver="json-file",
        logOpts={"max-size": "1m"},
        healthcheck={"tests": ["CMD", "true"], "interval": "1m", "retries": 2},
        stopTimeout=5,
        stopSignal="SIGINT",
        init=True,
        sysctls={"net.ipv4.ip_forward": "0"},
        hosts=[{"host": "other", "ip": "10.0.0.9"}],
        dns=["10.0.0.53"],
        dnsOpts=["ndots:1"],
        dnsSearches=["example.org"],
        ipcMode="private",
    )
    made = engine.containers.get(id).attrs
    config, host = made["Config"], made["HostConfig"]
    assert made["Path"] == "/bin/busybox"
    assert made["Args"] == ["sleep", "77"]
    assert "A=1" in config["Env"]
    assert (config["User"], config["Hostname"], config["Domainname"]) == ("65534:65534", "h", "example.org")
    assert (config["WorkingDir"], config["StopTimeout"], config["StopSignal"]) == ("/tmp", 5, "SIGINT")
    assert config["Labels"]["a"] == "b"
    assert config["Healthcheck"] == {"Test": ["CMD", "true"], "Interval": 60 * 10**9, "Retries": 2}
    assert host["PortBindings"]["80/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": str(port)}]
    assert host["Binds"] == [f"{name}:/v:ro"]
    assert {mount["Target"]: mount["Type"] for mount in host["Mounts"]} == {"/m": "tmpfs", "/h": "bind"}
    assert {mount["Destination"]: mount["Propagation"] for mount in made["Mounts"]}["/h"] == "rslave"
    assert host["Tmpfs"] == {"/t": "size=1m"}
    assert (host["CapDrop"], host["CapAdd"]) == (["ALL"], ["NET_RAW"])
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["RestartPolicy"] == {"Name": "on-failure", "MaximumRetryCount": 3}
    assert (host["Memory"], host["MemoryReservation"]) == (64 << 20, 32 << 20)
    assert (host["NanoCpus"], host["CpuShares"], host["CpusetCpus"]) == (5 * 10**8, 512, "0")
    assert (host["ShmSize"], host["Init"], host["ReadonlyRootfs"]) == (8 << 20, True, True)
    assert host["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m"}}
    assert host["Sysctls"] == {"net.ipv4.ip_forward": "0"}
    assert (host["ExtraHosts"], host["Dns"], host["DnsSearch"]) == (["other:10.0.0.9"], ["10.0.0.53"], ["example.org"])
    assert (host["IpcMode"], host["GroupAdd"]) == ("private", ["999"])

    assert outputs["hostname"] == "h"
    assert [item["networkName"] for item in outputs["networkDatas"]] == ["bridge"]
    published = {item["internal"]: item["external"] for item in outputs["ports"]}
    assert published[80] == port
    assert published[53] >= 1024, "the engine chose one"
    assert "exitCode" not in outputs

    assert provider.read(CONTAINER, id, inputs, outputs) == (id, inputs, outputs), "a refresh shows no drift"
    provider.delete(CONTAINER, id, inputs, outputs)
    assert provider.read(CONTAINER, id, inputs, outputs)[0] == ""
    provider.delete(CONTAINER, id, inputs, outputs)


def test_several_networks_with_aliases_and_address(provider: Provider, engine: Any, image: str, name: str) -> None:
    first, _, _ = provider.make(NETWORK, name=f"{name}-1", ipamConfigs=[{"subnet": "10.213.17.0/24"}])
    provider.make(NETWORK, name=f"{name}-2")
    networks = [{"name": first, "ipv4Address": "10.213.17.77", "aliases": ["web"]}, {"name": f"{name}-2"}]
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image, networksAdvanced=networks)
    made = engine.containers.get(id).attrs["NetworkSettings"]["Networks"]
    assert made.keys() == {f"{name}-1", f"{name}-2"}, "the default bridge is left"
    assert made[f"{name}-1"]["IPAddress"] == "10.213.17.77"
    assert "web" in made[f"{name}-1"]["Aliases"]
    assert [item["networkName"] for item in outputs["networkDatas"]] == [f"{name}-1", f"{name}-2"]
    assert provider.read(CONTAINER, id, inputs, outputs) == (id, inputs, outputs)

    engine.networks.get(f"{name}-2").disconnect(name)
    _, refreshed, _ = provider.read(CONTAINER, id, inputs, outputs)
    diff = provider.diff(CONTAINER, refreshed, inputs)
    assert diff.replaces == ["networksAdvanced"]
    assert diff.detail == {"networksAdvanced[1]": "ADD_REPLACE"}
    engine.containers.get(id).remove(force=True)


def test_a_container_that_never_started_on_a_network_shows_no_drift(provider: Provider, image: str, name: str) -> None:
    network, _, _ = provider.make(NETWORK, name=name)
    for target in (name, network):
        id, inputs, outputs = provider.make(
            CONTAINER, name=f"{name}-c", image=image, start=False, mustRun=False, networksAdvanced=[{"name": target}]
        )
        assert outputs["networksAdvanced"] == [{"name": target, "__defaults": []}]
        assert provider.read(CONTAINER, id, inputs, outputs) == (id, inputs, outputs)
        provider.delete(CONTAINER, id, inputs, outputs)


def test_a_config_carrier(provider: Provider, engine: Any, image: str, name: str) -> None:
    """Files go into a volume through a read-only container that is never started; secrets stay marked."""
    engine.volumes.create(name)
    uploads = [
        {"file": "/cfg/deep/secret", "content": Secret("canary-upload"), "permissions": "0600"},
        {"file": "/cfg/run.sh", "content": "#!/bin/sh\n", "executable": True},
        {"file": "/cfg/bytes", "contentBase64": base64.b64encode(b"\xff\x00").decode()},
    ]
    id, inputs, outputs = provider.make(
        CONTAINER,
        name=name,
        image=image,
        start=False,
        mustRun=False,
        networkMode="none",
        readOnly=True,
        volumes=[{"containerPath": "/cfg", "volumeName": name}],
        uploads=uploads,
    )
    container = engine.containers.get(id)
    assert container.attrs["State"]["Status"] == "created"
    assert _file(container, "/cfg/deep/secret") == (0o600, b"canary-upload")
    assert _file(container, "/cfg/run.sh") == (0o744, b"#!/bin/sh\n")
    assert _file(container, "/cfg/bytes") == (0o644, b"\xff\x00")
    assert "canary-upload" not in str(container.attrs)
    assert outputs["uploads"][0]["content"] == Secret("canary-upload")
    assert outputs["exitCode"] == 0
    assert provider.read(CONTAINER, id, inputs, outputs) == (id, inputs, outputs)


def test_secrets_come_back_marked_wherever_they_show_up(provider: Provider, image: str, name: str) -> None:
    _, _, outputs = provider.make(
        CONTAINER,
        name=name,
        image=image,
        command=["echo", Secret("canary-command")],
        envs=["A=1", Secret("B=canary-env")],
        attach=True,
        logs=True,
        mustRun=False,
    )
    assert outputs["containerLogs"] == Secret("canary-command\n")
    assert outputs["command"] == ["echo", Secret("canary-command")]
    assert outputs["envs"] == ["A=1", Secret("B=canary-env")]
    open_parts = {key: value for key, value in outputs.items() if not has_secret(value)}
    assert "canary" not in str(reveal(open_parts))


def test_attach_waits_for_the_end_and_its_exit_code(provider: Provider, image: str, name: str) -> None:
    command = ["sh", "-c", "echo out; echo err >&2; sleep 0.5; exit 7"]
    id, inputs, outputs = provider.make(
        CONTAINER, name=name, image=image, command=command, attach=True, logs=True, mustRun=False
    )
    assert outputs["exitCode"] == 7
    assert sorted(outputs["containerLogs"].split()) == ["err", "out"]
    assert provider.read(CONTAINER, id, inputs, outputs) == (id, inputs, outputs)


def test_wait_returns_when_healthy(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, _, _ = provider.make(
        CONTAINER,
        name=name,
        image=image,
        command=["sh", "-c", "sleep 1; touch /ready; sleep 3600"],
        healthcheck={"tests": ["CMD", "test", "-e", "/ready"], "interval": "300ms", "retries": 50},
        wait=True,
    )
    assert engine.containers.get(id).attrs["State"]["Health"]["Status"] == "healthy"


def test_a_container_that_stays_unhealthy_is_kept_and_finished_next_time(
    provider: Provider, engine: Any, image: str, name: str
) -> None:
    inputs = provider.checked(
        CONTAINER,
        name=name,
        image=image,
        command=["sh", "-c", "echo the program speaks; sleep 3600"],
        healthcheck={"tests": ["CMD-SHELL", "echo not yet; test -e /ready"], "interval": "200ms", "retries": 2},
        wait=True,
        waitTimeout=2,
    )
    with pytest.raises(Refused) as refused:
        provider.create(CONTAINER, inputs)
    message = refused.value.message
    assert f"container '{name}' is unhealthy after 2 s (waitTimeout)" in message
    assert "its last health check ended with 1: not yet" in message
    assert "last log lines: the program speaks" in message
    assert "\n" not in message
    kept = refused.value.kept
    assert kept.id == engine.containers.get(name).id
    assert list(kept.reasons) == [message]

    engine.containers.get(name).exec_run("touch /ready")
    assert provider.update(CONTAINER, kept.id, inputs, inputs, inputs)["name"] == name
    assert engine.containers.get(kept.id).attrs["State"]["Health"]["Status"] == "healthy"


def test_wait_without_a_health_check_says_so(provider: Provider, image: str, name: str) -> None:
    with pytest.raises(Refused, match="has no health check to wait for; set healthcheck, or wait=False"):
        provider.make(CONTAINER, name=name, image=image, wait=True)


def test_a_program_that_ends_at_once_leaves_no_container(
    provider: Provider, engine: Any, image: str, name: str
) -> None:
    command = ["sh", "-c", "echo no such setting; exit 3"]
    with pytest.raises(Refused) as refused:
        provider.make(CONTAINER, name=name, image=image, command=command)
    assert refused.value.message == (f"container '{name}' ended at once: exit code 3; last log lines: no such setting")
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


def test_a_stopped_container_is_seen_and_started_again(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image)
    engine.containers.get(id).kill()
    _, refreshed, now = provider.read(CONTAINER, id, inputs, outputs)
    assert now["exitCode"] == 137
    diff = provider.diff(CONTAINER, refreshed, inputs)
    assert diff.replaces == []
    assert diff.detail == {"mustRun": "UPDATE"}
    provider.update(CONTAINER, id, now, refreshed, inputs)
    assert engine.containers.get(id).status == "running"


def test_limits_change_in_place_and_their_drift_is_seen(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image, memory=64, cpuShares=512)
    news = {**inputs, "memory": 256, "restart": "always", "cpuShares": 256, "cpuSet": "0"}
    outputs = provider.update(CONTAINER, id, outputs, inputs, news)
    host = engine.containers.get(id).attrs["HostConfig"]
    assert (host["Memory"], host["CpuShares"], host["CpusetCpus"]) == (256 << 20, 256, "0")
    assert host["RestartPolicy"]["Name"] == "always"
    assert (outputs["memory"], outputs["restart"]) == (256, "always")

    engine.containers.get(id).update(mem_limit="100m", memswap_limit="-1", restart_policy={"Name": "no"})
    _, refreshed, _ = provider.read(CONTAINER, id, news, outputs)
    diff = provider.diff(CONTAINER, refreshed, news)
    assert diff.replaces == []
    assert {"memory", "restart"} <= diff.detail.keys()


def test_a_rename_is_seen(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image)
    engine.containers.get(id).rename(f"{name}-other")
    _, refreshed, _ = provider.read(CONTAINER, id, inputs, outputs)
    assert provider.diff(CONTAINER, refreshed, inputs).detail == {"name": "UPDATE_REPLACE"}


def test_an_import_needs_no_more_than_the_program_says(provider: Provider, engine: Any, image: str, name: str) -> None:
    settings: dict[str, Any] = {
        "name": name,
        "image": image,
        "command": ["sleep", "99"],
        "envs": ["A=1"],
        "labels": [{"label": "a", "value": "b"}],
        "restart": "always",
        "memory": 64,
        "ports": [{"internal": 80, "external": free_port(), "ip": "127.0.0.1"}],
        "volumes": [{"containerPath": "/v", "volumeName": name, "readOnly": True}],
        "healthcheck": {"tests": ["CMD", "true"], "interval": "1m30s"},
        "capabilities": {"drops": ["ALL"]},
        "readOnly": True,
        "user": "65534",
    }
    made, program, _ = provider.make(CONTAINER, **settings)
    id, inputs, _ = provider.read(CONTAINER, name)
    assert id == made
    diff = provider.diff(CONTAINER, inputs, program)
    assert diff.detail.keys() <= {"memorySwap"}, "what the engine set by itself"
    engine.containers.get(id).remove(force=True)


def test_delete_gives_the_program_its_grace(provider: Provider, engine: Any, image: str, name: str) -> None:
    engine.volumes.create(name)
    trap = "trap 'sleep 1; echo saved > /v/saved; exit 0' TERM; while true; do sleep 0.1; done"
    id, inputs, outputs = provider.make(
        CONTAINER,
        name=name,
        image=image,
        command=["sh", "-c", trap],
        volumes=[{"containerPath": "/v", "volumeName": name}],
        destroyGraceSeconds=10,
    )
    provider.delete(CONTAINER, id, inputs, outputs)
    reader = engine.containers.create(image, name=name, volumes=[f"{name}:/v"])
    assert _file(reader, "/v/saved")[1] == b"saved\n"


def test_a_container_that_removes_itself(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(CONTAINER, name=name, image=image, rm=True)
    provider.delete(CONTAINER, id, inputs, outputs)
    deadline = time.monotonic() + 5
    while engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


def test_cancel_ends_a_wait_soon(provider: Provider, engine: Any, image: str, name: str) -> None:
    inputs = provider.checked(
        CONTAINER,
        name=name,
        image=image,
        healthcheck={"tests": ["CMD", "false"], "interval": "30s"},
        wait=True,
        waitTimeout=120,
    )
    threading.Timer(1.0, provider.cancel).start()
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        provider.create(CONTAINER, inputs)
    assert time.monotonic() - started < 3
    assert "was cancelled; run the update again" in refused.value.message
    assert refused.value.kept.id == engine.containers.get(name).id, "it runs, so it is kept in the state"


def test_the_time_limit_of_the_program_counts(provider: Provider, engine: Any, image: str, name: str) -> None:
    inputs = provider.checked(CONTAINER, name=name, image=image, command=["sleep", "60"], attach=True, mustRun=False)
    started = time.monotonic()
    with pytest.raises(Refused, match=r"took longer than 1 s; raise customTimeouts\.create"):
        provider.create(CONTAINER, inputs, timeout=1)
    assert time.monotonic() - started < 4
    assert engine.containers.list(all=True, filters={"name": name}, ignore_removed=True) == []


def test_a_long_stop_is_given_up_on_time(provider: Provider, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(
        CONTAINER, name=name, image=image, command=["sleep", "3600"], destroyGraceSeconds=60
    )
    started = time.monotonic()
    with pytest.raises(Refused, match=r"took longer than 1 s; raise customTimeouts\.delete"):
        provider.delete(CONTAINER, id, inputs, outputs, timeout=1)
    assert time.monotonic() - started < 4
