"""A team's own rule files: taken like those of the monitoring, or refused in one line that names the file."""

import json
from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
import yaml

from config.prometheus.rules import own_rules, renderer, rules
from config.prometheus.team_rules import team_rules
from config.settings.errors import SettingsError
from tests.support.program import run_program
from tests.support.rendered import settings

PROD = settings("prod")
RENDER = renderer(PROD)
OWN = own_rules(PROD)
SOME = {"redis.yml": OWN["redis.yml"]}  # enough where it doesn't matter which
GOOD = """\
groups:
  - name: shop-orders
    rules:
      - record: shop:orders:rate5m
        expr: sum(rate(orders_created_total[5m]))
      - alert: OrdersStalled
        expr: shop:orders:rate5m < << 0.1 * 2 >>
        for: 10m
        labels: {severity: critical, team: shop, service: orders}
        annotations:
          summary: "{{ $value }} orders per second"
          runbook_url: << settings.runbook_url >>/OrdersStalled.md
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a team's file; returns the folder of all teams."""

    def place(content: str | bytes = GOOD, path: str = "shop/rules/orders.yml") -> Path:
        file = tmp_path / "teams" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path / "teams"

    return place


def refused(teams: Path) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        team_rules(teams, RENDER, SOME)
    lines = str(raised.value).splitlines()
    assert lines == list(raised.value.problems)
    return lines


def test_a_teams_file_is_deployed_under_its_teams_name(write: Write) -> None:
    found = rules(PROD, write())
    assert set(found) == {*OWN, "shop-orders.yml"}
    assert {name: found[name] for name in OWN} == OWN


def test_it_is_filled_in_as_the_monitorings_own(write: Write) -> None:
    [group] = yaml.safe_load(team_rules(write(), RENDER, SOME)["shop-orders.yml"])["groups"]
    alert = group["rules"][1]
    assert alert["expr"] == "shop:orders:rate5m < 0.2"
    assert alert["annotations"]["runbook_url"] == f"{PROD.runbook_url}/OrdersStalled.md"
    assert alert["annotations"]["summary"] == "{{ $value }} orders per second"


def test_it_sees_thresholds_and_dashboards(write: Write) -> None:
    line = "rules: [{record: 'x:y', expr: << thresholds.monitoring.instance_down_seconds >>}] # << dashboard('slos') >>"
    found = team_rules(write(f"groups: [{{name: g, {line}\n}}]"), RENDER, SOME)["shop-orders.yml"]
    assert f"expr: {PROD.thresholds.monitoring.instance_down_seconds}}}" in found
    assert f"{PROD.grafana.url}/d/slos" in found


def test_without_teams_there_are_the_monitorings_own(tmp_path: Path) -> None:
    assert rules(PROD, tmp_path / "teams") == OWN


def test_a_team_may_have_tests_routes_and_files_that_are_hidden(write: Write) -> None:
    for path in (
        "shop/tests/orders.yml",
        "shop/routes.yml",
        "shop/metrics.txt",
        "shop/README.md",
        "shop/.keep",
        "shop/rules/.orders.swp",
    ):
        write("x", path)
    assert "shop-orders.yml" in team_rules(write(), RENDER, SOME)


