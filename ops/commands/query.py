"""`monitor query`: what the stack's Prometheus answers to a PromQL expression."""

from typing import Annotated, Any, Literal

import requests
import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from ops.console import emit_json, say
from ops.errors import OpsError, UsageError
from ops.health.http_api import SECONDS, plain_reason
from ops.options import DEFAULT_STACK, Json, StackName
from ops.outputs import read_outputs
from ops.session import Session

Sample = tuple[float, str]  # when, value


class _Series(BaseModel):
    model_config = ConfigDict(extra="ignore")

    metric: dict[str, str] = {}
    value: Sample | None = None  # at one time
    values: list[Sample] = []  # of a range, such as up[5m]
    histogram: Any = None  # a native one
    histograms: list[Any] = []


class _Data(BaseModel):
    resultType: Literal["vector", "matrix", "scalar", "string"]
    result: list[_Series] | Sample


class Answer(BaseModel):
    """Prometheus's answer to `/api/v1/query`."""

    status: Literal["success", "error"]
    error: str = ""
    data: _Data | None = None


def query(
    expression: Annotated[str, typer.Argument(metavar="EXPR", help="PromQL, such as 'up == 0'.")],
    stack: StackName = DEFAULT_STACK,
    json: Json = False,
) -> None:
    """Ask the stack's Prometheus: one line for each series, its labels and its value."""
    url = read_outputs(Session.open_deployed(stack).pulumi).prometheus_url
    answer = ask(url, expression)
    if json:
        emit_json({"stack": stack, "query": expression, **answer.model_dump(exclude_defaults=True)["data"]})
        return
    rows = lines(answer)
    width = max((len(labels) for labels, _ in rows), default=0)
    for labels, value in rows:
        say(f"{labels:<{width}}  {value}".strip())
    if not rows:
        say("no series")


def ask(url: str, expression: str) -> Answer:
    """Ask a Prometheus.

    Raises:
        UsageError: the expression isn't PromQL; Prometheus's words.
        OpsError: it doesn't answer.
    """
    try:
        response = requests.post(f"{url}/api/v1/query", data={"query": expression}, timeout=SECONDS)
        answer = Answer.model_validate_json(response.content)
    except requests.RequestException as error:
        raise OpsError(f"Prometheus doesn't answer at {url}: {plain_reason(error)}") from None
    except ValidationError:
        raise OpsError(f"Prometheus answers {response.status_code} {response.reason} at {url}") from None
    if answer.status == "error" or answer.data is None:
        raise UsageError(f"Prometheus can't answer `{expression}`: {answer.error}")
    return answer


def lines(answer: Answer) -> list[tuple[str, str]]:
    """Labels and value of each series, as PromQL writes them; a range's values one after the other."""
    result = answer.data.result if answer.data else []
    if isinstance(result, tuple):
        return [("", result[1])]
    return [(_labels(series.metric), _value(series)) for series in result]


def _labels(metric: dict[str, str]) -> str:
    others = ", ".join(f'{name}="{value}"' for name, value in sorted(metric.items()) if name != "__name__")
    return metric.get("__name__", "") + ("{" + others + "}" if others else "")


def _value(series: _Series) -> str:
    if series.value:
        return series.value[1]
    if series.values:
        return " ".join(value for _, value in series.values)
    return "a native histogram; ask for histogram_quantile(0.95, …) of it"
