"""What the mutator changes, rule by rule and expression by expression."""

from datetime import timedelta
from typing import Any

import promql_parser as promql
import pytest

from tools.mutation.expression import expression_mutants, printed
from tools.mutation.mutants import mutants

QUARTER = timedelta(seconds=15)


def changes(expression: str) -> dict[str, str]:
    """What was changed, without where -> the mutant in one line."""
    return {
        change.split(" in `")[0]: " ".join(text.split()).replace("(", "").replace(")", "")
        for change, text in expression_mutants(expression)
    }


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a > b", {"> to <": "a < b", "> to >=": "a >= b"}),
        ("a <= b", {"<= to >=": "a >= b", "<= to <": "a < b"}),
        ("a == b", {"== to !=": "a != b"}),
        ("a != b", {"!= to ==": "a == b"}),
        ("a and b", {"and to or": "a or b"}),
        ("a or on (x) b", {"or to and": "a and on x b"}),
        ("a unless ignoring (x) b", {"unless to and": "a and ignoring x b"}),
        ("sum by (x) (a)", {"grouping dropped": "suma"}),
        ("topk by (x) (3, a)", {"grouping dropped": "topk3, a"}),
        ('a{b="1", c!~"2|3"} offset 5m', {'b="1" dropped': 'a{c!~"2|3"} offset 5m',
                                          'c!~"2|3" dropped': 'a{b="1"} offset 5m'}),
        ('a{b="\\"\\\\"}[5m] offset -1m', {'b="\\"\\\\" dropped': "a[5m] offset -1m"}),
        ("rate(a[5m]) + 3", {}),
        ("vector(1)", {}),
        ('{__name__="a"}', {}),
    ],
)  # fmt: skip
def test_operators_groupings_and_matchers(expression: str, expected: dict[str, str]) -> None:
    assert changes(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a > 85", {"85 to 85 * 1.1", "85 to 85 * 0.9"}),
        ("a > 0.05", {"0.05 to 0.05 * 1.1", "0.05 to 0.05 * 0.9"}),
        ("a > 3", {"3 to 4", "3 to 2"}),
        ("a > 0", {"0 to 1"}),
        ("-1 < a", {"-1 to 0", "-1 to -2"}),
        ("a > 15 * 60", {"15 * 60 to 15 * 60 * 1.1", "15 * 60 to 15 * 60 * 0.9"}),
        ("100 * a / b > c", {"100 to 100 * 1.1", "100 to 100 * 0.9"}),
        ("a - (b + 20) > c", {"20 to 20 * 1.1", "20 to 20 * 0.9"}),
        ("time() - a > c", set()),
        ("clamp_max(a, 5) > c", set()),
        ("histogram_quantile(0.5, a)", {"0.5 to 0.5 * 1.1", "0.5 to 0.5 * 0.9"}),
        ("predict_linear(a[1h], 60 * 60)", {"60 * 60 to 60 * 60 * 1.1", "60 * 60 to 60 * 60 * 0.9"}),
        ("quantile(0.5, a)", {"0.5 to 0.5 * 1.1", "0.5 to 0.5 * 0.9"}),
    ],
)
def test_numbers_that_decide(expression: str, expected: set[str]) -> None:
    numbers = {change for change in changes(expression) if change[0].isdigit() or change[0] == "-"}
    assert numbers == expected


def test_only_one_thing_is_changed_at_a_time() -> None:
    found = [" ".join(text.split()) for _, text in expression_mutants("(a > 85 and b > 0) or a > 85")]
    assert "(a > ((85) * 1.1) and b > 0) or a > 85" in found
    assert "(a > 85 and b > 0) or a > ((85) * 1.1)" in found
    assert len(found) == len(set(found))


def test_a_change_keeps_what_binds_how_strongly() -> None:
    [mutant] = [text for change, text in expression_mutants("a or b and c") if change.startswith("and to or")]
    assert " ".join(mutant.split()) == "a or ((b) or (c))"


def test_every_mutant_is_promql_and_differs() -> None:
    expression = (
        'histogram_quantile(0.95, sum by (le, service) (rate(d_bucket{job="api"}[5m]))) > bool 2 '
        "unless on (service) a * on (b) group_left (c) d == 1 and predict_linear(x[6h:1m] @ end(), 3600) < 0"
    )
    found = [text for _, text in expression_mutants(expression)]
    assert len(found) > 15
    for text in found:
        assert promql.parse(text)
        assert text != printed(expression)


def test_what_is_not_promql_is_refused() -> None:
    with pytest.raises(ValueError, match="promql"):
        list(expression_mutants("a >"))


def alert(**more: Any) -> dict[str, Any]:
    return {"alert": "A", "expr": "a", "labels": {}, **more}


def changed(rule: dict[str, Any], key: str) -> dict[str, Any]:
    """What was changed -> the value that results."""
    return {mutant.change: mutant.rule.get(key) for mutant in mutants(rule, QUARTER) if mutant.change.startswith(key)}


@pytest.mark.parametrize("key", ["for", "keep_firing_for"])
def test_durations(key: str) -> None:
    assert changed(alert(**{key: "5m"}), key) == {
        f"{key}: removed": None,
        f"{key}: 5m to 4m": "4m",
        f"{key}: 5m to 6m": "6m",
    }
    assert changed(alert(**{key: "60s"}), key) == {f"{key}: removed": None, f"{key}: 60s to 2m": "2m"}
    assert changed(alert(), key) == {f"{key}: none to 1m": "1m"}


def test_labels() -> None:
    rule = alert(labels={"severity": "critical", "team": "platform", "service": "{{ $labels.name }}"})
    assert changed(rule, "labels") == {
        "labels: severity changed": {**rule["labels"], "severity": "warning"},
        "labels: team changed": {**rule["labels"], "team": "platform-changed"},
        "labels: service changed": {**rule["labels"], "service": "{{ $labels.name }}-changed"},
    }


def test_of_a_recording_rule_only_the_expression() -> None:
    rule = {"record": "a:b", "expr": "b > 0", "labels": {"severity": "critical"}}
    assert {mutant.change.split(":")[0] for mutant in mutants(rule, QUARTER)} == {"expr"}


def test_the_rule_itself_is_left_alone() -> None:
    rule = alert(**{"for": "5m", "labels": {"severity": "info"}})
    before = repr(rule)
    list(mutants(rule, QUARTER))
    assert repr(rule) == before
