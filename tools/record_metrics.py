"""`python -m tools.record_metrics [--stack dev | --url URL]`: write down what a running stack exports."""

from typing import Annotated, Any

import requests
import typer

from ops.errors import OpsError
from ops.outputs import read_outputs
from ops.session import Session
from tests.support.metrics import EXPORTED, SYNTHETIC

SECONDS = 30  # an answer of Prometheus may take


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def record(
    stack: Annotated[str, typer.Option(envvar="STACK", help="The stack to ask; it must be up.")] = "dev",
    url: Annotated[str | None, typer.Option(help="Ask this Prometheus instead, whatever stack it is of.")] = None,
) -> None:
    """Write tests/rules/exported/<job>.txt: every metric name of each scrape job, sorted."""
    try:
        prometheus = url or read_outputs(Session.open_deployed(stack).pulumi).urls["prometheus"]
        names = {job: exported_names(prometheus, job) for job in jobs(prometheus)}
    except OpsError as error:
        typer.echo(f"metrics: {error}", err=True)
        raise typer.Exit(1) from None
    except requests.RequestException:
        typer.echo(f"metrics: no Prometheus answers at {prometheus}; bring the stack up with `make up`", err=True)
        raise typer.Exit(1) from None
    EXPORTED.mkdir(exist_ok=True)
    for job, found in names.items():
        path = EXPORTED / f"{job}.txt"
        before = set(path.read_text().split()) if path.is_file() else set()
        path.write_text("".join(f"{name}\n" for name in sorted(found)))
        typer.echo(f"{job}: {len(found)} names, {len(found - before)} new, {len(before - found)} gone")
    for path in sorted(EXPORTED.glob("*.txt")):
        if path.stem not in names:
            typer.echo(f"{path.stem}: kept as it was, this stack has no such job")


def jobs(prometheus: str) -> list[str]:
    """Scrape jobs that have a target that is up, by name.

    Raises:
        requests.RequestException: Prometheus doesn't answer.
    """
    found = _get(prometheus, "/api/v1/query", {"query": "count by (job) (up == 1)"})["result"]
    return sorted(series["metric"]["job"] for series in found)


def exported_names(prometheus: str, job: str) -> frozenset[str]:
    """Metric names that a scrape job has now: without what Prometheus or its rules make of them.

    Raises:
        requests.RequestException: Prometheus doesn't answer.
    """
    query = f'group by (__name__) ({{job="{job}", __name__!=""}})'
    names = {series["metric"]["__name__"] for series in _get(prometheus, "/api/v1/query", {"query": query})["result"]}
    return frozenset(name for name in names - SYNTHETIC if ":" not in name)


def _get(prometheus: str, path: str, parameters: dict[str, str]) -> Any:
    response = requests.get(prometheus + path, params=parameters, timeout=SECONDS)
    response.raise_for_status()
    return response.json()["data"]


if __name__ == "__main__":
    app()
