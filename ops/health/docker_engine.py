"""The real Docker engine behind `Engine`."""

import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException
from pydantic import BaseModel, Field, ValidationError
from requests.exceptions import RequestException

from ops.errors import OpsError
from ops.health.engine import LABEL, Inspected, Made, RunningContainer
from ops.state import CONTAINER, NETWORK, VOLUME

_SECONDS = 10
_MISSING = {
    "no such container": "; `make up` makes it again",
    "network": "; bring up the application whose network it is, then run it again",
}


class EngineInfo(BaseModel):
    """What `docker info` says of an engine, as far as it matters here."""

    version: str = Field(alias="ServerVersion")
    cpus: int = Field(alias="NCPU", ge=1)
    data_root: str = Field(alias="DockerRootDir", default="")
    security_options: tuple[str, ...] = Field(alias="SecurityOptions", default=())
    time: datetime = Field(alias="SystemTime", default_factory=lambda: datetime.now(UTC))

    @property
    def security(self) -> list[str]:
        """What changes the rights of its containers, in words."""
        names = {option.partition(",")[0].removeprefix("name=") for option in self.security_options}
        words = {"userns": "users mapped (userns-remap)", "rootless": "run without root", "selinux": "SELinux"}
        return [text for name, text in words.items() if name in names]

    @property
    def rootless(self) -> bool:
        """Whether it runs without root: ids in containers are others than on the machine then."""
        return "run without root" in self.security


@dataclass(frozen=True)
class DockerNetwork:
    """A network of the engine. `bridge` is its interface on the engine's machine."""

    name: str
    bridge: str
    subnets: tuple[IPv4Network, ...]


class _Pool(BaseModel):
    subnet: str = Field(alias="Subnet", default="")


class _Ipam(BaseModel):
    config: list[_Pool] | None = Field(alias="Config", default=None)


class _Network(BaseModel):
    """An entry of `/networks`."""

    id: str = Field(alias="Id")
    name: str = Field(alias="Name")
    options: dict[str, str] | None = Field(alias="Options", default=None)
    ipam: _Ipam = Field(alias="IPAM", default=_Ipam())


