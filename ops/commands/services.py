"""`monitor services detect`: what a service exports, and the entry in the stack's file that fits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import requests
import typer
import yaml
from pydantic import BaseModel, ValidationError

from config.settings.services import CONVENTIONS, OWN_LABELS, RequestMetrics
from ops.console import emit_json, say
from ops.errors import OpsError, UsageError
from ops.health.http_api import SECONDS, fetch_json, plain_reason
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session

app = typer.Typer(no_args_is_help=True, help="The services that a stack watches.")
Series = Mapping[str, set[str]]  # a metric -> names of its labels
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+\S+", re.MULTILINE)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"')
_COUNTER = re.compile(r".*(request|response|call|rpc).*_(total|count)")
_STATUSES = ("status", "code", "status_code", "http_status", "http_status_code", "response_code", "outcome", "result")


class _Found(BaseModel):
    data: list[dict[str, str]]


@dataclass(frozen=True)
class Measured:
    """What names of metrics find in a service; `name` is a convention's, or None."""

    name: str | None
    metrics: RequestMetrics
    requests: bool
    errors: bool
    latency: bool

    @property
    def rank(self) -> int:
        """How much is found; nothing, where requests aren't."""
        return self.requests * (1 + self.errors + self.latency)


@app.callback()
def _services() -> None:
    """Services of a stack."""


@app.command()
def detect(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE|URL", help="A service that is scraped, or http://…/metrics.")
    ],
    stack: StackName = DEFAULT_STACK,
    json: Json = False,
) -> None:
    """Look at what a service exports, and propose its `metrics` in the stack's file."""
    series = scraped(service) if "://" in service else stored(service, stack)
    found = measured(series)
    if found is None:
        raise OpsError(
            f"{service} exports {len(series)} metrics, and none that counts requests; does its library have to be told?"
        )
    # what is called as ours needs no word
    names = found.name or found.metrics.model_dump(by_alias=True, exclude_defaults=True)
    if json:
        emit_json({"service": service, "metrics": names, **{name: getattr(found, name) for name in _WORDS}})
        return
    shown = names if isinstance(names, str) else yaml.safe_dump(names, default_flow_style=True, width=1000).strip()
    say("its metrics are called as ours" if shown == "default" else f"metrics: {shown}   # into its entry of services")
    for name, (there, missing) in _WORDS.items():
        known = getattr(found, name)
        said = there(found.metrics) if known else missing
        say(f"{name:<8}  {'' if known else 'not measured: '}{said}")


_WORDS: dict[str, Any] = {
    "requests": (lambda metrics: metrics.requests, "no counter"),
    "errors": (
        lambda metrics: metrics.errors or f'{metrics.requests}{{{metrics.status}=~"{metrics.failed}"}}',
        "no label of its counter tells how a request ended",
    ),
    "latency": (lambda metrics: f"{metrics.duration}_bucket", "no histogram with buckets of how long requests take"),
}


def measured(series: Series) -> Measured | None:
    """The names that find most in a service; the first of several; None where nothing counts requests."""
    named = [_look(name, metrics, series) for name, metrics in CONVENTIONS.items()]
    best = max([*named, *(_look(None, metrics, series) for metrics in _guesses(series))], key=lambda each: each.rank)
    return best if best.rank else None


def _look(name: str | None, metrics: RequestMetrics, series: Series) -> Measured:
    labels = series.get(metrics.requests, set())
    return Measured(
        name,
        metrics,
        requests=metrics.requests in series and metrics.only.keys() <= labels,
        errors=metrics.status in labels or metrics.errors in series,
        latency=f"{metrics.duration}_bucket" in series,
    )


def _guesses(series: Series) -> Iterable[RequestMetrics]:
    """Counters that look like one of requests, each with a histogram of its own if it has one."""
    for name in sorted(name for name in series if _COUNTER.fullmatch(name)):
        status = next((label for label in _STATUSES if label in series[name]), None)
        base = name.removesuffix("_count")
        histogram = base if f"{base}_bucket" in series else None
        if status or histogram:
            unit = "milliseconds" if re.search(r"_(ms|milliseconds)$", base) else "seconds"
            yield RequestMetrics.model_validate(
                {"requests": name, "status": status, "duration": histogram, "unit": unit}
            )


def scraped(url: str) -> Series:
    """What a target exports, as text.

    Raises:
        OpsError: it doesn't answer, or not with metrics.
    """
    try:
        answer = requests.get(url, timeout=SECONDS, headers={"Accept": "text/plain"})
    except requests.RequestException as error:
        raise OpsError(f"{url} doesn't answer: {plain_reason(error)}") from None
    if not answer.ok:
        raise OpsError(f"{url} answers {answer.status_code} {answer.reason}")
    series: dict[str, set[str]] = {}
    for name, labels in _SAMPLE.findall(answer.text):
        # Prometheus keeps the scrape's own labels, and calls those of the target by another name
        renamed = {f"exported_{label}" if label in OWN_LABELS else label for label in _LABEL.findall(labels)}
        series.setdefault(name, set()).update(renamed)
    if not series:
        raise OpsError(f"{url} answers, but not with metrics; is its path right?")
    return series


def stored(service: str, stack: str) -> Series:
    """What the stack's Prometheus has of a service.

    Raises:
        UsageError: it has nothing of it.
        OpsError: it doesn't answer.
    """
    if not re.fullmatch(r"[\w.-]+", service):
        raise UsageError(f"'{service}' is neither a service's name nor a URL such as http://shop:8080/metrics")
    url = read_outputs(Session.open_deployed(stack).pulumi).prometheus_url
    selector = f'{{service="{service}",__name__!~".+:.+|up|scrape_.+|ALERTS.*"}}'
    try:
        found = _Found.model_validate(fetch_json(f"{url}/api/v1/series", {"match[]": selector, "limit": "20000"}))
    except ValidationError:
        raise OpsError(f"Prometheus at {url} doesn't answer as expected") from None
    except OpsError as error:
        raise OpsError(f"Prometheus {error}") from None
    series: dict[str, set[str]] = {}
    for labels in found.data:
        series.setdefault(labels["__name__"], set()).update(labels)
    if not series:
        raise UsageError(
            f"Prometheus has nothing of a service '{service}'; `monitor health --stack {stack}` says which it has"
        )
    return series
