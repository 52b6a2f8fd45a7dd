"""The data of a stack's Prometheus, worked on from outside, while the server itself doesn't run."""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import docker
from docker.models.containers import Container
from pydantic import BaseModel, ConfigDict, Field

from config.prometheus.server import DATA_DIRECTORY
from ops.errors import OpsError

LABEL = "ai.autonomica.monitoring.recovery"
# what isn't in a block yet: the log, late samples, the part of the last hours that is in files
LOG = ("wal", "wbl", "chunks_head")
_START = "Starting Prometheus Server"
_READY = "Server is ready to receive web requests"
_END = "See you next time!"
_STORAGE = re.compile(r'err="?(opening storage failed: .+?)"?$', re.MULTILINE)
_ERROR = re.compile(r'level=ERROR.*?msg="?(.+?)"?$', re.MULTILINE)
_SEGMENT = re.compile(r"segment=(\d+) maxSegment=(\d+)")
_BLOCK = re.compile(r"\b01[0-9A-HJKMNP-TV-Z]{24}\b")
# as much as stays free beside the copy
_SPARE_MB = 200
# cp and chown in volumes that belong to others
_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]

Inspected = Mapping[str, Any]


class Block(BaseModel):
    """A block's meta.json, as far as it matters here; times are milliseconds of the epoch."""

    model_config = ConfigDict(extra="ignore")

    ulid: str
    min_time: int = Field(alias="minTime")
    max_time: int = Field(alias="maxTime")