def alert(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("groups: [", "this is no valid YAML, line 1: expected the node content, but found '<stream end>'"),
        ("groups:\n\t- a", "this is no valid YAML, line 2: found character '\\t' that cannot start any token"),
        (b"\xff\xfe", "is no text in UTF-8"),
        ("", "must hold `groups`, a list of groups of rules"),
        ("- a", "must hold `groups`"),
        ("groups: {}", "groups: input should be a valid list, got {}"),
        ("groups: [a]", "groups[0]: input should be a valid dictionary"),
        ("groups: [{rules: []}]", "groups[0].name: this setting is missing"),
        ("groups: [{name: g, rules: {}}]", "groups[0].rules: input should be a valid list, got {}"),
        ("groups: [{name: g, labels: [a], rules: []}]", "groups[0].labels: input should be a valid dictionary"),
        ("groups: [{name: g, rules: [{alert: A}]}]", "groups[0].rules[0].expr: this setting is missing"),
        ("groups: [{name: g, rules: [{expr: a}]}]", "groups[0].rules[0]: needs either `alert` or `record`"),
        (alert("<< 0.1 * 2 >>", "<< thresholds.shop.orders >>"), "has no attribute 'shop'"),
        (
            alert("<< 0.1 * 2 >>", "<<thresholds.system.cpu_percent>>"),
            "line 7: <<thresholds.system.cpu_percent>> isn't filled in; write it with spaces: << … >>",
        ),
        (alert("<< 0.1 * 2 >>", "<< settings.stack>>"), "line 7: << settings.stack>> isn't filled in"),
        (alert("<< 0.1 * 2 >>", "<< limit >>"), "its << … >> can't be filled in: 'limit' is undefined"),
        (alert("<< 0.1 * 2 >>", "<< 1 +* 2 >>"), "its << … >> can't be filled in: line 7: unexpected '*'"),
        (alert("<< 0.1 * 2 >>", "<< 1 / 0 >>"), "its << … >> can't be filled in: division by zero"),
        (alert("<< 0.1 * 2 >>", "<% if true %>1"), "its << … >> can't be filled in: line "),
        (alert("team: shop, ", ""), "alert 'OrdersStalled': its label team must be 'shop', it has none"),
        (alert("team: shop", "team: platform"), "its label team must be 'shop', got 'platform'"),
        (alert("severity: critical, ", ""), "label severity must be one of critical, warning, info, it has none"),
        (alert("severity: critical", "severity: page"), "critical, warning, info, got 'page'"),
        (
            alert("labels: {", "labels: [{").replace("orders}", "orders}]"),
            "groups[0].rules[1].labels: input should be a valid dictionary",
        ),
        (alert("alert: OrdersStalled", "alert: RedisDown"), "alert 'RedisDown' is used by the monitoring itself"),
        (GOOD + GOOD.removeprefix("groups:\n"), "group 'shop-orders' is there twice; choose another name"),
        (alert("alert: OrdersStalled", "record: a:b"), "`annotations` belong to alerts; this rule records a series"),
        (alert("expr: sum", "alert: A\n        expr: sum"), "groups[0].rules[0]: needs either `alert` or `record`"),
        (
            alert("orders}", "orders, x: [1]}"),
            "groups[0].rules[1].labels: x must be one value, not a list or a mapping",
        ),
        (
            alert("name: shop-orders", "name: shop-orders\n    source_tenants: [a]"),
            "groups[0].source_tenants: there is no such setting; known here: interval, labels, limit, name,",
        ),
        (
            alert("name: shop-orders", "name: x\n    limit: -1"),
            "groups[0].limit: input should be greater than or equal",
        ),
        (alert("for: 10m", "for: 10"), "groups[0].rules[1].for: is no duration, got 10"),
        (alert("for: 10m", "for: 5m1h"), 'is no duration, got "5m1h"; for example "10m"'),
        (alert("for: 10m", "for: ten"), 'groups[0].rules[1].for: is no duration, got "ten"; for example "10m"'),
        (
            alert("for: 10m", "fore: 10m"),
            "fore: there is no such setting; known here: alert, annotations, expr, for, keep_firing_for",
        ),
    ],
)
def test_a_bad_file_is_refused_in_one_line(content: str | bytes, words: str, write: Write) -> None:
    [line] = refused(write(content))
    assert line.startswith("teams/shop/rules/orders.yml: ")
    assert words in line


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("shop/rules/orders.yaml", "call it <name>.yml"),
        ("shop/rules/Orders.yml", "call it <name>.yml"),
        ("shop/rules/orders.yml/x", "can't be read: Is a directory"),
        ("Shop/rules/orders.yml", "'Shop' can't be a team's name"),
        ("shop/rule/orders.yml", "isn't read; a team's folder holds rules, tests, metrics.txt, routes.yml, README.md"),
        ("shop/orders.yml", "isn't read"),
    ],
)
def test_a_file_in_the_wrong_place_is_not_overlooked(path: str, words: str, write: Write) -> None:
    [line] = refused(write(path=path))
    assert words in line


def test_names_are_used_once_among_teams(write: Write) -> None:
    write(path="shop/rules/orders.yml")
    write(GOOD.replace("team: shop", "team: stock"), "stock/rules/orders.yml")
    assert refused(write()) == [
        f"teams/stock/rules/orders.yml: {what} is used by teams/shop/rules/orders.yml; choose another name"
        for what in ("recorded series 'shop:orders:rate5m'", "alert 'OrdersStalled'")
    ]


