"""`monitor images lock`: the digest of each image, as its registry tells it, into config/images.yaml."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from config.images import TABLE, table, tagged, with_digests
from config.settings.base import AIRGAP_REGISTRY
from ops.console import emit_json, say
from ops.errors import UNHEALTHY, OpsError, UsageError
from ops.health.docker_engine import DockerEngine
from ops.options import DEFAULT_STACK, Json, StackName
from ops.project import Project

app = typer.Typer(help="The images of config/images.yaml.", no_args_is_help=True)
_AT_ONCE = 6


@app.callback()
def _images() -> None:
    """A group, although there is one command in it."""


@app.command()
def lock(
    names: Annotated[list[str] | None, typer.Argument(help="Images of the table; left out: all.")] = None,
    stack: StackName = DEFAULT_STACK,
    json: Json = False,
) -> None:
    """Write the digests of images into config/images.yaml, of those whose registry answers.

    The stack's engine asks, with its own logins: the stack's imageRegistry, or where each image comes from. A digest
    is never made up: a row without an answer stays as it is. Exit code 1: there is such a row.
    """
    if unknown := sorted(set(names or ()) - table().keys()):
        raise UsageError(f"there is no image '{unknown[0]}'; config/images.yaml has {', '.join(table())}")
    chosen = Project.load().stack(stack)
    mirror = chosen.settings().get("imageRegistry")
    mirror = mirror if isinstance(mirror, str) and mirror != AIRGAP_REGISTRY else None
    references = {name: tagged(name, mirror) for name in names or table()}
    digests, reasons = ask(DockerEngine(chosen.docker_host(os.environ)), references)
    before = {name: table()[name].digest for name in digests}
    if changed := {name: digest for name, digest in digests.items() if digest != before[name]}:
        TABLE.write_text(with_digests(TABLE.read_text(), changed))
    if json:
        emit_json({"digests": digests, "changed": sorted(changed), "failed": reasons})
    else:
        for name, reference in references.items():
            news = ("changed, was " + str(before[name]) if before[name] else "new") if name in changed else "as it was"
            say(f"{reference}  {digests[name]}  {news}" if name in digests else f"✗ {reasons[name]}")
    if reasons:
        if not digests:
            reason = next(iter(reasons.values()))
            raise OpsError(f"no registry has a digest to write, config/images.yaml is as it was: {reason}")
        raise typer.Exit(UNHEALTHY)


def ask(engine: DockerEngine, references: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Digests by name, and for those without one the reason."""
    digests: dict[str, str] = {}
    reasons: dict[str, str] = {}

    def one(name: str) -> None:
        try:
            digests[name] = engine.digest(references[name])
        except OpsError as error:
            reasons[name] = str(error)

    engine.version()  # one line where there is no engine, instead of one for each image
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        list(pool.map(one, references))
    return digests, reasons
