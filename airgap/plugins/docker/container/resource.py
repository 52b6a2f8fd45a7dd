"""The life of a container: create, read, update, delete."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.docker.container import explain, health, readback, uploads
from airgap.plugins.docker.container.body import START_INTERVAL_API, creation_body, in_bytes, restart_policy
from airgap.plugins.docker.container.schema import NOT_APPLIED, SCHEMA
from airgap.plugins.docker.engine import Disconnected, Engine, EngineError, NotFound
from airgap.plugins.docker.image import find_or_pull
from airgap.plugins.protocol.diff import diff
from airgap.plugins.protocol.drift import drifted, given
from airgap.plugins.protocol.errors import INCOMPLETE, Cancelled, InitFailed, PluginError, TimedOut
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.values import Properties

# What the engine can change on a container.
_APPLIED: Final = (
    "restart",
    "maxRetryCount",
    "memory",
    "memorySwap",
    "memoryReservation",
    "cpuShares",
    "cpuSet",
)


class ContainerResource:
    """Containers; their id is the engine's."""

    schema = SCHEMA

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return readback.planned(inputs, olds)

    def create(self, operation: Operation, inputs: Properties) -> Created:
        operation.proceed()
        files = list(uploads.archives(inputs))  # an unreadable file must not leave a container behind
        id = self._make(operation, inputs)
        try:
            self._furnish(operation, id, inputs, files)
            logs = self._launch(operation, id, inputs)
            values = readback.outputs(health.inspect(self.engine, id), inputs)
        except InitFailed:
            raise
        except Exception as error:
            self._discard(id, inputs, error)
            raise
        if inputs.get("attach"):
            values["containerLogs"] = logs
        return Created(id, values)

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        operation.proceed()
        try:
            container = health.inspect(self.engine, id)
        except NotFound:
            return None
        if not inputs:
            return self._import(container)
        now = readback.outputs(container, inputs)
        if "containerLogs" in outputs:
            now["containerLogs"] = outputs["containerLogs"]
        return Found(container["Id"], now, drifted(inputs, outputs, now, readback.WATCHED))

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        operation.proceed()
        try:
            return self._update(operation, id, outputs, olds, news)
        except NotFound:
            raise PluginError(
                f"container '{news['name']}' is gone; 'pulumi up --refresh' sees that and makes it anew"
            ) from None

    def _update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        name = news["name"]
        changed = diff(SCHEMA, olds, news).changed
        if any(key in changed for key in _APPLIED):
            self._limit(id, news)
        for key in NOT_APPLIED:
            if key in changed:
                operation.log.warn(
                    operation.urn,
                    f"'{key}' can't be changed on an existing container: '{name}' keeps its old one until it is "
                    f"replaced; replace_on_changes=['{key}'] does that",
                )
        running = health.inspect(self.engine, id)["State"]["Running"]
        if news.get("start", True) and news.get("mustRun", True):
            if not running:
                self._start(id, name)
                health.until_started(self.engine, operation, id, name)
            self._await_health(operation, id, news)
        values = readback.outputs(health.inspect(self.engine, id), news)
        if "containerLogs" in outputs:
            values["containerLogs"] = outputs["containerLogs"]
        return values

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        operation.proceed()
        settings = {**outputs, **inputs}
        name = settings.get("name", id[:12])
        try:
            if not settings.get("attach"):
                # Without a grace the official plugin kills at once.
                grace = settings.get("destroyGraceSeconds") or 0
                operation.run(lambda: self._stop(id, name, grace))
            self._remove(id, name, bool(settings.get("removeVolumes", True)))
        except NotFound:
            return

    # The steps of making one

    def _make(self, operation: Operation, inputs: Properties) -> str:
        name = inputs["name"]
        find_or_pull(self.engine, operation, inputs["image"])
        version = self.engine.version
        interval = (inputs.get("healthcheck") or {}).get("startInterval", "0s")
        if interval not in ("0s", "0") and version < START_INTERVAL_API:
            remark = (
                f"this engine is too old for healthcheck.startInterval (API {'.'.join(map(str, version))}); ignored"
            )
            if self.engine.first_time(remark):
                operation.log.warn(operation.urn, remark)
        try:
            with self.engine.step(f"create container '{name}'") as api:
                made = api.create_container_from_config(creation_body(inputs, version), name)
        except EngineError as error:
            if error.status == 409 and "already in use" in error.reason:
                raise explain.name_taken(self.engine, error, name) from None
            raise
        return str(made["Id"])

    def _furnish(self, operation: Operation, id: str, inputs: Properties, files: list[tuple[str, bytes]]) -> None:
        name = inputs["name"]
        networks = inputs.get("networksAdvanced", [])
        if networks and inputs.get("networkMode") in (None, "", "bridge", "default"):
            with self.engine.step(f"disconnect container '{name}' from the network 'bridge'") as api:
                api.disconnect_container_from_network(id, "bridge")
        for network in networks:
            operation.proceed()
            try:
                with self.engine.step(f"connect container '{name}' to network '{network['name']}'") as api:
                    api.connect_container_to_network(
                        id,
                        network["name"],
                        ipv4_address=network.get("ipv4Address") or None,
                        aliases=network.get("aliases") or None,
                    )
            except EngineError as error:
                raise explain.network_missing(error, name) from None
        for folder, archive in files:
            operation.proceed()
            with self.engine.step(f"upload files to {folder} of container '{name}'") as api:
                api.put_archive(id, folder, archive)

    def _launch(self, operation: Operation, id: str, inputs: Properties) -> str:
        """Starts the container as the inputs say; gives its logs if it is waited for to the end with logs."""
        name = inputs["name"]
        if not inputs.get("start", True):
            return ""
        operation.proceed()
        self._start(id, name)
        if inputs.get("attach"):
            health.until_ended(self.engine, operation, id)
            return health.logs(self.engine, id) if inputs.get("logs") else ""
        if inputs.get("wait"):
            self._await_health(operation, id, inputs)
        elif inputs.get("mustRun", True):
            health.until_started(self.engine, operation, id, name)
        return ""

    def _await_health(self, operation: Operation, id: str, inputs: Properties) -> None:
        """Waits for health if that is asked for; a container that doesn't get healthy stays, to be looked at."""
        if not inputs.get("wait"):
            return
        try:
            health.until_healthy(self.engine, operation, id, inputs["name"], inputs.get("waitTimeout", 60))
        except (health.Unhealthy, Cancelled, TimedOut) as error:
            values = readback.outputs(health.inspect(self.engine, id), inputs)
            raise InitFailed(id, values, [str(error)]) from None

    def _start(self, id: str, name: str) -> None:
        try:
            with self.engine.step(f"start container '{name}'") as api:
                api.start(id)
        except EngineError as error:
            raise explain.start_failed(self.engine, error, name) from None

    def _limit(self, id: str, inputs: Properties) -> None:
        memory = in_bytes(inputs.get("memory")) or None
        swap = in_bytes(inputs.get("memorySwap")) or None
        if memory and swap is None:
            swap = 2 * memory  # as the engine itself sets it at creation; it won't raise memory above swap
        with self.engine.step(f"update container '{inputs['name']}'") as api:
            api.update_container(
                id,
                restart_policy=restart_policy(inputs),
                mem_limit=memory,
                memswap_limit=swap,
                mem_reservation=in_bytes(inputs.get("memoryReservation")) or None,
                cpu_shares=inputs.get("cpuShares") or None,
                cpuset_cpus=inputs.get("cpuSet") or None,
            )

    # The steps of taking one away

    def _stop(self, id: str, name: str, grace: int) -> None:
        with self.engine.step(f"stop container '{name}'") as api:
            api.stop(id, timeout=grace)

    def _remove(self, id: str, name: str, volumes: bool) -> None:
        try:
            with self.engine.step(f"remove container '{name}'") as api:
                api.remove_container(id, v=volumes, force=True)
        except EngineError as error:
            if "already in progress" not in error.reason:
                raise

    def _discard(self, id: str, inputs: Properties, error: Exception) -> None:
        """Removes a container that couldn't be finished; if that fails, Pulumi is to remember it and replace it."""
        try:
            self._remove(id, inputs["name"], volumes=True)
        except NotFound:
            return
        except PluginError as left:
            reasons = [str(error)] if isinstance(left, Disconnected) else [str(error), str(left)]
            reasons.append(f"container '{inputs['name']}' is left half made; the next update replaces it")
            raise InitFailed(id, {**given(inputs), INCOMPLETE: True}, reasons) from None

    def _import(self, container: dict[str, Any]) -> Found:
        try:
            with self.engine.step("read the container's image") as api:
                image = api.inspect_image(container["Image"])
        except NotFound:
            image = None
        inputs = readback.imported(container, image)
        return Found(container["Id"], readback.outputs(container, inputs), inputs)