def orders(*labels: str, group: str = "", team: str = "team: shop") -> str:
    return f"""
groups:
  - name: redis  # as the monitoring calls one of its own: another file, another group
    query_offset: 1m
    {group}
    rules:
      - alert: OrdersStalled
        expr: sum(rate(orders_created_total[5m])) == 0
        keep_firing_for: 5m
        labels: {labels[0] if labels else f"{{severity: warning, {team}}}"}
        annotations: {{summary: Nobody orders}}
"""


@pytest.mark.parametrize(
    "content",
    [
        orders(),
        orders("{severity: warning}", group="labels: {team: shop}"),
        orders("", group="labels: {team: shop, severity: info}"),
        orders("&warn {severity: warning, team: shop}") + """
      - alert: PaymentsStalled
        expr: sum(rate(payments_total[5m])) == 0
        labels:
          <<: *warn
          area: payments
""",
        orders() + "      - record: shop:orders:rate5m\n        expr: sum(up)\n        labels:\n        annotations:\n",
        orders() + "  - name: later\n    labels:\n    rules:\n",
        orders() + "  - name: none\n",
    ],
    ids=["own labels", "group's labels", "no labels of its own", "merge key", "null labels", "null rules", "no rules"],
)  # fmt: skip
def test_what_prometheus_takes_is_taken(content: str, write: Write) -> None:
    assert team_rules(write(content), RENDER, SOME)["shop-orders.yml"] == content


@pytest.mark.parametrize(
    "text",
    [
        "Ask in <#C0123ABCD|shop-oncall>, <@U0123> or <!here>.",
        "cat <<EOF >> /tmp/x; cat << EOF >> /tmp/y; cat <<-'END'; bash <<< \"$x\"",
        "a <# b #> c, 1 << 2, x <<y>> z <<>>",
        "<<: *labels",
        '{{ printf "<%.1f %>" 1.0 }} and {{ printf "<% d" 2 }} <%>',
    ],
)
def test_marks_are_ours_alone(text: str, write: Write) -> None:
    content = orders().replace("Nobody orders", json.dumps(text)) + '# << 1 + 1 >> << "<<" >>\n'
    found = team_rules(write(content), RENDER, SOME)["shop-orders.yml"]
    assert yaml.safe_load(found)["groups"][0]["rules"][0]["annotations"]["summary"] == text
    assert found.endswith("# 2 <<\n")


def test_a_groups_labels_count_as_each_rules(write: Write) -> None:
    [line] = refused(write(orders("{severity: warning}", group="labels: {team: stock}")))
    assert "its label team must be 'shop', got 'stock'" in line
    [line] = refused(write(orders("{severity: page, team: shop}", group="labels: {severity: info}")))
    assert "got 'page'" in line


def test_a_rendered_name_is_used_once(write: Write) -> None:
    write("groups: [{name: a, rules: []}]", "shop/rules/eu-orders.yml")
    teams = write("groups: [{name: b, rules: []}]", "shop-eu/rules/orders.yml")
    assert any("rule file 'shop-eu-orders.yml' is used by" in line for line in refused(teams))


def test_every_problem_is_said_at_once(write: Write) -> None:
    write("groups: [", "shop/rules/one.yml")
    lines = refused(write("", "stock/rules/two.yml"))
    assert [line.split(":")[0] for line in lines] == ["teams/shop/rules/one.yml", "teams/stock/rules/two.yml"]


def test_expressions_and_templates_are_left_to_prometheus_and_to_the_rules_own_tests(write: Write) -> None:
    """No promtool during a deployment: not everybody has one. `make rules` runs it on all that is rendered."""
    broken = alert("shop:orders:rate5m <", "sum( <").replace("{{ $value }}", "{{ $valu }}")
    assert "shop-orders.yml" in team_rules(write(broken), RENDER, SOME)


def test_everything_that_prometheus_knows_may_be_in_a_file(write: Write) -> None:
    write(
        """
groups:
  - {name: a, interval: 1m30s, limit: 5, query_offset: 500ms, labels: {x: 1}, rules: [{record: "a:b", expr: 1}]}
  - name: b
    rules:
      - {alert: A, expr: up == 0, for: 0, keep_firing_for: 1h5m, labels: {team: shop, severity: info}, annotations: {}}
""".replace("for: 0,", 'for: "0",')
    )
    assert "shop-orders.yml" in team_rules(write(path="shop/rules/others.yml"), RENDER, SOME)


def test_the_program_stops_before_anything_is_made(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.prometheus.rules.rules.__defaults__", (write("groups: ["),))
    with pytest.raises(pulumi.RunError, match=r"^teams/shop/rules/orders.yml: this is no valid YAML"):
        run_program("prod")