class Report(BaseModel):
    """What a recovery did. `kept` and `lost` are lines for people."""

    copy_volume: str
    kept: list[str]
    lost: list[str]

    def lines(self) -> list[str]:
        """For people."""
        return [
            *(f"✓ kept: {line}" for line in self.kept),
            *(f"✗ lost: {line}" for line in self.lost or ["nothing"]),
            f"the log as it was is in the volume {self.copy_volume}; remove it with `docker volume rm "
            f"{self.copy_volume}` when it isn't needed any more",
        ]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, in words. `broken`: its data has to be repaired; `fine`: nothing is wrong."""

    what: str
    broken: bool = False
    fine: bool = False


def diagnose(inspected: Inspected, log: str) -> Finding:
    """Why a Prometheus doesn't get ready, from its container's state and its log of this start and those before."""
    state = inspected["State"]
    if state.get("Running") and state.get("Health", {}).get("Status") == "healthy":
        return Finding(what="Prometheus is ready", fine=True)
    starts = log.split(_START)[1:]
    # the state may be older than the last lines
    runs = state.get("Running") and not state.get("Restarting") and starts
    if runs and not _STORAGE.search(starts[-1]) and _END not in starts[-1]:
        *ended, _ = starts
    else:
        ended = starts
    if not ended or (len(ended) < len(starts) and _END in ended[-1]):
        progress = _progress(starts)
        return Finding(what=f"Prometheus is still starting{progress}; wait for it with `monitor health --wait 600`")
    last = ended[-1]
    storage = _STORAGE.search(last)
    if storage and "no space left" in storage[1]:
        return Finding(what=f"Prometheus has no room on its disk, and starts when it has: {storage[1]}")
    if storage:
        return Finding(what=storage[1].replace('\\"', '"'), broken=True)
    if _END in last:
        return Finding(what="Prometheus was stopped in order; `make up` starts it")
    if errors := _ERROR.findall(last):
        return Finding(what=f"Prometheus doesn't start for another reason than its data: {errors[-1]}")
    limit = int(inspected["HostConfig"].get("Memory") or 0) // 2**20
    if _READY in last:
        return Finding(
            what=f"Prometheus reads its log, and is killed later, while it works; it may use {limit} MB: raise "
            "prometheus.memoryMb, or see docs/runbooks/ScrapeSeriesChurn.md"
        )
    return Finding(
        what=f"Prometheus is killed while it reads its log{_progress(ended)}; it may use {limit} MB", broken=True
    )


def _progress(starts: Sequence[str]) -> str:
    found = _SEGMENT.findall(starts[-1]) if starts else []
    return f" (segment {found[-1][0]} of {found[-1][1]})" if found else ""


class Data:
    """One Prometheus's volume, and its container."""

    def __init__(self, client: docker.DockerClient, container: str) -> None:
        self.container = container
        self._client = client
        inspected = self.inspect()
        self._image: str = inspected["Image"]
        self._entrypoint: list[str] = inspected["Config"]["Entrypoint"]
        self._user: str = inspected["Config"]["User"]
        self._owner_is_right = False
        self._copied = ""
        self._limit = int(inspected["HostConfig"].get("Memory") or 0)
        self.volume = next(mount["Name"] for mount in inspected["Mounts"] if mount["Destination"] == DATA_DIRECTORY)

    @classmethod
    @contextmanager
    def of(cls, docker_host: str, container: str) -> Iterator["Data"]:
        """The data of a container.

        Raises:
            OpsError: there is no such container.
        """
        # to copy gigabytes takes its time
        client = docker.DockerClient(
            base_url=docker_host, timeout=1800, use_ssh_client=docker_host.startswith("ssh://")
        )
        try:
            yield cls(client, container)
        except docker.errors.NotFound:
            raise OpsError(f"container {container} is gone; `make up` makes it again") from None
        finally:
            client.close()

    def inspect(self) -> Inspected:
        """`docker inspect`."""
        found: Inspected = self._client.api.inspect_container(self.container)
        return found

    def log(self) -> str:
        """The last that it said, of several starts."""
        said: bytes = self._client.api.logs(self.container, tail=4000)
        return said.decode(errors="replace")

    def stop(self) -> None:
        """Stop it; it isn't started again by itself."""
        self._client.containers.get(self.container).stop(timeout=60)

    def start(self) -> None:
        """Start it."""
        self._client.containers.get(self.container).start()

    def ready(self) -> bool:
        """Whether its health check succeeds."""
        return bool(self.inspect()["State"].get("Health", {}).get("Status") == "healthy")

    def copy(self) -> str:
        """Copy the log to a new volume; its name.

        Raises:
            OpsError: there isn't room enough for it.
        """
        size = self._megabytes(" ".join(LOG))
        free = int(self._run("df -Pk /data | tail -n 1 | awk '{print $4}'")) // 1024
        if size + _SPARE_MB > free:
            raise OpsError(
                f"the log of {self.container} takes {size} MB, and {free} MB are free on the disk with Docker's data; "
                f"make room for a copy and {_SPARE_MB} MB, and run it again: nothing was changed"
            )
        name = f"{self.volume}-before-recovery-{datetime.now(UTC):%Y%m%dT%H%M%S}"
        # it isn't the stack's: what removes the stack leaves it
        self._client.volumes.create(name, labels={LABEL: self.container})
        self._copied = name
        self._run(f"cd /data; for part in {' '.join(LOG)}; do [ ! -e $part ] || cp -a $part /copy/; done; sync")
        return name

    def rescue(self, seconds: float, report: Report) -> str | None:
        """Have a Prometheus without targets and without its memory limit read the log, and put it into a block.

        Returns:
            None, or why it can't read it.
        """
        before = {block.ulid for block in self.blocks()}
        available = int(self._run("awk '/^MemAvailable/ {print $2}' /proc/meminfo")) * 1024
        container = self._client.containers.run(
            self._image,
            entrypoint=["/bin/sh", "-c"],
            # nothing may be deleted for its age or size: the configuration that says how old it may get isn't here
            command=[
                "touch /tmp/prometheus.yml && exec " + " ".join(self._entrypoint) + " --config.file=/tmp/prometheus.yml"
                f" --storage.tsdb.path={DATA_DIRECTORY} --storage.tsdb.retention.time=100y --web.enable-admin-api"
                " --web.listen-address=127.0.0.1:9090"
            ],
            user=self._user,
            network_mode="none",
            mem_limit=max(int(available * 0.8), self._limit),
            volumes={self.volume: {"bind": DATA_DIRECTORY, "mode": "rw"}},
            labels={LABEL: self.container},
            detach=True,
        )
        try:
            if error := self._wait_for(container, seconds):
                return error
            command = ["wget", "-q", "-O", "-", "--post-data=", "http://127.0.0.1:9090/api/v1/admin/tsdb/snapshot"]
            answer = str(container.exec_run(command).output)
            snapshot = re.search(r'"name":"([\w-]+)"', answer)
            if not snapshot:
                return f"it is read, and can't be written: {answer}"
            container.stop(timeout=60)
        finally:
            container.remove(force=True)
        self._run(
            f"cd /data/snapshots/{snapshot[1]} && for block in 01*; do [ -e /data/$block ] || mv $block /data/; done;"
            f" cd /data; rm -rf snapshots/{snapshot[1]} {' '.join(LOG)}; rmdir snapshots 2>/dev/null; true"
        )
        new = [block for block in self.blocks() if block.ulid not in before]
        report.kept.append(f"the log, {_range(new)}, now in {len(new)} blocks" if new else "the log, which was empty")
        return None

    def remove_damaged(self, error: str, report: Report) -> bool:
        """Remove what an error is about; whether the log is gone, so that there is nothing left to be read."""
        if blocks := sorted(set(_BLOCK.findall(error))):
            self._remove(blocks, report, "block")
            return False
        if "permission denied" in error and not self._owner_is_right:
            self._run(f"chown -R {self._user} /data")
            self._owner_is_right = True
            report.kept.append(f"files that weren't Prometheus's own; their owner is {self._user} again")
            return False
        if "not sequential" in error:
            segments = sorted(name for name in self._run("ls /data/wal").split() if re.fullmatch(r"\d{8}", name))
            numbers = [int(name) for name in segments]
            gap = next(i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1] + 1)
            self._remove([f"wal/{name}" for name in segments[gap:]], report, "segment of the log after a gap")
            return False
        last = max((block.max_time for block in self.blocks()), default=0)
        size = self._megabytes(" ".join(LOG))
        self._run(f"cd /data; rm -rf {' '.join(LOG)}")
        report.lost.append(f"the log ({size} MB): what was collected " + (f"after {_at(last)}" if last else "at all"))
        return True

    def blocks(self) -> list[Block]:
        """Blocks whose description can be read, the oldest first."""
        found = []
        for text in self._run(
            "cat /data/01*/meta.json 2>/dev/null | tr -d '\\n\\t' | sed 's/}{/}\\n{/g'; true"
        ).splitlines():
            try:
                found.append(Block.model_validate_json(text))
            except ValueError:
                continue
        return sorted(found, key=lambda block: block.min_time)

    def blocks_in_words(self) -> list[str]:
        """The blocks there are, in a line; none for none."""
        blocks = self.blocks()
        return [f"{len(blocks)} blocks, {_range(blocks)}"] if blocks else []

    def _megabytes(self, paths: str) -> int:
        return int(self._run(f"cd /data; du -skc {paths} 2>/dev/null | tail -n 1 | cut -f 1")) // 1024

    def _remove(self, paths: Sequence[str], report: Report, what: str) -> None:
        for path in paths:
            self._run(f"cd /data; [ -e /copy/{path} ] || cp -a {path} /copy/{path}; rm -rf {path}")
            report.lost.append(f"{what} {path.rpartition('/')[2]}")

    def _wait_for(self, container: Container, seconds: float) -> str | None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            container.reload()
            if container.status != "running":
                finding = diagnose({**container.attrs, "State": {}}, container.logs().decode(errors="replace"))
                return finding.what
            if container.exec_run(["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"])[0] == 0:
                return None
            time.sleep(1)
        return f"it isn't read within {seconds / 60:g} minutes"

    def _run(self, script: str) -> str:
        """Run a shell script on the data (/data) and, once it is made, the copy (/copy); what it says."""
        volumes = {self.volume: {"bind": "/data", "mode": "rw"}}
        if self._copied:
            volumes[self._copied] = {"bind": "/copy", "mode": "rw"}
        container = self._client.containers.create(
            self._image,
            entrypoint=["/bin/sh", "-c"],
            command=[script],
            user="0:0",
            network_mode="none",
            cap_drop=["ALL"],
            cap_add=_CAPABILITIES,
            volumes=volumes,
            labels={LABEL: self.container},
        )
        try:
            container.start()
            # asked for when it is over: while it runs, what it says last is lost now and then
            code = container.wait()["StatusCode"]
            said, complaint = (
                container.logs(stdout=out, stderr=not out).decode(errors="replace") for out in (True, False)
            )
        finally:
            container.remove(force=True)
        if code:
            raise OpsError(
                f"the data of {self.container} can't be worked on: {complaint.strip() or f'exit code {code}'}"
            )
        return said


def _at(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def _range(blocks: Sequence[Block]) -> str:
    return f"from {_at(min(b.min_time for b in blocks))} to {_at(max(b.max_time for b in blocks))}"
