"""Receivers and routes that a team drops in: merged, kept to the team's own alerts, and wrong ones named by file."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.notifications import NotificationSettings
from config.settings.teams import TEAMS
from tests.support.program import raw, stack_config

STACK: dict[str, Any] = {
    "slack": {},
    "receivers": {"search": {"slack": "#search"}},
    "muteTimes": {"nights": {"times": ["22:00-24:00"]}},
    "routes": [{"receiver": "search", "match": {"team": "search"}}],
}


def drop(folder: Path, **files: str) -> Path:
    """A folder of teams, each with a file."""
    for team, text in files.items():
        (folder / team).mkdir(parents=True)
        (folder / team / "routes.yml").write_text(text)
    return folder


def loaded(teams: Path, notifications: dict[str, Any] | None = None) -> NotificationSettings:
    return parse("prod", {"notifications": raw(notifications or STACK)}, teams=teams).notifications


def test_a_teams_receivers_and_routes_are_added_after_the_stacks(tmp_path: Path) -> None:
    teams = drop(
        tmp_path / "teams",
        shop='{receivers: {shop: {slack: "#shop"}}, routes: [{receiver: shop}]}',
        billing="{muteTimes: {lunch: {times: ['12:00-13:00']}}, routes:"
        " [{receiver: search, match: {service: till}, severities: [info], mute: [lunch, nights]}]}",
    )
    found = loaded(teams)
    assert list(found.receivers) == ["search", "shop"]
    assert [(route.receiver, dict(route.match)) for route in found.routes] == [
        ("search", {"team": ("search",)}),
        ("search", {"team": ("billing",), "service": ("till",)}),
        ("shop", {"team": ("shop",)}),
    ]
    assert set(found.mute_times) == {"nights", "lunch"}


def test_no_team_no_change(tmp_path: Path) -> None:
    assert loaded(tmp_path) == loaded(tmp_path / "missing")
    assert loaded(drop(tmp_path / "teams", shop="# nothing yet\n")) == loaded(tmp_path)


def test_what_a_stack_doesnt_have_is_left_out_of_it(tmp_path: Path) -> None:
    teams = drop(
        tmp_path / "teams",
        shop='{receivers: {both: {slack: "#shop", email: [a@example.com]}, mail: {email: [b@example.com]}},'
        " routes: [{receiver: both, severities: [critical]}, {receiver: mail, severities: [warning]}]}",
    )
    found = loaded(teams)
    assert set(found.receivers) == {"search", "both"}
    assert (found.receivers["both"].email, found.receivers["both"].slack) == ((), "#shop")
    # its warnings go where warnings go
    assert [route.receiver for route in found.routes] == ["search", "both"]


# the file, what the line says after the file's name, and besides
WRONG = [
    ("receivers: [", "this is no valid YAML, line 1", ""),
    ("routes:\n  - receiver: shop\n - x", "this is no valid YAML, line 3", ""),
    ("- a\n- b\n", "must hold receivers, routes or muteTimes", ""),
    ("a word", "must hold receivers, routes or muteTimes", ""),
    ("route: []", "route: there is no such setting", "known here: muteTimes, receivers, routes"),
    (
        "routes: [{receiver: search, match: {team: search}}]",
        "routes[0].match.team: a team's routes take its own",
        "shop",
    ),
    ("routes: [{receiver: shp}]", "routes[0].receiver: there is no receiver 'shp'", "critical, warning, info, search"),
    (
        "routes: [{receiver: search, severities: [info], mute: [x]}]",
        "routes[0].mute: there is no mute time 'x'",
        "nights",
    ),
    ("routes: [{receiver: search, mute: [nights]}]", "routes[0].mute: critical alerts would reach nobody", "continue"),
    ("routes: [{receiver: search, severities: [fatal]}]", "routes[0].severities[0]: ", "critical"),
    ('receivers: {search: {slack: "#x"}}', "receivers.search: this name is used by the stack or another team", ""),
    ("receivers: {critical: {slack: '#x'}}", "receivers.critical: this name belongs to the monitoring", ""),
    ("receivers: {x: {}}", "receivers.x: it would tell nobody", ""),
    ("receivers: {x: {slack: shop}}", "receivers.x.slack: ", "#"),
    ("muteTimes: {nights: {times: ['01:00-02:00']}}", "muteTimes.nights: this name is used", ""),
    ("muteTimes: {mine: {times: [22:00]}}", "muteTimes.mine.times[0]: ", "string"),
    ("{2026-01-01: x}", "this can't be read as JSON", "keys"),
    ("routes: &a [*a]", "this can't be read as JSON", "Circular"),
    ("muteTimes: {mine: {months: [2026-01-01]}}", "muteTimes.mine.months[0]: there is no '2026'", "january"),
]


@pytest.mark.parametrize(("text", "begins", "says"), WRONG)
def test_what_is_wrong_names_the_file(text: str, begins: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(drop(tmp_path / "teams", shop=text))
    [line] = [line for line in caught.value.problems if line.startswith(f"teams/shop/routes.yml: {begins}")] or [""]
    assert line, caught.value.problems
    assert says in line
    assert "\n" not in line


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    teams = drop(tmp_path / "teams", shop="")
    (teams / "shop" / "routes.yml").write_bytes(b"routes: \xff\xfe")
    with pytest.raises(SettingsError, match=r"^teams/shop/routes.yml: this is no valid YAML"):
        loaded(teams)


def test_a_folder_that_can_be_no_label_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^teams/Shop Team/routes.yml: 'Shop Team' can't be a team's name"):
        loaded(drop(tmp_path / "teams", **{"Shop Team": "routes: []"}))


def test_the_problems_of_all_teams_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(drop(tmp_path / "teams", a="x: 1", b="routes: [{receiver: no}]"))
    assert [line.split(":")[0] for line in caught.value.problems] == ["teams/a/routes.yml", "teams/b/routes.yml"]


def test_two_teams_cant_share_a_name(tmp_path: Path) -> None:
    same = '{receivers: {hook: {slack: "#x"}}}'
    with pytest.raises(SettingsError, match=r"^teams/b/routes.yml: receivers.hook: this name is used"):
        loaded(drop(tmp_path / "teams", a=same, b=same))


def examples() -> list[Any]:
    """What the operator's handbook shows."""
    text = (TEAMS.parent / "docs" / "operations.md").read_text()
    section = text.partition("## Who is told")[2].partition("\n## ")[0]
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)]


