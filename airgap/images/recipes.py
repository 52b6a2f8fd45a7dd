"""What goes into each local image, and how it presents itself: as the official image of that name does."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from config.images import table

FILES = Path(__file__).parent / "files"
NOBODY = 65534
_LOCALE = "usr/lib/locale/C.utf8/*"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# permitted and effective: bind ports below 1024, as `setcap cap_net_bind_service=+ep` writes it (revision 2)
_BIND_LOW_PORTS = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"


@dataclass(frozen=True, kw_only=True)
class Debian:
    """Files out of Debian packages: those of the packages and what they depend on that match a pattern.

    Patterns are shell-like, `*` matches slashes too; shared libraries and licences are always kept.
    """

    packages: tuple[str, ...]
    keep: tuple[str, ...]
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Directory:
    """A directory with an owner. Docker gives a new volume that is mounted there the same owner and mode."""

    owner: int
    mode: int = 0o755


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One image.

    tool, programs: a tool of the kit's catalogue and where its programs go (program -> path).
    files: files of the folder files/ (name -> path); scripts (*.sh) are executable.
    links: path -> what it points at.
    users: name -> number, of user and group alike; root and nobody are always there.
    capability: programs that may bind ports below 1024 without being root.
    The rest is the image's configuration in Docker's terms.
    """

    tool: str | None = None
    programs: Mapping[str, str] = field(default_factory=dict)
    debian: Debian | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    directories: Mapping[str, Directory] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    capability: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""
    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = ""

    def changes(self, labels: Mapping[str, str]) -> list[str]:
        """The configuration as the instructions `docker import` takes: all but the stop signal."""
        environment = {"PATH": _PATH, **self.environment}
        return [
            *(f"ENV {name}={value}" for name, value in environment.items()),
            *(f"LABEL {name}={value}" for name, value in labels.items()),
            *(f"EXPOSE {port}/tcp" for port in self.ports),
            *(f"VOLUME {path}" for path in self.volumes),
            *([f"USER {self.user}"] if self.user else []),
            *([f"WORKDIR {self.workdir}"] if self.workdir else []),
            *([f"ENTRYPOINT {_words(self.entrypoint)}"] if self.entrypoint else []),
            *([f"CMD {_words(self.command)}"] if self.command else []),
        ]


