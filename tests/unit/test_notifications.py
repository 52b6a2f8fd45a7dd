"""Wrong settings of receivers, routes and times: one line each, that names thing, value and way out."""

from typing import Any

import pulumi
import pytest

from config.settings.errors import SettingsError
from config.settings.load import parse
from tests.support.program import SECRETS, raw, run_program

SLACK: dict[str, Any] = {"slack": {}}
SHOP: dict[str, Any] = {**SLACK, "receivers": {"shop": {"slack": "#shop"}}}


def window(**fields: Any) -> dict[str, Any]:
    return {**SLACK, "muteTimes": {"nights": fields}}


def routes(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**SHOP, "muteTimes": {"nights": {"times": ["22:00-24:00"]}}, "routes": list(found), **more}


def route(**fields: Any) -> dict[str, Any]:
    return routes({"receiver": "shop", "match": {"team": "shop"}, **fields})


# notifications, how the line begins, what it says besides
WRONG: list[tuple[dict[str, Any], str, str]] = [
    # nobody would be paged
    ({}, "notifications: no receiver for critical alerts", "at least one of email, slack, webhook"),
    ({"heartbeat": {}}, "notifications: no receiver for critical alerts", ""),
    ({"receivers": SHOP["receivers"]}, "notifications: no receiver for critical alerts", ""),
    ({**SLACK, "receivers": {"shop": {}}}, "notifications.receivers.shop: it would tell nobody", "webhook"),
    ({**SLACK, "receivers": {"shop": {"email": []}}}, "notifications.receivers.shop: it would tell nobody", ""),
    (route(mute=["nights"]), "notifications.routes[0].mute: critical alerts would reach nobody",
     "severities: [warning, info], or add continue: true"),
    (route(mute=["nights"], severities=["critical"]), "notifications.routes[0].mute: critical alerts would reach", ""),
    (routes({"receiver": "shop"}), "notifications.routes[0]: it would take every alert", "continue: true"),
    (routes({"receiver": "shop", "match": {}}), "notifications.routes[0]: it would take every alert", "match"),
    # channels that the stack doesn't have
    ({"slack": {}, "receivers": {"shop": {"email": ["shop@example.com"]}}},
     "notifications.receivers.shop.email: this stack has no e-mail", "notifications.email"),
    ({"webhook": {"url": "https://x.example"}, "receivers": {"shop": {"slack": "#shop"}}},
     "notifications.receivers.shop.slack: this stack has no Slack", "notifications.slack"),
    # names that lead nowhere
    (route(receiver="shp"), "notifications.routes[0].receiver: there is no receiver 'shp'", "shop"),
    (route(mute=["night"], severities=["info"]), "notifications.routes[0].mute: there is no mute time 'night'",
     "there are: nights"),
    ({**SHOP, "routes": [{"receiver": "shop", "match": {"team": "a"}, "severities": ["info"], "mute": ["x"]}]},
     "notifications.routes[0].mute: there is no mute time 'x'", "muteTimes"),
    ({"email": {"smarthost": "smtp:25", "sender": "a@example.com", "username": "y"},
      "routes": [{"receiver": "info", "match": {"team": "a"}}]},
     "notifications.routes[0].receiver: there is no receiver 'info'", "critical, warning"),
    # names that are taken
    ({**SLACK, "receivers": {"critical": {"slack": "#x"}}}, "notifications.receivers.critical: this name belongs", ""),
    ({**SLACK, "receivers": {"nobody": {"slack": "#x"}}}, "notifications.receivers.nobody: this name belongs", ""),
    ({**SLACK, "muteTimes": {"business-hours": {"times": ["22:00-24:00"]}}},
     "notifications.muteTimes.business-hours: this name belongs", "businessHours"),
    # shapes
    ({**SLACK, "receivers": {"shop": {"sms": "1"}}}, "notifications.receivers.shop.sms: there is no such setting",
     "known here: discord, email, pagerduty, slack, teams, telegram, webhook"),
    ({**SLACK, "receivers": {"shop": {"slack": "shop"}}}, "notifications.receivers.shop.slack: ", '"#alerts"'),
    ({**SLACK, "receivers": {"shop": {"email": ["shop"]}}}, "notifications.receivers.shop.email[0]: ", "@"),
    ({**SLACK, "receivers": {"shop": {"email": ["a@example.com"] * 11}}}, "notifications.receivers.shop.email: ",
     "at most 10"),
    ({**SLACK, "receivers": {"Shop": {"slack": "#shop"}}}, "notifications.receivers.Shop", "pattern"),
    ({"webhook": {}}, "notifications.webhook: needs either a url or", "secretUrl: true"),
    ({"webhook": {"url": "https://x.example", "secretUrl": True}}, "notifications.webhook: needs either a url or", ""),
    ({"webhook": {"secretUrl": True, "maxAlerts": 0}}, "notifications.webhook.maxAlerts: ", "got 0"),
    ({"telegram": {}}, "notifications.telegram.chat: this setting is missing", "-100"),
    ({"telegram": {"chat": 0}}, "notifications.telegram.chat: 0 is no chat", "got 0"),
    ({"telegram": {"chat": "@alerts"}}, "notifications.telegram.chat: ", "valid integer"),
    ({**SLACK, "receivers": {"shop": {"telegram": 7}}}, "notifications.receivers.shop.telegram: this stack has no",
     "configure notifications.telegram"),
    ({"pagerduty": {"url": "events"}}, "notifications.pagerduty.url: must be an http", ""),
    ({"pagerduty": {"routingKey": "x"}}, "notifications.pagerduty.routingKey: there is no such setting", "url"),
    ({"teams": {"url": "https://x.example"}}, "notifications.teams.url: there is no such setting", ""),
    ({"discord": True}, "notifications.discord: ", "got true"),
    ({**SLACK, "heartbeat": {"intervalSeconds": 0}}, "notifications.heartbeat.intervalSeconds: ", "got 0"),
    ({**SLACK, "heartbeat": {"url": "https://x"}}, "notifications.heartbeat.url: there is no such setting", ""),
    (route(severities=["fatal"]), "notifications.routes[0].severities[0]: ", "'critical', 'warning' or 'info'"),
    (route(severities=[]), "notifications.routes[0].severities: ", "at least 1"),
    (route(match={"team": 3}), "notifications.routes[0].match.team: must be a text, or a list of texts", "got 3"),
    (route(match={"team": []}), "notifications.routes[0].match.team: must be a text, or a list of texts", ""),
    (route(match={"team": ""}), "notifications.routes[0].match.team", "at least 1 character"),
    (route(match={"team": "a\nb"}), "notifications.routes[0].match.team", "pattern"),
    (route(match={"service": "checkout|payment.*"}), "notifications.routes[0].match.service: is taken letter by",
     "for a regular expression, write =~checkout|payment.*"),
    (route(match={"service": ["a", "[ab]+"]}), "notifications.routes[0].match.service[1]: is taken letter", ""),
    (route(match={"service": "^api"}), "notifications.routes[0].match.service: is taken letter by letter", "=~^api"),
    (route(match={"service": "=~(a"}), "notifications.routes[0].match.service: is no regular expression", "=~(a"),
    (route(match={"service": "=~(?!a).*"}), "notifications.routes[0].match.service: Alertmanager's regular", "(?!"),
    (route(match={"service": r"=~(a)\1"}), "notifications.routes[0].match.service: Alertmanager's regular", r"'\1'"),
    ({**SLACK, "receivers": {"shop": {"slack": "C0123ABCDEF"}}},
     "notifications.receivers.shop.slack: only a bot can post to a channel by its id, 'C0123ABCDEF'", "token: true"),
    ({"slack": {"urgentChannel": "G0123ABCDEF"}}, "notifications.slack: only a bot can post", "#name"),
    ({"slack": {"token": True}, "receivers": {"shop": {"slack": "c0123abcd"}}},
     "notifications.receivers.shop.slack: ", "#alerts"),
    (window(daysOfMonth=["28--1"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day", ""),
    (route(match={"te-am": "a"}), "notifications.routes[0].match.te-am", "pattern"),
    (route(match={"severity": "info"}), "notifications.routes[0].match: severity isn't matched as a label",
     "severities: [critical, warning]"),
    (route(**{"goesOn": True}), "notifications.routes[0].goesOn: there is no such setting", "continue"),
    # times
    ({**SLACK, "timeZone": "Berlin"}, "notifications.timeZone: there is no such time zone", '"Europe/Berlin"'),
    (window(times=["22:00-06:00"]), "notifications.muteTimes.nights.times[0]: ends before it starts",
     "22:00-24:00 and 00:00-06:00"),
    (window(times=["06:00-06:00"]), "notifications.muteTimes.nights.times[0]: ends before it starts", ""),
    (window(times=["6-7"]), "notifications.muteTimes.nights.times[0]: must be HH:MM-HH:MM", '"09:00-18:00"'),
    (window(times=["06:00-24:01"]), "notifications.muteTimes.nights.times[0]: must be HH:MM-HH:MM", "06:00-24:01"),
    (window(times=[1320]), "notifications.muteTimes.nights.times[0]: ", "valid string"),
    (window(weekdays=["mon-fri"]), "notifications.muteTimes.nights.weekdays[0]: there is no 'mon'", "monday, tuesday"),
    (window(weekdays=["monday-"]), "notifications.muteTimes.nights.weekdays[0]: there is no ''", ""),
    (window(months=["12"]), "notifications.muteTimes.nights.months[0]: there is no '12'", "december"),
    (window(daysOfMonth=["26-24"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day of the month", ""),
    (window(daysOfMonth=["32"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day", "1 to 31"),
    (window(daysOfMonth=["0"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day of the month", ""),
    (window(daysOfMonth=["-32"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day", "-1, the last day"),
    (window(daysOfMonth=["-1--3"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day", ""),
    (window(daysOfMonth=["-3-28"]), "notifications.muteTimes.nights.daysOfMonth[0]: must be a day", ""),
    (window(timeZone="UTC"), "notifications.muteTimes.nights: this would be always", "weekdays"),
    ({**SLACK, "businessHours": {}}, "notifications.businessHours: this would be always", "times"),
    ({**SLACK, "businessHours": {"times": ["9:00-18:00"]}}, "notifications.businessHours.times[0]: must be HH:MM", ""),
]  # fmt: skip


@pytest.mark.parametrize(("notifications", "begins", "says"), WRONG)
def test_what_is_wrong_is_said_in_one_line(notifications: dict[str, Any], begins: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse("prod", {"notifications": raw(notifications)})
    lines = [line for line in caught.value.problems if line.startswith(begins)]
    assert lines, caught.value.problems
    assert "\n" not in lines[0]
    assert says in lines[0]


def test_all_problems_are_said_at_once() -> None:
    wrong = routes({"receiver": "a"}, {"receiver": "b", "match": {"team": "x"}})
    with pytest.raises(SettingsError) as caught:
        parse("prod", {"notifications": raw(wrong)})
    assert [line.split(":")[0] for line in caught.value.problems] == [
        "notifications.routes[0].receiver",
        "notifications.routes[0]",
        "notifications.routes[1].receiver",
    ]


@pytest.mark.parametrize(
    "right",
    [
        routes({"receiver": "shop", "continue": True}),
        route(mute=["nights"], severities=["warning", "info"]),
        # at night they still go where critical alerts go
        {**route(mute=["nights"]), "routes": [{"receiver": "shop", "continue": True, "mute": ["nights"]}]},
        routes({"receiver": "critical", "match": {"service": ["a", "b"]}, "severities": ["warning"]}),
        {**SLACK, "muteTimes": {"x": {"weekdays": ["friday-monday"], "months": ["december-january"]}}},
        {**SLACK, "businessHours": {"times": ["00:00-24:00"]}, "timeZone": "Asia/Kolkata"},
    ],
)
def test_what_is_right_is_taken(right: dict[str, Any]) -> None:
    assert parse("prod", {"notifications": raw(right)}).notifications


def test_a_missing_secret_of_a_receiver_is_named() -> None:
    changes = {
        "notifications": {"slack": {}, "receivers": {"shop": {"webhook": {"secretUrl": True, "token": True}}}},
    }
    with pytest.raises(pulumi.RunError) as caught:
        run_program("prod", changes=changes, secrets=SECRETS)
    assert str(caught.value).splitlines() == [
        f"{key}: this secret is missing; set it with `pulumi config set --secret {key}`"
        for key in ("webhookToken-shop", "webhookUrl-shop")
    ]


def test_a_secret_of_a_receiver_in_plain_text_is_refused_and_not_shown() -> None:
    changes = {
        "notifications": {"slack": {}, "receivers": {"shop": {"webhook": {"secretUrl": True}}}},
    }
    with pytest.raises(pulumi.RunError, match="webhookUrl-shop: this secret is stored in plain text") as caught:
        run_program(
            "prod",
            changes=changes,
            secrets=SECRETS,
            plain_secrets={"webhookUrl-shop": "https://hunter2.example.com"},
        )
    assert "hunter2" not in str(caught.value)
