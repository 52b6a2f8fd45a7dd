"""The kit's command line: `python -m airgap`."""

import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from airgap import online
from airgap.engine import ensure_engine, find_engine, stop_engine
from airgap.errors import KitError
from airgap.images import ImageResult, ensure_images
from airgap.own_images import ensure_own_image
from airgap.places import state_dir
from airgap.report import Report, reporting
from airgap.tools import ensure_tools
from config.images import OWN

app = typer.Typer(
    help="Builds everything the monitoring program needs from package registries alone.", no_args_is_help=True
)
engine_app = typer.Typer(help="The Docker engine of this machine.", no_args_is_help=True)
app.add_typer(engine_app, name="engine")

_progress = Console(stderr=True)
_out = Console(soft_wrap=True, highlight=False)

Names = Annotated[list[str] | None, typer.Argument(help="Which; all when left out.", show_default=False)]
Host = Annotated[str | None, typer.Option("--docker-host", envvar="DOCKER_HOST", help="Address of the Docker engine.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Output = Annotated[Path | None, typer.Option("--output", help="The file to write; else .state/sbom.cdx.json.")]
Rebuild = Annotated[
    bool, typer.Option("--rebuild", help="Take Debian's newest packages, even where an image is there.")
]


@app.command()
def tools(names: Names = None, as_json: Json = False) -> None:
    """Build the programs and link them into .state/bin."""
    with _work("tools") as report:
        folder = ensure_tools(names, report=report)
    _say({"bin": str(folder)}, as_json, f"programs are in {folder}")


@app.command()
def images(names: Names = None, docker_host: Host = None, rebuild: Rebuild = False, as_json: Json = False) -> None:
    """Build the local images and load them into the engine."""
    with _work("images") as report:
        results = ensure_images(names, docker_host=docker_host, report=report, rebuild=rebuild)
    _say_images(results, as_json)


@app.command("own-images")
def own_images(docker_host: Host = None, as_json: Json = False) -> None:
    """Build the images of our own programs: the viewer and the demo services."""
    with _work("own images") as report:
        airgap = not online.has_internet(docker_host)
        results = [ensure_own_image(name, airgap=airgap, docker_host=docker_host, report=report) for name in OWN]
    _say_images(results, as_json)


@app.command()
def sbom(output: Output = None, as_json: Json = False) -> None:
    """Write the bill of materials (CycloneDX JSON): every image, and what is in those that are built here."""
    from airgap.sbom import write_sbom  # its library is no part of what a deployment needs

    with _work("bill of materials") as report:
        file = output or state_dir() / "sbom.cdx.json"
        count = write_sbom(file, report=report)
    _say({"file": str(file), "components": count}, as_json, f"{count} components are in {file}")


@app.command("all")
def everything(docker_host: Host = None, as_json: Json = False) -> None:
    """An engine, every program, every image."""
    with _work("air-gapped kit") as report:
        ensure_engine(docker_host, report=report)
        results = ensure_images(docker_host=docker_host, report=report)
        ensure_tools(report=report)
        results += [ensure_own_image(name, airgap=True, docker_host=docker_host, report=report) for name in OWN]
    _say_images(results, as_json)


@engine_app.command()
def start(docker_host: Host = None, as_json: Json = False) -> None:
    """Start an engine when none answers; on Debian as root it is installed first."""
    with _work("engine") as report:
        engine = ensure_engine(docker_host, report=report)
    done = ", ".join(engine.actions) or "it was running"
    _say(asdict(engine), as_json, f"Docker {engine.version} at {engine.host}: {done}")


@engine_app.command()
def stop(as_json: Json = False) -> None:
    """Stop the engine that `start` started by hand; any other is left alone."""
    with _work("engine"):
        stopped = stop_engine()
    _say({"stopped": stopped}, as_json, "stopped" if stopped else "no engine was started from here; nothing to stop")


@engine_app.command()
def status(docker_host: Host = None, as_json: Json = False) -> None:
    """Say whether an engine answers; exit code 1 when none does."""
    engine = find_engine(docker_host)
    if engine is None:
        _say({"running": False}, as_json, "no Docker engine answers")
        raise typer.Exit(1)
    _say({"running": True, **asdict(engine)}, as_json, f"Docker {engine.version} at {engine.host}")


def main() -> None:
    """Run the command line. A mistake is one line and exit code 1, an interruption one line and 130."""
    # ended from outside, the kit ends what it started, as for Ctrl-C
    signal.signal(signal.SIGTERM, _interrupt)
    app()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _work(title: str) -> Iterator[Report]:
    """Progress while the block runs, and its failures as one line."""
    try:
        with reporting(_progress, title) as report:
            yield report
    except KitError as error:
        _progress.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _progress.print("interrupted; run the same command again to go on from here", markup=False)
        raise typer.Exit(130) from None


def _say_images(results: list[ImageResult], as_json: bool) -> None:
    lines = [f"{result.reference}: {'built' if result.built else 'up to date'}" for result in results]
    _say({"images": [asdict(result) for result in results]}, as_json, "\n".join(lines))


def _say(document: dict[str, object], as_json: bool, text: str) -> None:
    _out.print(json.dumps(document, indent=2, sort_keys=True) if as_json else text, markup=False)