def _words(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def bind_low_ports() -> str:
    """The value of the extended attribute security.capability."""
    return _BIND_LOW_PORTS


# What every image has besides: a shell with the usual small commands, and the certificates of public authorities.
BASE = Debian(packages=("busybox-static", "ca-certificates"), keep=("bin/busybox", "usr/share/ca-certificates/*"))


def _of_images() -> dict[str, Recipe]:
    """The images that images.yaml itself says how to build."""
    return {
        name: Recipe(
            tool=name,
            programs={name: image.go.program},
            user=image.go.user,
            ports=(image.go.port,),
            entrypoint=(image.go.program,),
        )
        for name, image in table().items()
        if image.go
    }


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    _of_images()
    | {
        "prometheus": Recipe(
            tool="prometheus",
            programs={"prometheus": "/bin/prometheus", "promtool": "/bin/promtool"},
            directories={
                "/etc/prometheus": Directory(owner=NOBODY),
                "/prometheus": Directory(owner=NOBODY),
            },
            user="nobody",
            workdir="/prometheus",
            ports=(9090,),
            volumes=("/prometheus",),
            entrypoint=("/bin/prometheus",),
            command=("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"),
        ),
        "alertmanager": Recipe(
            tool="alertmanager",
            programs={"alertmanager": "/bin/alertmanager", "amtool": "/bin/amtool"},
            directories={
                "/etc/alertmanager": Directory(owner=NOBODY),
                "/alertmanager": Directory(owner=NOBODY),
            },
            user="nobody",
            workdir="/alertmanager",
            ports=(9093,),
            volumes=("/alertmanager",),
            entrypoint=("/bin/alertmanager",),
            command=("--config.file=/etc/alertmanager/alertmanager.yml", "--storage.path=/alertmanager"),
        ),
        "node_exporter": Recipe(
            tool="node_exporter",
            programs={"node_exporter": "/bin/node_exporter"},
            user="nobody",
            ports=(9100,),
            entrypoint=("/bin/node_exporter",),
        ),
        "blackbox_exporter": Recipe(
            tool="blackbox_exporter",
            programs={"blackbox_exporter": "/bin/blackbox_exporter"},
            directories={"/etc/blackbox_exporter": Directory(owner=0)},
            ports=(9115,),
            entrypoint=("/bin/blackbox_exporter",),
            command=("--config.file=/etc/blackbox_exporter/config.yml",),
        ),
        "postgres_exporter": Recipe(
            tool="postgres_exporter",
            programs={"postgres_exporter": "/bin/postgres_exporter"},
            user="nobody",
            ports=(9187,),
            entrypoint=("/bin/postgres_exporter",),
        ),
        "redis_exporter": Recipe(
            tool="redis_exporter",
            programs={"redis_exporter": "/redis_exporter"},
            users={"exporter": 59000},
            user="59000:59000",
            ports=(9121,),
            entrypoint=("/redis_exporter",),
        ),
        "caddy": Recipe(
            tool="caddy",
            programs={"caddy": "/usr/bin/caddy"},
            capability=("/usr/bin/caddy",),
            directories={
                path: Directory(owner=0)
                for path in ("/config/caddy", "/data/caddy", "/etc/caddy", "/usr/share/caddy", "/srv")
            },
            environment={"XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data"},
            workdir="/srv",
            ports=(80, 443, 2019),
            command=("caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"),
        ),
        "python": Recipe(
            debian=Debian(
                # what official Python images have, too: compiled extensions need it
                packages=("python3", "libc-bin", "libstdc++6", "tzdata"),
                keep=(
                    "usr/bin/python3*",
                    "usr/lib/python3*",
                    "etc/python3*",
                    "etc/mime.types",
                    "usr/share/zoneinfo/*",
                    _LOCALE,
                ),
            ),
            links={"/usr/bin/python": "python3"},
            environment={"LANG": "C.UTF-8"},
            command=("python3",),
        ),
        "postgres": Recipe(
            debian=Debian(
                packages=("postgresql-15", "libc-bin", "tzdata"),
                keep=("usr/lib/postgresql/*", "usr/share/postgresql/*", "usr/share/zoneinfo/*", _LOCALE),
                # just-in-time compilation brings 130 MB of compiler; without it PostgreSQL carries on by itself
                drop=("*/libLLVM*", "*/libz3*", "*/llvmjit*", "*/bitcode/*", "*/libperl.so*"),
            ),
            files={"postgres-entrypoint.sh": "/usr/local/bin/docker-entrypoint.sh"},
            users={"postgres": 999},
            directories={
                "/var/lib/postgresql/data": Directory(owner=999, mode=0o700),
                "/var/run/postgresql": Directory(owner=999, mode=0o3777),
                "/docker-entrypoint-initdb.d": Directory(owner=0),
            },
            environment={
                "PATH": f"{_PATH}:/usr/lib/postgresql/15/bin",
                "PGDATA": "/var/lib/postgresql/data",
                "PG_MAJOR": "15",
                "LANG": "C.UTF-8",
            },
            user="999:999",
            ports=(5432,),
            volumes=("/var/lib/postgresql/data",),
            stop_signal="SIGINT",
            entrypoint=("/usr/local/bin/docker-entrypoint.sh",),
            command=("postgres",),
        ),
        "redis": Recipe(
            debian=Debian(packages=("redis-server",), keep=("usr/bin/redis-*",)),
            files={"redis-entrypoint.sh": "/usr/local/bin/docker-entrypoint.sh"},
            users={"redis": 999},
            directories={"/data": Directory(owner=999)},
            user="999:999",
            workdir="/data",
            ports=(6379,),
            volumes=("/data",),
            entrypoint=("/usr/local/bin/docker-entrypoint.sh",),
            command=("redis-server",),
        ),
    }
)


def content(recipe: Recipe) -> bytes:
    """All that the recipe alone decides, for the image's key."""
    scripts = b"".join((FILES / name).read_bytes() for name in sorted(recipe.files))
    return repr((recipe, BASE)).encode() + os.linesep.encode() + scripts
