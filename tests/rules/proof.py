"""What every alert must have besides a valid expression: labels, words, a runbook, and tests that tell a whole story.

Each check takes plain data and returns one line per problem.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import promql_parser as promql

from tests.support.documents import document
from tests.support.expressions import metric_names

Rule = dict[str, Any]

SEVERITIES = ("critical", "warning", "info")
LABELS = ("severity", "team", "service")
ANNOTATIONS = ("summary", "description", "value", "runbook_url", "dashboard_url")
HEADINGS = ["Meaning", "Impact", "Diagnose", "Mitigate"]


@dataclass(frozen=True)
class Moment:
    """What one promtool test case expects of an alert at one time.

    Attributes:
        at: time since the case's beginning.
        expected: alerts that fire then: `exp_labels`, `exp_annotations`.
    """

    at: timedelta
    expected: Sequence[dict[str, Any]]


Story = Sequence[Moment]


def stories(tests: Iterable[str], alert: str) -> list[Story]:
    """What each test case expects of an alert, in the order of time.

    Args:
        tests: contents of promtool test files.
        alert: its name.
    """
    found: list[Story] = []
    for text in tests:
        for case in document(text)["tests"]:
            moments = [
                Moment(_time(one["eval_time"]), one.get("exp_alerts") or [])
                for one in case.get("alert_rule_test") or []
                if one["alertname"] == alert
            ]
            if moments:
                found.append(sorted(moments, key=lambda moment: moment.at))
    return found


def _time(text: str | int) -> timedelta:
    return promql.parse_duration(str(text)) if re.search(r"[1-9]", str(text)) else timedelta()


def story_problems(rule: Rule, told: Sequence[Story]) -> Iterator[str]:
    """An alert is seen to fire, complete with labels and annotations, to stay quiet before, and to resolve."""
    firing = [one for story in told for moment in story for one in moment.expected if _is_of(rule, one)]
    if not firing:
        yield "no test makes it fire"
        return
    for one in firing:
        labels, annotations = one.get("exp_labels") or {}, one.get("exp_annotations") or {}
        yield from (f"a test expects it without the label {name}" for name in LABELS if not labels.get(name))
        yield from (f"a test expects it without {name}" for name in ANNOTATIONS if not annotations.get(name))
        for text in (*labels.values(), *annotations.values()):
            if "<no value>" in str(text):
                yield f"a test expects a text with a gap: {text}"
    if not metric_names(rule["expr"]):
        return  # it reads nothing, so it always fires
    if not any(_quiet_first(rule, story) for story in told):
        yield "no test sees it stay quiet"
    if not any(_resolves(rule, story) for story in told):
        yield "no test sees it resolve"


def _is_of(rule: Rule, expected: Mapping[str, Any]) -> bool:
    """Is this the expected alert of this rule, and not of another with its name?"""
    labels = expected.get("exp_labels") or {}
    return all(str(labels.get(name)) == value for name, value in _fixed(rule).items())


def _fixed(rule: Rule) -> dict[str, str]:
    return {name: str(value) for name, value in (rule.get("labels") or {}).items() if "{{" not in str(value)}


def _fires(rule: Rule, story: Story) -> list[bool]:
    return [any(_is_of(rule, one) for one in moment.expected) for moment in story]


def _quiet_first(rule: Rule, story: Story) -> bool:
    return not _fires(rule, story)[0]


def _resolves(rule: Rule, story: Story) -> bool:
    fires = _fires(rule, story)
    return True in fires and False in fires[fires.index(True) :]


def label_problems(rule: Rule) -> Iterator[str]:
    """Labels by which an alert finds its people. `service` may come from the series: the tests tell."""
    labels = rule.get("labels") or {}
    if labels.get("severity") not in SEVERITIES:
        yield f"its severity must be one of {', '.join(SEVERITIES)}, got '{labels.get('severity')}'"
    if not labels.get("team"):
        yield "it has no label team"


def annotation_problems(rule: Rule, dashboards: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Words and links for whoever is woken.

    Args:
        rule: the alert.
        dashboards: names of variables by uid, of the dashboards that there are.
    """
    annotations = rule.get("annotations", {})
    yield from (f"it has no annotation {name}" for name in ANNOTATIONS if not annotations.get(name))
    if "\n" in annotations.get("summary", ""):
        yield "its summary has more than one line"
    runbook = annotations.get("runbook_url", "")
    if runbook and not f"/{runbook}".endswith(f"/{rule['alert']}.md"):
        yield f"its runbook_url must end in {rule['alert']}.md, got '{runbook}'"
    if link := annotations.get("dashboard_url", ""):
        yield from _link_problems(link, dashboards)


