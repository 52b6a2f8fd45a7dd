"""Words for differences: expressions, routes, containers."""

from typing import Any

import pytest

from delivery.compare import code, compare, expression_change
from delivery.content import Content
from delivery.routing import destinations, mentioned, taken

ROUTE = {
    "receiver": "all",
    "repeat_interval": "4h",
    "routes": [
        {"receiver": "page", "matchers": ['severity="critical"'], "continue": True},
        {"receiver": "shop", "matchers": ['team=~"shop|till"'], "routes": [{"matchers": ['severity!~"info|debug"']}]},
    ],
}


def told(labels: dict[str, str]) -> list[str]:
    return [route["receiver"] for route in taken(ROUTE, labels)]


def test_routes_are_taken_as_alertmanager_does() -> None:
    assert told({}) == ["all"]
    assert told({"severity": "critical"}) == ["page"]
    assert told({"severity": "critical", "team": "till"}) == ["page", "shop"]
    assert told({"severity": "info", "team": "shop"}) == ["shop"]
    assert taken(ROUTE, {"team": "shop"})[0]["repeat_interval"] == "4h"
    assert {"team": "till"} in list(mentioned(ROUTE))


def test_a_receiver_is_told_by_addresses_never_by_what_may_be_secret() -> None:
    receiver = {
        "name": "x",
        "slack_configs": [{"api_url": "https://hooks.slack.com/services/canary", "channel": "#a"}],
        "webhook_configs": [{"url": "https://example.com/?token=canary", "send_resolved": False}],
    }
    assert destinations(receiver) == ["Slack #a", "webhook, without the end of an alert"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("rate(x[5m]) > 80", "rate(x[5m]) > 90", "`> 80` → `> 90`"),
        ("rate(x[5m]) > 80", "rate(x[10m]) > 80", "`5m` → `10m`"),
        ("x  >\n 1", "x > 1", "spelt differently, the same expression"),
        ("x > 1", "y > 1", "`x > 1` → `y > 1`"),
        ('x{a="b"} > 1', 'x{a="c"} > 1', '`="b"` → `="c"`'),
    ],
)
def test_an_expression_is_told_by_what_changed_in_it(before: str, after: str, expected: str) -> None:
    assert expression_change(before, after) == expected


def test_code_is_quoted_whatever_is_in_it() -> None:
    assert code("a`b") == "``a`b``"
    assert code("a\n b") == "`a b`"
    assert len(code("x" * 5000)) < 400


def container(**inputs: object) -> Content:
    option = {"protect": False, "retain": False, "replace_with": []}
    return Content(containers={"app": {"name": "s-app", **inputs}}, options={"app": option})


def test_a_container_says_how_it_changes_and_no_value_that_may_be_a_secret() -> None:
    base = container(envs=["PASSWORD=old-canary", "MODE=a"], memory=64, command=["--token=canary-1"])
    [(_, lines)] = compare(base, container(envs=["PASSWORD=new-canary", "MODE=a"], memory=64, command=["--token=2"]))
    assert lines == ["replaced: container `app`: command: --token; envs: PASSWORD"]
    [(_, lines)] = compare(base, container(**{**base.containers["app"], "memory": 128}))
    assert lines == ["changed in place: container `app`: memory `64` → `128`"]


def rules(*alerts: dict[str, Any]) -> Content:
    content = Content(alertmanager={"route": ROUTE, "receivers": [{"name": "all"}, {"name": "page"}]})
    for alert in alerts:
        content.rules.setdefault(str(alert["alert"]), []).append(alert)
    return content


def test_an_alert_that_is_inserted_before_its_namesake_is_new_and_the_other_unchanged() -> None:
    one: dict[str, Any] = {"alert": "A", "expr": "x > 1", "labels": {"severity": "warning"}}
    two: dict[str, Any] = {"alert": "A", "expr": "y > 1", "labels": {"severity": "warning"}, "for": "5m"}
    [(title, lines)] = compare(rules(one), rules(two, one))
    assert (title, lines) == ("Alerts", ["added: `A` (warning): `y > 1`, for `5m`"])


def test_another_severity_tells_somebody_else() -> None:
    one: dict[str, Any] = {"alert": "A", "expr": "x > 1", "labels": {"severity": "warning"}}
    sections = dict(compare(rules(one), rules({**one, "labels": {"severity": "critical"}})))
    assert sections["Alerts"] == ["changed: `A` (warning): severity `warning` → `critical`"]
    assert "told `nobody (page)` instead of `nobody (all)`: `A` (critical)" in sections["Who is told"]
