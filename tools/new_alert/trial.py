"""When an alert fires on given samples, and what it says then: promtool tells."""

import ast
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ops.errors import OpsError
from tests.support import promtool
from tools.new_alert.description import duration, length, seconds

MOST = 5000  # evaluations; more take minutes
# as promtool reports what it didn't expect: the time, then the alerts that fire
_REPORT = re.compile(r"^    alertname: \S+, time: (\S+),.*?^        got:\[(.*?)\]$", re.MULTILINE | re.DOTALL)
_ALERT = re.compile(r"^\s+Labels:\{(.*)\}\n\s+Annotations:\{(.*)\},?$", re.MULTILINE)
_PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Firing:
    """One alert that fires, with its labels (but for its name) and annotations."""

    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True)
class Moment:
    """One evaluation: its time as promtool writes it, and what fires."""

    time: str
    firing: Sequence[Firing]


def trial(tool: str, alert: str, rules: str, series: Mapping[str, str], interval: str) -> list[Moment]:
    """What an alert does from the first to the last sample, evaluation by evaluation.

    Args:
        tool: promtool.
        alert: its name.
        rules: a rule file as Prometheus reads it.
        series: samples by series.
        interval: between two samples, and between two evaluations.

    Raises:
        OpsError: promtool can't read the samples or evaluate the rule.
    """
    step = seconds(interval)
    times = [number * step for number in range(max(map(length, series.values())))]
    if len(times) > MOST:
        raise OpsError(f"{len(times)} samples are too many to try; take a longer interval than {interval}")
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": interval,
        "tests": [
            {
                "interval": interval,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                # expecting nothing makes promtool tell what there is
                "alert_rule_test": [{"eval_time": duration(at), "alertname": alert} for at in times],
            }
        ],
    }
    with tempfile.TemporaryDirectory(prefix="new-alert-") as name:
        folder = Path(name)
        (folder / "rules.yml").write_text(rules, encoding="utf-8")
        (folder / "test.yml").write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        result = promtool.run(tool, "test", "rules", "test.yml", folder=folder)
    fired = {seconds(time): _alerts(block) for time, block in _REPORT.findall(result.stderr)}
    if result.returncode != 0 and (not fired or " err: " in result.stderr):
        words = " ".join(result.stderr.replace("FAILED:", "").split())
        raise OpsError(f"promtool can't run the samples: {words[:300]}")
    return [Moment(duration(at), fired.get(at, [])) for at in times]


def _alerts(block: str) -> list[Firing]:
    return [
        Firing(
            {name: text for name, text in _pairs(labels).items() if name != "alertname"},
            _pairs(annotations),
        )
        for labels, annotations in _ALERT.findall(block)
    ]


def _pairs(text: str) -> dict[str, str]:
    # Go quotes as Python does
    return {name: ast.literal_eval(quoted) for name, quoted in _PAIR.findall(text)}