def _link_problems(link: str, dashboards: Mapping[str, Collection[str]]) -> Iterator[str]:
    found = re.fullmatch(r"https?://[^\s?]+/d/([\w-]+)(?:\?(\S.*))?", link)
    if not found or found[1] not in dashboards:
        yield f"its dashboard_url leads to none of {', '.join(sorted(dashboards))}: '{link}'"
        return
    for part in found[2].split("&") if found[2] else []:
        key, _, value = part.partition("=")
        if key.removeprefix("var-") not in dashboards[found[1]] or not key.startswith("var-") or not value:
            yield f"its dashboard_url sets '{part}', which isn't a variable of {found[1]}"


def runbook_problems(folder: Path, alerts: Iterable[str]) -> Iterator[str]:
    """Every alert has a runbook with the four headings, and every runbook an alert."""
    names = set(alerts)
    for name in sorted(names):
        path = folder / f"{name}.md"
        if not path.is_file():
            yield f"{path.name}: isn't written"
            continue
        text = path.read_text()
        if not text.startswith(f"# {name}\n"):
            yield f"{path.name}: must begin with '# {name}'"
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        if headings != HEADINGS:
            yield f"{path.name}: its headings must be {', '.join(HEADINGS)}, got {', '.join(headings)}"
        for heading, section in zip(headings, re.split(r"^## .+$", text, flags=re.MULTILINE)[1:], strict=True):
            if not section.strip():
                yield f"{path.name}: nothing is said under {heading}"
    for path in sorted(folder.glob("*")):
        if path.stem not in names or path.suffix != ".md":
            yield f"{path.name}: there is no such alert"


def name_problems(alerts: Sequence[Rule], tests: Sequence[str]) -> Iterator[str]:
    """Alerts of one name are steps of one thing: told apart by a fixed label, and the lower step goes on firing."""
    by_name: dict[str, list[Rule]] = defaultdict(list)
    for rule in alerts:
        by_name[rule["alert"]].append(rule)
    for name, rules in by_name.items():
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name):
            yield f"{name}: a name is written LikeThis"
        if any(_fixed(one) == _fixed(other) for one, other in combinations(rules, 2)):
            yield f"{name}: two rules of this name have the same severity; give one another name"
        steps = [both for both in combinations(rules, 2) if _are_steps(*both)]
        told = stories(tests, name) if steps else []
        if not all(_fire_together(both, told) for both in steps):
            yield f"{name}: no test sees the warning fire beside the critical one"


def _are_steps(one: Rule, other: Rule) -> bool:
    """Do they tell of the same thing, as warning and as critical?"""
    labels, others = _fixed(one), _fixed(other)
    return {labels.pop("severity", ""), others.pop("severity", "")} == {"warning", "critical"} and labels == others


def _fire_together(rules: Sequence[Rule], told: Sequence[Story]) -> bool:
    return any(
        all(any(_is_of(rule, one) for one in moment.expected) for rule in rules) for story in told for moment in story
    )


def order_problems(test: str, files: Mapping[str, str]) -> Iterator[str]:
    """promtool evaluates groups in any order, unless the test says which one comes first.

    Args:
        test: content of a promtool test file.
        files: rule files by name.
    """
    case = document(test)
    order = {name: number for number, name in enumerate(case.get("group_eval_order") or [])}
    groups = [group for file in case["rule_files"] for group in document(files[file])["groups"]]
    made = {rule["record"]: group["name"] for group in groups for rule in group["rules"] if "record" in rule}
    for group in groups:
        for rule in group["rules"]:
            for name in sorted(metric_names(rule["expr"]) & made.keys()):
                source, reader = made[name], group["name"]
                if source != reader and not order.get(source, len(order)) < order.get(reader, -1):
                    yield f"group_eval_order must name '{source}' before '{reader}', which reads {name}"
