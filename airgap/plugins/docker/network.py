# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""docker:index/network:Network."""

from __future__ import annotations

import ipaddress
from typing import Any, Final

from airgap.plugins.docker import labels
from airgap.plugins.docker.engine import Engine, EngineError, NotFound
from airgap.plugins.docker.patience import until_free
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, boolean, mapping, objects, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="docker:index/network:Network",  # noqa: S106 - a type token
    autonamed=True,
    fields={
        "name": text(required=True),
        "driver": text(),
        "internal": boolean(),
        "attachable": boolean(),
        "checkDuplicate": boolean(),
        "options": mapping(),
        "ipamDriver": text(default="default"),
        "ipamConfigs": objects({"subnet": text(), "gateway": text()}, identity=("subnet",)),
        "labels": labels.LABELS,
    },
)

# None of these can be changed on a network; they differ only where somebody made it anew.
_WATCHED: Final = ("driver", "internal", "attachable", "options", "ipamDriver", "ipamConfigs", "labels")
_COMPUTED: Final = ("driver", "internal", "options", "ipamConfigs", "scope")


class NetworkResource:
    """Networks; their id is the engine's."""

    schema = SCHEMA

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or dict.fromkeys(_COMPUTED, UNKNOWN)), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        operation.proceed()
        name = inputs["name"]
        try:
            with self.engine.step(f"create network '{name}'") as api:
                made = api.create_network(
                    name,
                    driver=inputs.get("driver"),
                    options=inputs.get("options"),
                    # Engines before 25 would make a second network of the same name without a word.
                    check_duplicate=True,
                    internal=bool(inputs.get("internal")),
                    attachable=inputs.get("attachable"),
                    labels=labels.to_engine(inputs.get("labels")),
                    ipam=_ipam(inputs),
                )
        except EngineError as error:
            raise self._explained(error, inputs) from None
        return Created(made["Id"], _outputs(self._inspect(made["Id"]), inputs))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        operation.proceed()
        try:
            network = self._inspect(id)
        except NotFound:
            return None
        now = _outputs(network, inputs)
        if not inputs:
            return Found(network["Id"], now, _imported(now))
        return Found(network["Id"], now, drifted(inputs, outputs, now, _WATCHED))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        return {**outputs, **given(news)}  # every input replaces; nothing is left to do in place

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        name = outputs.get("name", id)

        def remove() -> None:
            with self.engine.step(f"remove network '{name}'") as api:
                api.remove_network(id)

        try:
            until_free(operation, remove, busy="active endpoints", holders=lambda: self._members(id))
        except NotFound:
            return

    def _inspect(self, id: str) -> dict[str, Any]:
        with self.engine.step(f"read network '{id}'") as api:
            network: dict[str, Any] = api.inspect_network(id)
            return network

    def _members(self, id: str) -> list[str]:
        try:
            return sorted(member["Name"] for member in (self._inspect(id).get("Containers") or {}).values())
        except EngineError:
            return []

    def _explained(self, error: EngineError, inputs: Properties) -> PluginError:
        name = inputs["name"]
        if error.status == 409 and "already exists" in error.reason:
            return PluginError(
                f"{error}; remove it ('docker network rm {name}') or adopt it "
                f"('pulumi import {SCHEMA.token} NAME {name}')"
            )
        if "overlaps" in error.reason:
            wanted = ", ".join(item["subnet"] for item in inputs.get("ipamConfigs", []) if item.get("subnet"))
            taken = self._overlapping(inputs)
            by = f"; {wanted} overlaps with network {taken}" if taken else f" (wanted: {wanted or 'any'})"
            return PluginError(f"{error}{by}; choose another subnet or remove that network")
        if "could not find an available" in error.reason:
            return PluginError(f"{error}; give it a subnet or remove unused networks ('docker network prune')")
        return error

    def _overlapping(self, inputs: Properties) -> str:
        wanted = [_subnet(item.get("subnet")) for item in inputs.get("ipamConfigs", [])]
        try:
            with self.engine.step("list networks") as api:
                networks = api.networks()
        except EngineError:
            return ""
        for network in networks:
            for item in (network.get("IPAM") or {}).get("Config") or []:
                theirs = _subnet(item.get("Subnet"))
                if theirs and any(ours and ours.version == theirs.version and ours.overlaps(theirs) for ours in wanted):
                    return f"'{network['Name']}' ({theirs})"
        return ""


def _subnet(text: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if text else None
    except ValueError:
        return None


def _ipam(inputs: Properties) -> dict[str, Any]:
    pools = [
        {"Subnet": item["subnet"], **({"Gateway": item["gateway"]} if item.get("gateway") else {})}
        for item in inputs.get("ipamConfigs", [])
        if item.get("subnet")
    ]
    return {"Driver": inputs.get("ipamDriver", "default"), "Config": pools}


def _outputs(network: dict[str, Any], inputs: Properties) -> Properties:
    ipam = network.get("IPAM") or {}
    pools = [
        {key: value for key, value in (("gateway", item.get("Gateway")), ("subnet", item.get("Subnet"))) if value}
        for item in ipam.get("Config") or []
    ]
    return {
        **given(inputs),
        "name": network["Name"],
        "driver": network["Driver"],
        "internal": network["Internal"],
        "attachable": network["Attachable"],
        "options": network.get("Options") or {},
        "ipamDriver": ipam.get("Driver") or "default",
        "ipamConfigs": pools,
        "labels": labels.from_engine(network.get("Labels")),
        "scope": network["Scope"],
    }


def _imported(outputs: Properties) -> Properties:
    """The inputs a program needs to describe this network: what isn't the engine's default."""
    usual = {"driver": "bridge", "internal": False, "attachable": False, "ipamDriver": "default"}
    inputs: Properties = {"name": outputs["name"]}
    for key in ("driver", "internal", "attachable", "options", "ipamDriver", "ipamConfigs", "labels"):
        if outputs[key] != usual.get(key) and outputs[key] not in ({}, []):
            inputs[key] = outputs[key]
    return inputs
