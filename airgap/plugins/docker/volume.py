# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""docker:index/volume:Volume."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.docker import labels
from airgap.plugins.docker.engine import Engine, EngineError, NotFound
from airgap.plugins.docker.patience import until_free
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Schema, mapping, text
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="docker:index/volume:Volume",  # noqa: S106 - a type token
    autonamed=True,
    fields={"name": text(required=True), "driver": text(), "driverOpts": mapping(), "labels": labels.LABELS},
)

# None of these can be changed on a volume; they differ only where somebody made it anew.
_WATCHED: Final = ("driver", "driverOpts", "labels")


class VolumeResource:
    """Named volumes; their id is their name."""

    schema = SCHEMA

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        known = olds or {"driver": UNKNOWN, "mountpoint": UNKNOWN}
        return {**known, **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        operation.proceed()
        name = inputs["name"]
        # Making a volume that exists is how the engine finds it: data of a retained volume is taken up again.
        with self.engine.step(f"create volume '{name}'") as api:
            api.create_volume(
                name=name,
                driver=inputs.get("driver"),
                driver_opts=inputs.get("driverOpts"),
                labels=labels.to_engine(inputs.get("labels")),
            )
        return Created(name, _outputs(self._inspect(name), inputs))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        operation.proceed()
        try:
            volume = self._inspect(id)
        except NotFound:
            return None
        now = _outputs(volume, inputs)
        if not inputs:
            return Found(id, now, _imported(now))
        return Found(id, now, drifted(inputs, outputs, now, _WATCHED))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        return {**outputs, **given(news)}  # every input replaces; nothing is left to do in place

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        def remove() -> None:
            with self.engine.step(f"remove volume '{id}'") as api:
                api.remove_volume(id, force=True)

        try:
            until_free(operation, remove, busy="in use", holders=lambda: self._users(id))
        except NotFound:
            return

    def _inspect(self, name: str) -> dict[str, Any]:
        with self.engine.step(f"read volume '{name}'") as api:
            volume: dict[str, Any] = api.inspect_volume(name)
            return volume

    def _users(self, name: str) -> list[str]:
        try:
            with self.engine.step("list containers") as api:
                found = api.containers(all=True, filters={"volume": name})
        except EngineError:
            return []
        return sorted(container["Names"][0].lstrip("/") for container in found)


def _outputs(volume: dict[str, Any], inputs: Properties) -> Properties:
    return {
        **given(inputs),
        "name": volume["Name"],
        "driver": volume["Driver"],
        "driverOpts": volume.get("Options") or {},
        "labels": labels.from_engine(volume.get("Labels")),
        "mountpoint": volume["Mountpoint"],
    }


def _imported(outputs: Properties) -> Properties:
    inputs = {"name": outputs["name"], **{key: outputs[key] for key in ("driverOpts", "labels") if outputs[key]}}
    return inputs if outputs["driver"] == "local" else {**inputs, "driver": outputs["driver"]}
