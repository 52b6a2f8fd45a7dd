"""The checks on alerts, tried on alerts that lack something."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.proof import (
    annotation_problems,
    label_problems,
    name_problems,
    order_problems,
    runbook_problems,
    stories,
    story_problems,
)

WORDS = {
    "summary": "85 % full",
    "description": "The disk is full.",
    "value": "85 %",
    "runbook_url": "docs/runbooks/DiskFull.md",
    "dashboard_url": "https://grafana.example.com/d/hosts?var-host={{ $labels.host }}",
}
EXPECTED = {"exp_labels": {"severity": "warning", "team": "platform", "service": "host"}, "exp_annotations": WORDS}
CRITICAL = {**EXPECTED, "exp_labels": {**EXPECTED["exp_labels"], "severity": "critical"}}
DASHBOARDS = {"hosts": {"host"}, "overview": set[str]()}


def rule(severity: str = "warning", expr: str = "a > 85", **labels: str) -> dict[str, Any]:
    return {
        "alert": "DiskFull",
        "expr": expr,
        "labels": {"severity": severity, "team": "platform", "service": "{{ $labels.name }}", **labels},
        "annotations": dict(WORDS),
    }


def promtool_file(*cases: list[tuple[str, list[dict[str, Any]]]]) -> str:
    """A promtool test file; each case lists times and what fires then."""
    return yaml.safe_dump(
        {
            "rule_files": ["rules.yml"],
            "tests": [
                {
                    "alert_rule_test": [
                        {"eval_time": at, "alertname": "DiskFull", "exp_alerts": firing} for at, firing in case
                    ]
                }
                for case in cases
            ],
        }
    )


def story(*cases: list[tuple[str, list[dict[str, Any]]]], of: dict[str, Any] | None = None) -> list[str]:
    return list(story_problems(of or rule(), stories([promtool_file(*cases)], "DiskFull")))


def test_a_whole_story_is_enough() -> None:
    assert story([("1m", []), ("2m", [EXPECTED]), ("3m", [])]) == []


def test_moments_count_in_the_order_of_time_not_of_writing() -> None:
    assert story([("10m", [EXPECTED]), ("1h", []), ("0m", [])]) == []
    assert story([("1h", [EXPECTED]), ("10m", []), ("0m", [])]) == ["no test sees it resolve"]


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        ([], "no test makes it fire"),
        ([[("1m", []), ("2m", [])]], "no test makes it fire"),
        ([[("1m", []), ("2m", [CRITICAL]), ("3m", [])]], "no test makes it fire"),
        ([[("1m", [EXPECTED]), ("2m", [])]], "no test sees it stay quiet"),
        ([[("1m", []), ("2m", [EXPECTED])]], "no test sees it resolve"),
        ([[("1m", [])], [("1m", [EXPECTED])]], "no test sees it resolve"),
        ([[("1m", []), ("2m", [EXPECTED]), ("3m", [EXPECTED])]], "no test sees it resolve"),
    ],
)
def test_a_story_with_a_gap(cases: list[list[tuple[str, list[dict[str, Any]]]]], problem: str) -> None:
    assert story(*cases) == [problem]


def test_the_resolved_alert_may_be_replaced_by_a_higher_one() -> None:
    assert story([("1m", []), ("2m", [EXPECTED]), ("3m", [CRITICAL])]) == []


def test_labels_and_words_must_be_expected_in_full() -> None:
    bare = {"exp_labels": {"severity": "warning", "team": "platform"}, "exp_annotations": {**WORDS, "value": ""}}
    assert story([("1m", []), ("2m", [bare]), ("3m", [])]) == [
        "a test expects it without the label service",
        "a test expects it without value",
    ]
    gap = {**EXPECTED, "exp_annotations": {**WORDS, "summary": "<no value> is full"}}
    assert story([("1m", []), ("2m", [gap]), ("3m", [])]) == ["a test expects a text with a gap: <no value> is full"]


def test_an_alert_that_always_fires_needs_no_end() -> None:
    assert story([("0m", [EXPECTED])], of=rule(expr="vector(1)")) == []


def test_rules_of_one_name_and_severity_are_told_apart_by_another_label() -> None:
    short = {**EXPECTED, "exp_labels": {**EXPECTED["exp_labels"], "window": "1h"}}
    told = [("1m", list[Any]()), ("2m", [short]), ("3m", list[Any]())]
    assert story(told, of=rule(window="1h")) == []
    assert story(told, of=rule(window="6h")) == ["no test makes it fire"]


def test_labels_of_the_rule() -> None:
    assert list(label_problems(rule())) == []
    assert list(label_problems({"alert": "A", "expr": "a"})) == [
        "its severity must be one of critical, warning, info, got 'None'",
        "it has no label team",
    ]


@pytest.mark.parametrize("name", WORDS)
def test_every_annotation_is_needed(name: str) -> None:
    without = rule()
    del without["annotations"][name]
    assert list(annotation_problems(without, DASHBOARDS)) == [f"it has no annotation {name}"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("summary", "two\nlines", "its summary has more than one line"),
        ("runbook_url", "docs/runbooks/Other.md", "its runbook_url must end in DiskFull.md, got 'docs/runbooks/Other"),
        ("runbook_url", "docs/runbooks/OtherDiskFull.md", "its runbook_url must end in DiskFull.md"),
        ("dashboard_url", "https://x/d/nope", "its dashboard_url leads to none of hosts, overview: 'https://x/d/nope'"),
        ("dashboard_url", "/d/hosts", "its dashboard_url leads to none of"),
        ("dashboard_url", "https://x/d/hosts?var-service=a", "sets 'var-service=a', which isn't a variable of hosts"),
        ("dashboard_url", "https://x/d/hosts?host=a", "sets 'host=a', which isn't a variable of hosts"),
        ("dashboard_url", "https://x/d/hosts?var-host=", "sets 'var-host=', which isn't a variable of hosts"),
    ],
)
def test_links_and_words(name: str, text: str, problem: str) -> None:
    wrong = rule()
    wrong["annotations"][name] = text
    [line] = annotation_problems(wrong, DASHBOARDS)
    assert problem in line


def test_good_links() -> None:
    for link in ("https://x/d/overview", "http://x:1/d/hosts?var-host={{ $labels.host }}"):
        good = rule()
        good["annotations"]["dashboard_url"] = link
        assert list(annotation_problems(good, DASHBOARDS)) == []


RUNBOOK = "# DiskFull\n\n## Meaning\n\na\n\n## Impact\n\nb\n\n## Diagnose\n\nc\n\n## Mitigate\n\nd\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (RUNBOOK, None),
        (None, "DiskFull.md: isn't written"),
        (RUNBOOK.replace("# DiskFull", "# Disk full", 1), "DiskFull.md: must begin with '# DiskFull'"),
        (
            RUNBOOK.replace("## Impact\n\nb\n\n", ""),
            "its headings must be Meaning, Impact, Diagnose, Mitigate, got Mea",
        ),
        (RUNBOOK + "## More\n\ne\n", "got Meaning, Impact, Diagnose, Mitigate, More"),
        (RUNBOOK.replace("b\n\n", ""), "DiskFull.md: nothing is said under Impact"),
    ],
)
def test_runbooks(text: str | None, problem: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "DiskFull.md").write_text(text)
    found = list(runbook_problems(tmp_path, ["DiskFull", "DiskFull"]))
    assert len(found) == (problem is not None)
    assert all(str(problem) in line for line in found)


def test_a_runbook_without_an_alert(tmp_path: Path) -> None:
    (tmp_path / "DiskFull.md").write_text(RUNBOOK)
    (tmp_path / "Gone.md").write_text(RUNBOOK)
    assert list(runbook_problems(tmp_path, ["DiskFull"])) == ["Gone.md: there is no such alert"]


def test_names() -> None:
    both = promtool_file([("1m", [EXPECTED, CRITICAL])])
    one_by_one = promtool_file([("1m", [EXPECTED]), ("2m", [CRITICAL])])
    pair = [rule("warning"), rule("critical")]
    assert list(name_problems(pair, [both])) == []
    assert list(name_problems(pair, [one_by_one])) == [
        "DiskFull: no test sees the warning fire beside the critical one"
    ]
    assert list(name_problems([rule(), rule()], [])) == [
        "DiskFull: two rules of this name have the same severity; give one another name"
    ]
    assert list(name_problems([rule(window="1h"), rule(window="6h")], [])) == []
    # another window is another thing, which need not fire at the same time
    assert list(name_problems([rule("warning", window="1d"), rule("critical", window="1h")], [])) == []
    assert list(name_problems([{**rule(), "alert": "disk_full"}], [])) == ["disk_full: a name is written LikeThis"]


GROUPS = {
    "a.yml": """
groups:
  - {name: first, rules: [{record: "x:y", expr: x}]}
  - {name: second, rules: [{record: "z:z", expr: "x:y"}, {alert: A, expr: "z:z > 1"}]}
""",
    "b.yml": 'groups: [{name: third, rules: [{alert: B, expr: "x:y > 1"}]}]',
}


@pytest.mark.parametrize(
    ("files", "order", "problems"),
    [
        (["a.yml"], ["first", "second"], []),
        (["a.yml"], None, ["group_eval_order must name 'first' before 'second', which reads x:y"]),
        (["a.yml"], ["second", "first"], ["group_eval_order must name 'first' before 'second', which reads x:y"]),
        (["a.yml"], ["first"], ["group_eval_order must name 'first' before 'second', which reads x:y"]),
        (["b.yml"], None, []),
        (
            ["a.yml", "b.yml"],
            ["first", "second"],
            ["group_eval_order must name 'first' before 'third', which reads x:y"],
        ),
    ],
)
def test_the_order_of_groups(files: list[str], order: list[str] | None, problems: list[str]) -> None:
    test = yaml.safe_dump({"rule_files": files, "group_eval_order": order, "tests": []})
    assert list(order_problems(test, GROUPS)) == problems
