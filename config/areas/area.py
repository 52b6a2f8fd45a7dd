"""What a subject consists of. The folders beside this module declare one subject each, in their area.py."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from config.grafana.dashboard import Dashboard
from config.settings.base import TlsSettings, own_certificates
from config.settings.stack import Settings

Scrape = dict[str, Any]
# beside `monitoring`: the way out; towards databases; and the company's own, where services and databases are reached
Network = Literal["edge", "exporters", "services", "databases"]

FILES_DIRECTORY = "/run/files"
CA_FILE = f"{FILES_DIRECTORY}/ca.pem"
NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class SecretFile:
    """A file made of a secret, below `FILES_DIRECTORY`.

    Attributes:
        path: where it lies.
        secret: the secret's key.
        content: makes the file's text of the secret's value, which is empty where an optional one isn't set.
    """

    path: str
    secret: str
    content: Callable[[str], str] = str


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """A container that gives metrics, or through which exporters see the Docker engine.

    It listens in the monitoring network, under the name of its part; with the host's network, on the host's address
    there.

    Attributes:
        part: its name in the stack.
        image: its name in images.yaml.
        port: where it listens.
        health: a path that answers when it is healthy, or a command in Docker's form.
        user, groups: numeric ids.
        memory_mb, cpus: what it may use.
        networks: where it is attached, beside the monitoring network.
        entrypoint, command, environment: as for any container; never a secret.
        files: path below `FILES_DIRECTORY` -> text.
        secrets: files made of secrets.
        mounts: path in the container -> path of the Docker host, to read.
        capabilities: Linux capabilities to keep.
        host_network, host_processes: sees those of the host.
        after: parts that must be there before it.
        job: the scrape job; without one it isn't scraped.
        scrape: further options of that job.
        elsewhere: the same exporter on other hosts, host -> address.
    """

    part: str
    image: str
    port: int
    health: str | Sequence[str] = "/"
    user: int = NOBODY
    groups: Sequence[int] = ()
    memory_mb: int = 64
    cpus: float = 0.25
    networks: Sequence[Network] = ()
    entrypoint: Sequence[str] | None = None
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[SecretFile] = ()
    mounts: Mapping[str, str] = field(default_factory=dict)
    capabilities: Sequence[str] = ()
    host_network: bool = False
    host_processes: bool = False
    after: Sequence[str] = ()
    job: str | None = None
    scrape: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def host(self, settings: Settings) -> str:
        """The name or the address under which it is reached."""
        return settings.gateway if self.host_network else self.part

    def scrapes(self, settings: Settings) -> Iterable[Scrape]:
        """Its scrape job, if it has one."""
        if self.job is None:
            return
        address = f"{self.host(settings)}:{self.port}"
        if not self.host_network:
            yield static_job(self.job, address, settings, **self.scrape)
            return
        # it measures a host, and goes by the host's name
        hosts = {settings.host_name: address, **self.elsewhere}
        yield {
            "job_name": self.job,
            "static_configs": [
                {"targets": [target], "labels": {"instance": name, "host": name}} for name, target in hosts.items()
            ],
            **self.scrape,
        }


def tls_files(tls: TlsSettings | None) -> tuple[dict[str, str], tuple[str | None, str | None, bool]]:
    """What an exporter needs for TLS: files; where the authority is, the name, whether neither is checked."""
    if tls is None:
        return {}, (None, None, False)
    own_ca = own_certificates(tls.ca)
    files = {CA_FILE: own_ca} if own_ca else {}
    return files, (CA_FILE if own_ca else None, tls.server_name, tls.insecure_skip_verify)


def static_job(name: str, address: str, settings: Settings, **options: Any) -> Scrape:
    """The scrape job of a part of the monitoring, which runs on the Docker host."""
    return {
        "job_name": name,
        "static_configs": [{"targets": [address], "labels": {"host": settings.host_name}}],
        **options,
    }


def _nothing(*_: object) -> Iterable[Any]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Area:
    """A subject, beside its limits and settings (model.py) and its alert rules (rules.yml).

    Attributes:
        dashboard: its dashboard.
        exporters: what runs for it in a stack.
        scrapes: its scrape jobs beside those of its exporters; Docker networks that Prometheus shares with services
            are handed in.
        alerts: where its alerts are about servers: what their names begin with. `<alerts>Down` silences the others on
            the same server.
    """

    dashboard: Callable[[Settings], Dashboard] | None = None
    exporters: Callable[[Settings], Iterable[Exporter]] = _nothing
    scrapes: Callable[[Settings, Sequence[str]], Iterable[Scrape]] = _nothing
    alerts: str | None = None
