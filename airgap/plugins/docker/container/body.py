"""A container's inputs in the form of the engine's API (POST /containers/create)."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.docker import labels
from airgap.plugins.docker.container.durations import nanoseconds
from airgap.plugins.protocol.values import Properties

MB: Final = 1024 * 1024
START_INTERVAL_API: Final = (1, 44)


def creation_body(inputs: Properties, api_version: tuple[int, ...]) -> dict[str, Any]:
    """The body of the create call; networks beyond `networkMode` are connected afterwards."""
    ports = inputs.get("ports", [])
    volumes = inputs.get("volumes", [])
    body: dict[str, Any] = {
        "Image": inputs["image"],
        "Hostname": inputs.get("hostname"),
        "Domainname": inputs.get("domainname"),
        "User": inputs.get("user"),
        "Env": inputs.get("envs"),
        "Cmd": inputs.get("command"),
        "Entrypoint": inputs.get("entrypoints"),
        "WorkingDir": inputs.get("workingDir"),
        "Tty": inputs.get("tty"),
        "OpenStdin": inputs.get("stdinOpen"),
        "StopSignal": inputs.get("stopSignal"),
        "StopTimeout": inputs.get("stopTimeout"),
        "Labels": labels.to_engine(inputs.get("labels")),
        "ExposedPorts": {_port_key(port): {} for port in ports},
        "Volumes": {volume["containerPath"]: {} for volume in volumes},
        "Healthcheck": _healthcheck(inputs.get("healthcheck"), api_version),
        "HostConfig": _set(_host_config(inputs, ports, volumes)),
    }
    return _set(body)


def _set(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _host_config(inputs: Properties, ports: list[Any], volumes: list[Any]) -> dict[str, Any]:
    capabilities = inputs.get("capabilities") or {}
    return {
        "AutoRemove": inputs.get("rm"),
        "Binds": [bind for volume in volumes if (bind := _bind(volume))],
        "Mounts": [_mount(mount) for mount in inputs.get("mounts", [])],
        "Tmpfs": inputs.get("tmpfs"),
        "NetworkMode": inputs.get("networkMode"),
        "PortBindings": _port_bindings(ports),
        "PublishAllPorts": inputs.get("publishAllPorts"),
        "ExtraHosts": [f"{item['host']}:{item['ip']}" for item in inputs.get("hosts", [])],
        "Dns": inputs.get("dns"),
        "DnsOptions": inputs.get("dnsOpts"),
        "DnsSearch": inputs.get("dnsSearches"),
        "RestartPolicy": restart_policy(inputs),
        "CapAdd": capabilities.get("adds"),
        "CapDrop": capabilities.get("drops"),
        "SecurityOpt": inputs.get("securityOpts"),
        "ReadonlyRootfs": inputs.get("readOnly"),
        "Privileged": inputs.get("privileged"),
        "Sysctls": inputs.get("sysctls"),
        "PidMode": inputs.get("pidMode"),
        "IpcMode": inputs.get("ipcMode"),
        "UsernsMode": inputs.get("usernsMode"),
        "CgroupnsMode": inputs.get("cgroupnsMode"),
        "Runtime": inputs.get("runtime"),
        "GroupAdd": inputs.get("groupAdds"),
        "Devices": [_device(device) for device in inputs.get("devices", [])],
        "Init": inputs.get("init"),
        "Memory": in_bytes(inputs.get("memory")),
        "MemorySwap": in_bytes(inputs.get("memorySwap")),
        "MemoryReservation": in_bytes(inputs.get("memoryReservation")),
        "CpuShares": inputs.get("cpuShares"),
        "CpusetCpus": inputs.get("cpuSet"),
        "NanoCpus": round(float(inputs["cpus"]) * 10**9) if inputs.get("cpus") else None,
        "ShmSize": in_bytes(inputs.get("shmSize")),
        "Ulimits": [
            {"Name": limit["name"], "Soft": limit["soft"], "Hard": limit["hard"]} for limit in inputs.get("ulimits", [])
        ],
        "LogConfig": _log_config(inputs),
    }


def in_bytes(megabytes: int | None) -> int | None:
    """MB in bytes; -1 (no limit) stays."""
    return megabytes * MB if megabytes is not None and megabytes > 0 else megabytes


def restart_policy(inputs: Properties) -> dict[str, Any]:
    """The restart policy."""
    return {"Name": inputs.get("restart", "no"), "MaximumRetryCount": inputs.get("maxRetryCount", 0)}


def _port_key(port: dict[str, Any]) -> str:
    return f"{port['internal']}/{port.get('protocol', 'tcp')}"


def _port_bindings(ports: list[Any]) -> dict[str, list[dict[str, str]]]:
    bindings: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        external = port.get("external")
        binding = {"HostIp": port.get("ip") or "", "HostPort": str(external) if external else ""}
        bindings.setdefault(_port_key(port), []).append(binding)
    return bindings


def _bind(volume: dict[str, Any]) -> str | None:
    source = volume.get("volumeName") or volume.get("hostPath")
    if not source:
        return None  # an anonymous volume
    return f"{source}:{volume['containerPath']}:{'ro' if volume.get('readOnly') else 'rw'}"


def _mount(mount: dict[str, Any]) -> dict[str, Any]:
    bind, volume, tmpfs = (mount.get(f"{kind}Options") for kind in ("bind", "volume", "tmpfs"))
    driver = {"Name": volume.get("driverName"), "Options": volume.get("driverOptions")} if volume else {}
    return _set(
        {
            "Type": mount["type"],
            "Target": mount["target"],
            "Source": mount.get("source"),
            "ReadOnly": mount.get("readOnly"),
            "BindOptions": _set({"Propagation": bind.get("propagation")}) if bind else None,
            "VolumeOptions": _set(
                {
                    "NoCopy": volume.get("noCopy"),
                    "Labels": labels.to_engine(volume.get("labels")),
                    "DriverConfig": _set(driver) or None,
                }
            )
            if volume
            else None,
            "TmpfsOptions": _set({"SizeBytes": tmpfs.get("sizeBytes"), "Mode": tmpfs.get("mode")}) if tmpfs else None,
        }
    )


def _device(device: dict[str, Any]) -> dict[str, str]:
    return {
        "PathOnHost": device["hostPath"],
        "PathInContainer": device.get("containerPath") or device["hostPath"],
        "CgroupPermissions": device.get("permissions") or "rwm",
    }


def _log_config(inputs: Properties) -> dict[str, Any] | None:
    if not inputs.get("logDriver") and not inputs.get("logOpts"):
        return None
    return {"Type": inputs.get("logDriver") or "", "Config": inputs.get("logOpts") or {}}


def _healthcheck(check: dict[str, Any] | None, api_version: tuple[int, ...]) -> dict[str, Any] | None:
    if not check:
        return None
    body = {
        "Test": check["tests"],
        "Interval": nanoseconds(check.get("interval", "0s")),
        "Timeout": nanoseconds(check.get("timeout", "0s")),
        "StartPeriod": nanoseconds(check.get("startPeriod", "0s")),
        "Retries": check.get("retries", 0),
    }
    interval = nanoseconds(check.get("startInterval", "0s"))
    return {**body, "StartInterval": interval} if interval and api_version >= START_INTERVAL_API else body
