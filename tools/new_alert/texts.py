"""The files of a new alert, as text."""

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tools.new_alert.description import Description
from tools.new_alert.trial import Moment

FOLDED = 80  # characters; longer texts go below their key
SKELETON = Path(__file__).with_name("skeleton.yml")


def file_name(alert: str) -> str:
    """OrdersStalled is orders-stalled."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", alert).lower()


def skeleton(alert: str) -> str:
    """A description to be filled in."""
    return (
        SKELETON.read_text(encoding="utf-8")
        .replace("NAME=NAME", f"NAME={alert}")
        .replace("alert NAME.", f"alert {alert}.")
    )


def rule_file(alert: str, description: Description, variables: Sequence[str]) -> str:
    """The source of the rule file.

    Args:
        alert: its name.
        description: what it is.
        variables: those of its dashboard; a link sets the service if it can.
    """
    service = ', service="{{ $labels.service }}"' if "service" in variables else ""
    rule = {
        "alert": alert,
        "expr": description.expr,
        "for": description.for_,
        "keep_firing_for": description.keep_firing_for,
        "labels": {"severity": description.severity, "team": description.team, "service": description.service},
        "annotations": {
            "summary": description.summary,
            "description": description.description,
            "value": description.value,
            "runbook_url": f"<< settings.runbook_url >>/{alert}.md",
            "dashboard_url": f'<< dashboard("{description.dashboard}"{service}) >>',
        },
    }
    group = {
        "name": f"{description.team}-{file_name(alert)}",
        "rules": [{key: value for key, value in rule.items() if value is not None}],
    }
    return _yaml({"groups": [group]})


def promtool_file(
    alert: str,
    description: Description,
    moments: Sequence[Moment],
    quiet: Sequence[str],
) -> str:
    """promtool's test file.

    Args:
        alert: its name.
        description: with the samples.
        moments: what is expected of the firing series.
        quiet: times at which the quiet series are looked at.
    """
    cases = [
        _case(f"{alert} fires, and resolves", description, description.fires, [_expected(alert, m) for m in moments]),
        _case(
            f"{alert} stays quiet",
            description,
            description.quiet,
            [{"eval_time": at, "alertname": alert} for at in quiet],
        ),
    ]
    name = f"{description.team}-{file_name(alert)}.yml"
    return _yaml({"rule_files": [name], "evaluation_interval": description.interval, "tests": cases})


def _case(name: str, description: Description, series: Mapping[str, str], expected: list[dict[str, Any]]) -> Any:
    return {
        "name": name,
        "interval": description.interval,
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "alert_rule_test": expected,
    }


def _expected(alert: str, moment: Moment) -> dict[str, Any]:
    expected: dict[str, Any] = {"eval_time": moment.time, "alertname": alert}
    if moment.firing:
        expected["exp_alerts"] = [
            {"exp_labels": one.labels, "exp_annotations": one.annotations} for one in moment.firing
        ]
    return expected


def runbook(alert: str, description: Description, expr: str) -> str:
    """The runbook.

    Args:
        alert: its name.
        description: what it is.
        expr: the expression with the values of production.
    """
    waiting = f", for {description.for_}" if description.for_ else ""
    resolves = f" It resolves {description.keep_firing_for} after that is over." if description.keep_firing_for else ""
    query = shlex.quote(" ".join(expr.split()))
    further = f"\n\n{description.diagnose.strip()}" if description.diagnose.strip() else ""
    condition = "\n".join(f"    {line}" for line in expr.strip().splitlines())
    return f"""\
# {alert}

## Meaning

{_plain(description.summary)}. Severity {description.severity}, team {description.team}. It fires while this finds
something{waiting}:

{condition}
{resolves.strip() and chr(10) + resolves.strip() + chr(10)}
## Impact

{description.impact}

## Diagnose

On the Docker host, in the checkout; set the stack's name once:

    S=prod; P=autonomica-$S
    pq() {{ docker exec $P-prometheus promtool query instant http://localhost:9090 "$1"; }}

Is it still going on, and how bad is it?

    pq {query}

What else is wrong at the same time?

    pq 'ALERTS{{alertstate="firing"}}'
    .venv/bin/monitor health --stack $S{further}

## Mitigate

{description.mitigate}

Check: the first query finds nothing; the resolved message follows.
"""


def _plain(text: str) -> str:
    """A summary as a sentence of a runbook: labels by their names."""
    named = re.sub(r"\{\{-?\s*\$labels\.(\w+).*?\}\}", r"`\1`", text)
    return re.sub(r"\{\{.*?\}\}", "…", named).rstrip(".")


class _Dumper(yaml.SafeDumper):
    """As people write rule files: lists indented, long texts in blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - as inherited
        super().increase_indent(flow, False)


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else ">" if len(text) > FOLDED else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(document: Mapping[str, object]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
