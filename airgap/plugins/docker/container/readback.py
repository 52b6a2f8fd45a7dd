"""What the engine says about a container, as the resource's outputs."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.docker import labels
from airgap.plugins.docker.container.body import MB
from airgap.plugins.docker.container.durations import written
from airgap.plugins.protocol.drift import given
from airgap.plugins.protocol.values import UNKNOWN, Properties

# The inputs that can change on an existing container, and so what a refresh watches.
WATCHED: Final = (
    "name",
    "restart",
    "maxRetryCount",
    "memory",
    "memorySwap",
    "memoryReservation",
    "cpuShares",
    "cpuSet",
    "cpus",
    "mustRun",
    "networksAdvanced",
)
_COMPUTED: Final = ("bridge", "containerLogs", "exitCode", "hostname", "networkDatas")

Inspect = dict[str, Any]


def planned(inputs: Properties, olds: Properties) -> Properties:
    """The outputs in a preview."""
    return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}


def outputs(container: Inspect, inputs: Properties) -> Properties:
    """The outputs of a container that exists.

    Args:
        container: The engine's description of it.
        inputs: The inputs in the state; what can't change on a container is taken from there.
    """
    state, config, host = container["State"], container["Config"], container["HostConfig"]
    values: Properties = {
        **given(inputs),
        "name": container["Name"].lstrip("/"),
        "hostname": config.get("Hostname") or "",
        "bridge": container["NetworkSettings"].get("Bridge") or "",
        "networkDatas": _network_datas(container),
        "restart": host["RestartPolicy"]["Name"] or "no",
        "maxRetryCount": host["RestartPolicy"]["MaximumRetryCount"],
        "memory": _megabytes(host.get("Memory")),
        "memorySwap": _megabytes(host.get("MemorySwap")),
        "memoryReservation": _megabytes(host.get("MemoryReservation")),
        "cpuShares": host.get("CpuShares") or 0,
        "cpuSet": host.get("CpusetCpus") or "",
        "shmSize": _megabytes(host.get("ShmSize")),
        "ipcMode": host.get("IpcMode") or "",
        "logDriver": (host.get("LogConfig") or {}).get("Type") or "",
        "runtime": host.get("Runtime") or "",
        "command": config.get("Cmd") or [],
        "entrypoints": config.get("Entrypoint") or [],
        "stopSignal": config.get("StopSignal") or "",
        "cpus": _cpus(host.get("NanoCpus") or 0, inputs.get("cpus")),
    }
    if inputs.get("ports"):
        values["ports"] = [_published(port, container) for port in inputs["ports"]]
    if inputs.get("networksAdvanced"):
        values["networksAdvanced"] = [item for item in inputs["networksAdvanced"] if _attached(item, container)]
    if not state["Running"]:
        values["exitCode"] = state["ExitCode"]
        if inputs.get("mustRun", True):
            values["mustRun"] = False  # how the official plugin shows that the container has stopped
    return {key: value for key, value in values.items() if value is not None}


def _megabytes(number: int | None) -> int:
    return number // MB if number and number > 0 else number or 0


def _cpus(nano: int, declared: str | None) -> str | None:
    if declared and round(float(declared) * 10**9) == nano:
        return declared
    return f"{nano / 10**9:g}" if nano else None


def _network_datas(container: Inspect) -> list[Properties]:
    networks = container["NetworkSettings"].get("Networks") or {}
    return [
        {
            "networkName": name,
            "ipAddress": network.get("IPAddress") or "",
            "ipPrefixLength": network.get("IPPrefixLen") or 0,
            "gateway": network.get("Gateway") or "",
            "globalIpv6Address": network.get("GlobalIPv6Address") or "",
            "globalIpv6PrefixLength": network.get("GlobalIPv6PrefixLen") or 0,
            "ipv6Gateway": network.get("IPv6Gateway") or "",
            "macAddress": network.get("MacAddress") or "",
        }
        for name, network in sorted(networks.items())
    ]


def _attached(wanted: Properties, container: Inspect) -> bool:
    networks = container["NetworkSettings"].get("Networks") or {}
    ids = {network.get("NetworkID") for network in networks.values()}
    if wanted["name"] in networks or wanted["name"] in ids:
        return True
    # The engine fills in the ids when the container first starts; until then a network named by its id can't be told.
    return not container["State"]["Running"] and "" in ids


def _published(port: Properties, container: Inspect) -> Properties:
    if port.get("external"):
        return port
    key = f"{port['internal']}/{port.get('protocol', 'tcp')}"
    bindings = (container["NetworkSettings"].get("Ports") or {}).get(key) or []
    return {**port, "external": int(bindings[0]["HostPort"])} if bindings else port


def imported(container: Inspect, image: Inspect | None) -> Properties:
    """The inputs a program needs to describe this container: what neither its image nor the engine brings along.

    Args:
        container: The engine's description of it.
        image: The engine's description of its image; None if that is gone.
    """
    config, host = container["Config"], container["HostConfig"]
    base = (image or {}).get("Config") or {}
    networks = sorted((container["NetworkSettings"].get("Networks") or {}).items())
    policy = host["RestartPolicy"]
    base_labels = base.get("Labels") or {}
    own_labels = {k: v for k, v in (config.get("Labels") or {}).items() if base_labels.get(k) != v}
    values: Properties = {
        "name": container["Name"].lstrip("/"),
        "image": config["Image"],
        "command": _unless(config.get("Cmd"), base.get("Cmd")),
        "entrypoints": _unless(config.get("Entrypoint"), base.get("Entrypoint")),
        "envs": [env for env in config.get("Env") or [] if env not in (base.get("Env") or [])],
        "user": _unless(config.get("User"), base.get("User")),
        "workingDir": _unless(config.get("WorkingDir"), base.get("WorkingDir")),
        "stopSignal": _unless(config.get("StopSignal"), base.get("StopSignal")),
        "stopTimeout": config.get("StopTimeout"),
        "hostname": _unless(config.get("Hostname"), container["Id"][:12]),
        "labels": labels.from_engine(own_labels),
        "healthcheck": _healthcheck(_unless(config.get("Healthcheck"), base.get("Healthcheck"))),
        "restart": _unless(policy["Name"], "no"),
        "maxRetryCount": policy["MaximumRetryCount"],
        "memory": _megabytes(host.get("Memory")),
        "memorySwap": _unless(_megabytes(host.get("MemorySwap")), 2 * _megabytes(host.get("Memory"))),
        "memoryReservation": _megabytes(host.get("MemoryReservation")),
        "cpuShares": host.get("CpuShares"),
        "cpuSet": host.get("CpusetCpus"),
        "cpus": _cpus(host.get("NanoCpus") or 0, None),
        "readOnly": host.get("ReadonlyRootfs"),
        "privileged": host.get("Privileged"),
        "rm": host.get("AutoRemove"),
        "init": host.get("Init"),
        "capabilities": _capabilities(host),
        "securityOpts": host.get("SecurityOpt"),
        "tmpfs": host.get("Tmpfs"),
        "sysctls": host.get("Sysctls"),
        "dns": host.get("Dns"),
        "groupAdds": host.get("GroupAdd"),
        "pidMode": host.get("PidMode"),
        "networkMode": None if host["NetworkMode"] in ("bridge", "default") else host["NetworkMode"],
        "networksAdvanced": [
            {"name": name, **({"aliases": aliases} if (aliases := _aliases(network, container)) else {})}
            for name, network in networks
            if name not in ("bridge", "host", "none")
        ],
        "ports": _port_inputs(host.get("PortBindings") or {}),
        "volumes": [_volume(bind) for bind in host.get("Binds") or []],
        "mounts": [_mount(mount) for mount in host.get("Mounts") or []],
    }
    return {key: value for key, value in values.items() if value not in (None, "", 0, False, [], {})}


def _unless(value: Any, usual: Any) -> Any:
    return None if value == usual else value


def _healthcheck(check: dict[str, Any] | None) -> Properties | None:
    if not check or not check.get("Test"):
        return None
    return {
        "tests": check["Test"],
        "interval": written(check.get("Interval", 0)),
        "timeout": written(check.get("Timeout", 0)),
        "startPeriod": written(check.get("StartPeriod", 0)),
        "retries": check.get("Retries", 0),
    }


def _capabilities(host: dict[str, Any]) -> Properties:
    both = {"adds": host.get("CapAdd"), "drops": host.get("CapDrop")}
    return {key: value for key, value in both.items() if value}


def _aliases(network: dict[str, Any], container: Inspect) -> list[str]:
    return [alias for alias in network.get("Aliases") or [] if alias != container["Id"][:12]]


def _port_inputs(bindings: dict[str, Any]) -> list[Properties]:
    ports = []
    for key, hosts in sorted(bindings.items()):
        internal, protocol = key.split("/")
        for host in hosts or []:
            port: Properties = {"internal": int(internal), "protocol": protocol}
            if host.get("HostPort"):
                port["external"] = int(host["HostPort"])
            ports.append({**port, "ip": host.get("HostIp") or "0.0.0.0"})  # noqa: S104
    return ports


def _volume(bind: str) -> Properties:
    source, path, *mode = bind.split(":")
    where = {"hostPath": source} if source.startswith("/") else {"volumeName": source}
    return {"containerPath": path, **where, **({"readOnly": True} if "ro" in ",".join(mode).split(",") else {})}


def _mount(mount: dict[str, Any]) -> Properties:
    values = {
        "target": mount["Target"],
        "type": mount["Type"],
        "source": mount.get("Source"),
        "readOnly": mount.get("ReadOnly"),
    }
    return {key: value for key, value in values.items() if value}