def test_the_examples_of_the_handbook_are_right(tmp_path: Path) -> None:
    stack, team = examples()
    shown = stack["autonomica-monitoring:notifications"]
    prod = stack_config("prod")["notifications"]
    found = loaded(drop(tmp_path / "teams", shop=yaml.safe_dump(team)), {**prod, **shown})
    assert set(found.receivers) == {*shown["receivers"], *team["receivers"]}
    assert len(found.routes) == len(shown["routes"]) + len(team["routes"])
    assert {"webhookUrl-billing", "webhookToken-billing"} <= found.secret_keys


def test_teams_are_looked_for_in_the_checkout() -> None:
    assert (TEAMS.parent / "Pulumi.yaml").is_file()
    assert TEAMS.name == "teams"


def test_a_channel_may_be_an_id_where_a_bot_posts(tmp_path: Path) -> None:
    teams = drop(tmp_path / "teams", shop="{receivers: {shop: {slack: C0123ABCDEF}}, routes: [{receiver: shop}]}")
    assert loaded(teams, {"slack": {"token": True}}).receivers["shop"].slack == "C0123ABCDEF"
    assert loaded(teams, {"webhook": {"url": "https://x.example"}}).receivers == {}
    with pytest.raises(SettingsError, match=r"^teams/shop/routes\.yml: receivers\.shop\.slack: only a bot can post"):
        loaded(teams, {"slack": {}})
