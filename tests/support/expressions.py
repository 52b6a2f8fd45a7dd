"""What a PromQL expression reads."""

import re
from collections.abc import Iterable
from functools import cache

import promql_parser as promql

ALERTS = ("ALERTS", "ALERTS_FOR_STATE")  # series that Prometheus itself makes of alerts


def metric_names(expression: str) -> frozenset[str]:
    """Names of all series that an expression selects.

    Raises:
        ValueError: the text isn't PromQL, or it selects series by something else than one name.
    """
    return frozenset(_one_name(selector) for selector in _selectors(expression))


def reads(expression: str, series: Iterable[str]) -> bool:
    """Does an expression select any series with one of these names?

    Raises:
        ValueError: the text isn't PromQL.
    """
    patterns = [pattern for selector in _selectors(expression) for pattern in _patterns(selector)]
    return any(pattern.fullmatch(name) for name in series for pattern in patterns)


def reads_alert(expression: str, alert: str) -> bool:
    """Does an expression select the series that Prometheus makes of an alert with this name?

    Raises:
        ValueError: the text isn't PromQL.
    """
    return any(
        pattern.fullmatch(series) and _takes_alert(selector, alert)
        for selector in _selectors(expression)
        for pattern in _patterns(selector)
        for series in ALERTS
    )


def _takes_alert(selector: promql.VectorSelector, alert: str) -> bool:
    for matcher in selector.matchers.matchers:
        if matcher.name == "alertname" and not _takes(matcher, alert):
            return False
    return True


def _takes(matcher: promql.Matcher, value: str) -> bool:
    if matcher.op in (promql.MatchOp.Equal, promql.MatchOp.NotEqual):
        return (matcher.value == value) is (matcher.op == promql.MatchOp.Equal)
    return bool(re.fullmatch(matcher.value, value)) is (matcher.op == promql.MatchOp.Re)


@cache
def _selectors(expression: str) -> tuple[promql.VectorSelector, ...]:
    found: list[promql.VectorSelector] = []

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(node)

    try:
        promql.walk(promql.parse(expression), pre_visit=visit)
    except ValueError as error:
        raise ValueError(f"`{' '.join(expression.split())}` isn't PromQL: {error}") from None
    return tuple(found)


def _one_name(selector: promql.VectorSelector) -> str:
    if selector.name:
        return selector.name
    for matcher in selector.matchers.matchers:
        if matcher.name == "__name__" and matcher.op == promql.MatchOp.Equal:
            return matcher.value
    raise ValueError(f"`{selector.prettify()}` names no metric; select one by its name")


def _patterns(selector: promql.VectorSelector) -> list[re.Pattern[str]]:
    """Patterns of the names that a selector takes; one that says nothing of names takes all."""
    if selector.name:
        return [re.compile(re.escape(selector.name))]
    named = [matcher for matcher in selector.matchers.matchers if matcher.name == "__name__"]
    exact = [re.compile(re.escape(one.value)) for one in named if one.op == promql.MatchOp.Equal]
    return exact or [re.compile(one.value) for one in named if one.op == promql.MatchOp.Re] or [re.compile(".*")]
