"""What the kit builds from Go modules. Versions are pinned in toolchain/<name>/go.mod and go.sum, or in images.yaml."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from airgap.errors import KitError
from config.images import table

_PROMETHEUS_STAMP = "github.com/prometheus/common/version.Version"
_PULUMI_STAMP = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file that a module carries beside its Go code, pinned by the go.sum of some toolchain folder."""

    toolchain: str
    module: str
    path: str


@dataclass(frozen=True, kw_only=True)
class ModuleCopy:
    """A module that is built from a writable copy: in the module cache it lacks something.

    The copy is the folder module/ of the toolchain folder while that is built, where go.mod's `replace` points. The
    script prepare.sh of the toolchain folder, where there is one, is run in the copy before the build.

    module, version: as the module proxy has it; sum: its hash as in a go.sum, which is checked.
    """

    module: str
    version: str
    sum: str


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One folder of toolchain/, or where there is none a module by itself, and what comes out of it.

    packages: Go packages; each gives a program named like the last part of its path.
    version: what the programs say they are; stamp: the Go variables that hold it.
    tags: build tags.
    copy: the module that has to be changed before it is built.
    pages: web pages are built into it: needs Node.js.
    seconds: a cold build on 2 cores, so that the longest are started first.
    """

    name: str
    packages: tuple[str, ...]
    version: str
    stamp: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    copy: ModuleCopy | None = None
    pages: bool = False
    files: tuple[ModuleFile, ...] = ()
    seconds: int

    @property
    def programs(self) -> tuple[str, ...]:
        """Names of the files the build leaves."""
        built = [self.name if package == "." else package.rpartition("/")[2] for package in self.packages]
        return (*built, *(file.path.rpartition("/")[2] for file in self.files))


def _table(*tools: Tool) -> Mapping[str, Tool]:
    return MappingProxyType({tool.name: tool for tool in sorted(tools, key=lambda tool: -tool.seconds)})


def _of_images() -> Iterator[Tool]:
    """The programs that images.yaml itself says how to build."""
    for name, image in table().items():
        if image.go:
            version = f"v{image.tag.removeprefix('v')}"
            copy = ModuleCopy(module=image.source, version=version, sum=image.go.sum)
            yield Tool(name=name, packages=(".",), version=version, stamp=(_PROMETHEUS_STAMP,), copy=copy, seconds=12)


TOOLS: Mapping[str, Tool] = _table(
    *_of_images(),
    Tool(
        name="pulumi",
        packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
        version="v3.274.1",
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
        # of the ways to find targets those that a Docker host has a use for: the clouds' take half of the build
        tags=("builtinassets", "remove_all_sd", "enable_dns_sd", "enable_moby_sd"),
        copy=ModuleCopy(
            module="github.com/prometheus/prometheus",
            version="v0.316.0",
            sum="h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=",
        ),
        pages=True,
        seconds=280,
    ),
    Tool(
        name="alertmanager",
        packages=(
            "github.com/prometheus/alertmanager/cmd/alertmanager",
            "github.com/prometheus/alertmanager/cmd/amtool",
        ),
        version="0.35.0",
        stamp=(_PROMETHEUS_STAMP,),
        copy=ModuleCopy(
            module="github.com/prometheus/alertmanager",
            version="v0.35.0",
            sum="h1:nbXMjr+P2JaoFd7aHNDxKifEwTPN+TWxM0gNPonuH5w=",
        ),
        pages=True,
        seconds=60,
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
        version="0.28.0",
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
        version="v1.88.0",
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
        name="pulumi-resource-docker",
        packages=(".",),
        # the version of the Python package pulumi-docker
        version="5.2.0",
        stamp=("main.version",),
        tags=("no_compose",),  # a part of the Terraform provider that its own build leaves out, too
        copy=ModuleCopy(
            module="github.com/kreuzwerker/terraform-provider-docker",
            version="v0.0.0-20260916201441-96d331c98ff4",
            sum="h1:T3HvvZCRd4h2qkMl+SXA2zza26Rdz8xqV81skikQWy4=",
        ),
        seconds=270,
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
