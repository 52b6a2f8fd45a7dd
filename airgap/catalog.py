"""What the kit builds from Go modules. The versions are pinned in toolchain/<name>/go.mod and go.sum."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from airgap.errors import KitError

_PROMETHEUS_STAMP = "github.com/prometheus/common/version.Version"
_PULUMI_STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file that a module carries beside its Go code, pinned by the go.sum of some toolchain folder."""

    toolchain: str
    module: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a program reads while it runs: files of a module, under the paths they have there.

    patterns: shell-like, from the module's root; each has to match something.
    """

    module: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One folder of toolchain/ and what comes out of it.

    packages: Go packages; each gives a program named like the last part of its path.
    version: what the programs say they are; stamp: the Go variables that hold it.
    tags: build tags.
    c_code: C is part of it: needs a C compiler; linked statically all the same, so that it runs on any image.
    wired: a package whose start-up code isn't in its module, but written by the generator that wire/go.mod pins.
    share: files for the program's image, left in the folder share/ beside it.
    seconds: a cold build on 2 cores, so that the longest are started first.
    """

    name: str
    packages: tuple[str, ...]
    version: str
    stamp: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    c_code: bool = False
    wired: str | None = None
    files: tuple[ModuleFile, ...] = ()
    share: Share | None = None
    seconds: int

    @property
    def programs(self) -> tuple[str, ...]:
        """Names of the files the build leaves."""
        built = [self.name if package == "." else package.rpartition("/")[2] for package in self.packages]
        return (*built, *(file.path.rpartition("/")[2] for file in self.files))


def _table(*tools: Tool) -> Mapping[str, Tool]:
    return MappingProxyType({tool.name: tool for tool in sorted(tools, key=lambda tool: -tool.seconds)})


TOOLS: Mapping[str, Tool] = _table(
    Tool(
        name="pulumi",
        packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
        version="v3.259.0",
        stamp=(_PULUMI_STAMP,),
        seconds=240,
    ),
    Tool(
        name="pulumi-language-python",
        packages=("github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",),
        version="v3.76.0",
        stamp=(_PULUMI_STAMP,),
        # the file that runs the program is found beside the language host; it fits the CLI and the Python SDK
        files=(
            ModuleFile(
                toolchain="pulumi",
                module="github.com/pulumi/pulumi/sdk/v3",
                path="python/cmd/pulumi-language-python-exec",
            ),
        ),
        seconds=60,
    ),
    Tool(
        name="prometheus",
        packages=(
            "github.com/prometheus/prometheus/cmd/prometheus",
            "github.com/prometheus/prometheus/cmd/promtool",
        ),
        version="3.16.0",
        stamp=(_PROMETHEUS_STAMP,),
        seconds=280,
    ),
    Tool(
        name="alertmanager",
        packages=(
            "github.com/prometheus/alertmanager/cmd/alertmanager",
            "github.com/prometheus/alertmanager/cmd/amtool",
        ),
        version="0.28.1",
        stamp=(_PROMETHEUS_STAMP,),
        seconds=40,
    ),
    Tool(
        name="node_exporter",
        packages=("github.com/prometheus/node_exporter",),
        version="1.12.1",
        stamp=(_PROMETHEUS_STAMP,),
        seconds=15,
    ),
    Tool(
        name="blackbox_exporter",
        packages=("github.com/prometheus/blackbox_exporter",),
        version="0.27.0",
        stamp=(_PROMETHEUS_STAMP,),
        seconds=20,
    ),
    Tool(
        name="postgres_exporter",
        packages=("github.com/prometheus-community/postgres_exporter/cmd/postgres_exporter",),
        version="0.17.1",
        stamp=(_PROMETHEUS_STAMP,),
        seconds=12,
    ),
    Tool(
        name="redis_exporter",
        packages=("github.com/oliver006/redis_exporter",),
        version="v1.74.0",
        stamp=("main.BuildVersion",),
        seconds=8,
    ),
    Tool(
        name="caddy",
        packages=("github.com/caddyserver/caddy/v2/cmd/caddy",),
        version="v2.11.9",
        stamp=("github.com/caddyserver/caddy/v2.CustomVersion",),
        seconds=70,
    ),
    Tool(
        name="grafana",
        packages=("github.com/grafana/grafana/pkg/cmd/grafana",),
        # the newest release that can be had as a Go module; its web pages are no part of that, the HTTP API is whole
        version="10.0.0",
        stamp=("main.version",),
        # the last four: nothing is looked up in the C library or on the disk of an image that has neither
        tags=("oss", "netgo", "osusergo", "timetzdata", "sqlite_omit_load_extension"),
        c_code=True,  # SQLite
        wired="github.com/grafana/grafana/pkg/server",
        share=Share(
            module="github.com/grafana/grafana",
            patterns=(
                "LICENSE",
                "NOTICE.md",
                "conf/*.ini",
                "conf/ldap.toml",
                "public/app/plugins/*/*/plugin.json",
                "public/app/plugins/*/*/dashboards/*.json",
                "public/dashboards/home.json",
                "public/emails/*.html",
                "public/emails/*.txt",
                "public/img/user_profile.png",
                "public/openapi3.json",
                "public/robots.txt",
            ),
        ),
        seconds=400,
    ),
)


def choose(names: Iterable[str] | None) -> list[Tool]:
    """The tools of these names, longest build first; all of them for None.

    Raises:
        KitError: a name that isn't in the table.
    """
    if names is None:
        return list(TOOLS.values())
    wanted = set(names)
    if unknown := sorted(wanted - TOOLS.keys()):
        raise KitError(f"no tool is called {unknown[0]!r}; there are: {', '.join(sorted(TOOLS))}")
    return [tool for tool in TOOLS.values() if tool.name in wanted]