class DockerEngine:
    """A Docker engine at a host URL such as `unix:///var/run/docker.sock`; connects at first use."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._client: docker.DockerClient | None = None

    def version(self) -> str:
        """The engine's version; raises OpsError when it doesn't answer."""
        with self._asking() as client:
            return str(client.version().get("Version"))

    def info(self) -> EngineInfo:
        """What the engine says of itself; raises OpsError when it doesn't answer."""
        with self._asking() as client:
            told = client.info()
        try:
            return EngineInfo.model_validate(told)
        except ValidationError as error:
            what = ", ".join(str(problem["loc"][0]) for problem in error.errors())
            raise OpsError(f"what answers at {self.host} is no Docker engine: its `info` lacks {what}") from None

    def networks(self) -> list[DockerNetwork]:
        """The engine's networks, whoever made them."""
        with self._asking() as client:
            listed = [_Network.model_validate(entry) for entry in client.api.networks()]
        return [
            DockerNetwork(
                name=network.name,
                bridge=(network.options or {}).get("com.docker.network.bridge.name") or f"br-{network.id[:12]}",
                subnets=tuple(
                    IPv4Network(pool.subnet)
                    for pool in network.ipam.config or ()
                    if pool.subnet and ":" not in pool.subnet
                ),
            )
            for network in listed
        ]

    def containers(self, stack: str) -> list[Inspected]:
        """`docker inspect` of every container labelled with the stack, running or not."""
        found = []
        with self._asking() as client:
            for entry in client.api.containers(all=True, filters={"label": f"{LABEL}.stack={stack}"}):
                with suppress(docker.errors.NotFound):  # removed since it was listed
                    found.append(client.api.inspect_container(entry["Id"]))
        return sorted(found, key=lambda inspected: str(inspected["Name"]))

    def running(self) -> list[RunningContainer]:
        """Every container that runs on the engine; one that waits to be started again doesn't."""
        with self._asking() as client:
            listed = client.api.containers(filters={"status": "running"})
        return [
            RunningContainer(
                id=str(one["Id"]),
                name=_name(one),
                stack=str((one.get("Labels") or {}).get(f"{LABEL}.stack", "")),
            )
            for one in listed
            if one["Names"]
        ]

    def started(self, container_id: str) -> float | None:
        """When a container was started (seconds of the epoch); None if it is gone."""
        with self._asking() as client, suppress(docker.errors.NotFound):
            moment = client.api.inspect_container(container_id)["State"]["StartedAt"]
            return datetime.fromisoformat(str(moment)).timestamp()
        return None

    def logged(self, container: str, *, since: float) -> str:
        """The last thousand lines that a container has logged since a moment; nothing if it is gone."""
        with self._asking() as client, suppress(docker.errors.NotFound):
            lines: bytes = client.api.logs(container, since=int(since), tail=1000)
            return lines.decode(errors="replace")
        return ""

    def remove_container(self, container_id: str) -> None:
        """Remove a container by force, with volumes that have no name; one that is gone already is fine."""
        self._do("containers", container_id, "remove", force=True, v=True)

    def stop_container(self, container_id: str, *, seconds: int) -> None:
        """Have it end in order, and kill it after so many seconds; one that is gone already is fine."""
        self._do("containers", container_id, "stop", timeout=seconds)

    def restart_container(self, container: str) -> None:
        """Restart a container, by id or name; one that is gone already is fine."""
        self._do("containers", container, "restart")

    def remove_network(self, network_id: str) -> None:
        """Remove a network; one that is gone already is fine."""
        self._do("networks", network_id, "remove")

    def run_in(self, container: str, command: Sequence[str], *, seconds: float) -> tuple[int, str, str]:
        """Run a command in a container; its exit code, and what it says on standard output and standard error.

        Raises:
            OpsError: the container isn't there or doesn't run, or the engine doesn't answer within the time.
        """
        client = docker.DockerClient(
            base_url=self.host, timeout=int(seconds), use_ssh_client=self.host.startswith("ssh://")
        )
        with self._asking(f"nothing can be run in container {container}"), closing(client):
            code, said = client.containers.get(container).exec_run(list(command), demux=True)
        output, errors = (each.decode(errors="replace").strip() if isinstance(each, bytes) else "" for each in said)
        return int(code or 0), output, errors

    def read_files(self, container: str, directory: str) -> dict[str, str]:
        """The files in a container's directory, whether it runs or not: name -> text."""
        with self._asking(f"nothing can be read in container {container}") as client:
            chunks, _ = client.api.get_archive(container, f"{directory}/.")
            with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
                return {
                    Path(member.name).name: file.read().decode(errors="replace")
                    for member in archive
                    if (file := archive.extractfile(member)) is not None
                }

    def write_files(self, container: str, directory: str, files: Mapping[str, str]) -> None:
        """Write files to the volume that a container has at a directory, although it may only read it."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(text.encode()), 0o644
                archive.addfile(member, io.BytesIO(text.encode()))
        with self._asking(f"nothing can be written in container {container}") as client:
            inspected = client.api.inspect_container(container)
            volume = next(mount["Name"] for mount in inspected["Mounts"] if mount["Destination"] == directory)
            # an engine of 20.10 would look the image's user up among the host's
            helper = client.containers.create(
                inspected["Image"], user="0:0", network_mode="none", volumes={volume: {"bind": directory, "mode": "rw"}}
            )
            try:
                helper.put_archive(directory, packed.getvalue())
            finally:
                helper.remove(v=True)

    def digest(self, reference: str) -> str:
        """The digest that an image's registry gives for its tag; nothing is pulled. The engine's logins count.

        Raises:
            OpsError: the registry doesn't answer, doesn't have it, or wants a login.
        """
        with self._asking(reference) as client:
            return str(client.images.get_registry_data(reference).id)

    def made(self, stack: str) -> list[Made]:
        """Containers, networks and volumes labelled with the stack."""
        labelled = {"label": f"{LABEL}.stack={stack}"}
        with self._asking() as client:
            api = client.api
            listed = {
                CONTAINER: api.containers(all=True, filters=labelled),
                NETWORK: api.networks(filters=labelled),
                VOLUME: api.volumes(filters=labelled).get("Volumes") or [],
            }
        return [_made(kind, one) for kind, found in listed.items() for one in found]

    def volumes(self, stack: str) -> list[str]:
        """Names of the volumes labelled with the stack."""
        return sorted(made.name for made in self.made(stack) if made.kind == VOLUME)

    def foreign_volumes(self, prefix: str) -> list[str]:
        """Names of volumes that begin so and that no stack has made."""
        with self._asking() as client:
            listed = client.api.volumes(filters={"name": prefix}).get("Volumes") or []
        foreign = [one["Name"] for one in listed if LABEL not in str(one.get("Labels"))]
        return sorted(name for name in foreign if name.startswith(prefix))

    def leave_old_networks(self, stack: str) -> None:
        """Take stopped containers off networks that were made again: they couldn't start on those that are gone."""
        with self._asking(f"containers of stack {stack} can't be taken off networks that are gone") as client:
            there = {network["Name"]: network["Id"] for network in client.api.networks()}
            stopped = {"label": f"{LABEL}.stack={stack}", "status": "exited"}
            for one in client.api.containers(all=True, filters=stopped):
                for network, place in one["NetworkSettings"]["Networks"].items():
                    if there.get(network, place["NetworkID"]) != place["NetworkID"]:
                        client.api.disconnect_container_from_network(one["Id"], network, force=True)

    def reconnect(self, stack: str, networks: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[str]:
        """Put running containers back on networks that were made again, which no refresh sees; a line for each.

        Args:
            networks: container -> network -> its names there.
        """
        with self._asking(f"containers of stack {stack} can't be put on their networks") as client:
            for one in client.api.containers(filters={"label": f"{LABEL}.stack={stack}"}):
                container = _name(one)
                for network, aliases in networks.get(container, {}).items():
                    if network not in one["NetworkSettings"]["Networks"]:
                        client.api.connect_container_to_network(one["Id"], network, aliases=list(aliases))
                        yield f"  {container} is on the network {network} again"

    def remove(self, made: Made) -> None:
        """Remove a container by force, or a network; what is gone already is fine."""
        (self.remove_container if made.kind == CONTAINER else self.remove_network)(made.id)

    def remove_volume(self, name: str) -> None:
        """Remove a volume and the data in it; one that is gone already is fine."""
        self._do("volumes", name, "remove")

    def _do(self, kind: str, name: str, what: str, **how: int) -> None:
        failing = f"can't {what} {kind.removesuffix('s')} {name}"
        with self._asking(failing) as client, suppress(docker.errors.NotFound):
            getattr(getattr(client, kind).get(name), what)(**how)

    @contextmanager
    def _asking(self, failing: str = "") -> Iterator[docker.DockerClient]:
        """The client; what goes wrong is one line, which says what failed: left out, that the engine doesn't answer."""
        try:
            yield self._connected()
        except docker.errors.NotFound as error:
            reason = _reason(error)
            way_out = next((way_out for what, way_out in _MISSING.items() if what in reason.lower()), "")
            raise OpsError(f"{failing}: {reason}{way_out}") from None
        except (DockerException, RequestException) as error:
            failing = failing or f"the Docker engine at {self.host} doesn't answer"
            raise OpsError(f"{failing}: {_reason(error)}") from None

    def _connected(self) -> docker.DockerClient:
        if self._client is None:
            self._client = docker.DockerClient(
                base_url=self.host, timeout=_SECONDS, use_ssh_client=self.host.startswith("ssh://")
            )
        return self._client


def _name(listed: Mapping[str, Any]) -> str:
    """What is listed goes by this name. Links give a container further ones, with a slash in them."""
    names = [str(name).removeprefix("/") for name in listed.get("Names") or [listed.get("Name") or ""]]
    return min(names, key=lambda name: name.count("/"))


def _made(kind: str, listed: Mapping[str, Any]) -> Made:
    created = listed.get("Created") or listed.get("CreatedAt") or 0
    name = _name(listed)
    return Made(
        kind=kind,
        id=str(listed.get("Id") or name),
        name=name,
        role=str((listed.get("Labels") or {}).get(f"{LABEL}.role", "")),
        created=float(created) if isinstance(created, int) else datetime.fromisoformat(str(created)).timestamp(),
    )


def _reason(error: Exception) -> str:
    """The last part of the chain of wrapped messages is the one that says something."""
    explanation = getattr(error, "explanation", None)
    return " ".join(str(explanation or error).split())
