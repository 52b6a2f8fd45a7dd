"""The tests of the objectives on errors, told of the objectives on latency: what failed there is late here."""

import json
import re
from itertools import zip_longest
from typing import Any

import yaml

BOUNDS = {"api": "1", "frontend": "2.5", "shop": "1", "jobs": "1", "worker": "1"}
_SERIES = re.compile(r"service:(requests|errors):rate5m\{(.*)\}")
# a difference of two buckets is off by a rounding, which matters where a limit is met exactly
_ROUNDED = {"15 times what 99.9 % allows, for 170 minutes": "2h25m"}
_SPAN = re.compile(r"(-?[\d.]+(?:e-?\d+)?|_|stale)(?:([+-][\d.]+(?:e-?\d+)?))?(?:x(\d+))?")


def told_of_latency(text: str) -> str:
    """A promtool test file of the alerts on error budgets, as one of those on latency budgets."""
    document = yaml.safe_load(text)
    document["tests"] = [late for case in document["tests"] if (late := _late(case))]
    return json.dumps(document)


def _late(case: dict[str, Any]) -> dict[str, Any] | None:
    moments = [one for one in case.get("alert_rule_test") or [] if one["alertname"] == "ErrorBudgetBurn"]
    moments = [one for one in moments if one["eval_time"] != _ROUNDED.get(case["name"])]
    if not any(one.get("exp_alerts") for one in moments) or "http_requests_total" in str(case):
        return None
    inputs: list[dict[str, Any]] = []
    counted: dict[str, dict[str, list[float | None]]] = {}
    for each in case["input_series"]:
        if found := _SERIES.fullmatch(each["series"]):
            counted.setdefault(found[2], {})[found[1]] = _expanded(str(each["values"]))
        elif each["series"].startswith("service:slo_objective:ratio"):
            inputs.append({**each, "series": each["series"].replace("slo_objective", "slo_latency_objective")})
            service = re.findall(r'service="(\w+)"', each["series"])[0]
            bound = f'service:slo_latency_bound:seconds{{service="{service}", le="1"}}'
            inputs.append({"series": bound, "values": each["values"]})
    for labels, values in counted.items():
        bound = BOUNDS[re.findall(r'service="(\w+)"', labels)[0]]
        requests, errors = values["requests"], values.get("errors", [])
        in_time = [
            None if every is None or late is None else every - late
            for every, late in zip_longest(requests, errors[: len(requests)])
        ]
        for le, series in (("+Inf", requests), (bound, in_time)):
            name = f'service:request_duration_seconds_bucket:rate5m{{{labels}, le="{le}"}}'
            shown = " ".join("_" if value is None else repr(value) for value in series)
            inputs.append({"series": name, "values": shown})
    return {**case, "input_series": inputs, "promql_expr_test": [], "alert_rule_test": [_told(one) for one in moments]}


def _told(moment: dict[str, Any]) -> dict[str, Any]:
    return {
        **moment,
        "exp_alerts": [
            {
                "exp_labels": {**one["exp_labels"], "objective": "latency"},
                "exp_annotations": {
                    key: text.replace(" failed ", " was late ").replace(" fails ", " is late ")
                    for key, text in one["exp_annotations"].items()
                },
            }
            for one in moment.get("exp_alerts") or []
        ],
    }


def _expanded(values: str) -> list[float | None]:
    found: list[float | None] = []
    for token in values.split():
        span = _SPAN.fullmatch(token)
        assert span, token
        start, step, count = span.groups()
        # `1x3` is four samples, `_x3` is three without any
        for index in range(int(count or 0) + (0 if start == "_" and count else 1)):
            found.append(None if start in ("_", "stale") else float(start) + index * float(step or 0))
    return found
