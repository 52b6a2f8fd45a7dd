"""alertmanager.yml: channels, credentials, timings, times."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.alertmanager.inhibitions import inhibitions
from config.alertmanager.server import DATA_DIRECTORY, TRIM_EVENTS, alertmanager_config, arguments
from config.settings.channels.base import credential_file
from config.settings.errors import SettingsError
from config.settings.load import parse
from config.settings.stack import Settings
from config.settings.time_windows import TimeWindow, interval
from tests.support.program import SECRETS as PROGRAM_SECRETS
from tests.support.program import raw, run_program, stack_config

WEBHOOK = {"url": "https://hooks.example.com/alerts"}
EMAIL = {"smarthost": "smtp.example.com:587", "sender": "monitoring@example.com", "username": "monitoring"}
SECRETS = "/etc/alertmanager/secrets"


def settings(stack: str = "prod", **changes: Any) -> Settings:
    values = {**stack_config(stack), **changes}
    return parse(stack, {key: raw(value) for key, value in values.items() if value is not None})


def document(chosen: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(alertmanager_config(chosen).files["alertmanager.yml"])
    return loaded


def receivers(chosen: Settings) -> dict[str, dict[str, Any]]:
    return {receiver["name"]: receiver for receiver in document(chosen)["receivers"]}


def route(chosen: Settings, receiver: str) -> dict[str, Any]:
    [found] = [route for route in document(chosen)["route"]["routes"] if route["receiver"] == receiver]
    return dict(found)


# --- how mail servers and the outside are reached


def mail(**changes: Any) -> dict[str, Any]:
    email = {key: value for key, value in {**EMAIL, **changes}.items() if value is not None}
    config: dict[str, Any] = receivers(settings(notifications={"email": email}))["critical"]["email_configs"][0]
    return config


def test_port_465_is_tls_from_the_start_and_so_is_what_says_it_is() -> None:
    assert mail(smarthost="smtp.example.com:465")["force_implicit_tls"] is True
    assert mail(implicitTls=True)["force_implicit_tls"] is True
    assert mail(smarthost="smtp.example.com:465", implicitTls=False)["force_implicit_tls"] is False
    assert "force_implicit_tls" not in mail()


def test_without_a_user_name_there_is_no_login_and_no_secret() -> None:
    assert not {"auth_username", "auth_password_file"} & mail(username=None).keys()
    relay = {"smarthost": "relay:25", "sender": "a@example.com", "requireTls": False}
    assert settings(notifications={"email": relay}).notifications.secret_keys == frozenset()
    assert "smtpPassword" in settings(notifications={"email": EMAIL}).notifications.secret_keys


def test_a_proxy_is_used_by_every_channel_those_with_a_token_too() -> None:
    through = {"proxy_url": "http://proxy:3128", "no_proxy": "hooks.internal,10.0.0.0/8"}
    chosen = {
        "slack": {"token": True},
        "webhook": {**WEBHOOK, "token": True},
        "proxy": "http://proxy:3128",
        "noProxy": ["hooks.internal", "10.0.0.0/8"],
    }
    made = document(settings(notifications=chosen))
    assert made["global"] == {"http_config": through}
    own = [config["http_config"] for each in made["receivers"] for configs in each.values() if isinstance(configs, list)
           for config in configs if "http_config" in config]  # fmt: skip
    assert len(own) >= 3
    for config in own:
        assert config.items() >= through.items()
        assert "credentials_file" in config["authorization"]
    assert "global" not in document(settings())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"proxy": "proxy:3128"}, "notifications.proxy: must be an http:// or https:// URL"),
        ({"proxy": "http://me:hunter2@proxy:3128"}, "notifications.proxy: must have no login"),
        ({"noProxy": ["x"]}, "notifications: noProxy is about a proxy, and there is none"),
        ({"proxy": "http://p:1", "noProxy": ["a, b"]}, "notifications.noProxy[0]: "),
    ],
)
def test_what_is_wrong_with_a_proxy_is_one_line(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(notifications={"slack": {}, **changes})
    [line] = refused.value.problems
    assert line.startswith(problem)


# --- who is told through what


def test_critical_goes_to_every_channel() -> None:
    critical = receivers(settings())["critical"]
    assert critical["email_configs"][0]["to"] == "urgent@autonomica.ai"
    assert critical["slack_configs"][0]["channel"] == "#alerts-urgent"
    assert critical["webhook_configs"][0]["url"] == "https://hooks.autonomica.ai/alerts"


def test_warning_goes_to_the_team_and_info_to_slack_alone() -> None:
    found = receivers(settings())
    assert found["warning"]["email_configs"][0]["to"] == "team@autonomica.ai"
    assert found["warning"]["slack_configs"][0]["channel"] == "#alerts"
    assert "webhook_configs" not in found["warning"]
    assert set(found["info"]) == {"name", "slack_configs"}


def test_addresses_and_channels_come_from_the_settings() -> None:
    found = receivers(
        settings(
            notifications={
                "email": {**EMAIL, "team": "ops@example.com", "urgent": "pager@example.com"},
                "slack": {"channel": "#quiet", "urgentChannel": "#loud"},
            }
        )
    )
    told = {
        name: (r["email_configs"][0]["to"], r["slack_configs"][0]["channel"]) for name, r in list(found.items())[:2]
    }
    assert told == {"critical": ("pager@example.com", "#loud"), "warning": ("ops@example.com", "#quiet")}
    assert found["critical"]["email_configs"][0]["smarthost"] == "smtp.example.com:587"
    assert found["critical"]["email_configs"][0]["require_tls"] is True


def test_a_channel_that_is_not_configured_is_left_out() -> None:
    found = receivers(settings(notifications={"email": EMAIL}))
    assert set(found["critical"]) == set(found["warning"]) == {"name", "email_configs"}


def test_without_slack_info_goes_nowhere_on_purpose() -> None:
    chosen = settings(notifications={"email": EMAIL, "heartbeat": {}})
    assert [set(receiver) for receiver in receivers(chosen).values() if receiver["name"] == "nobody"] == [{"name"}]
    assert route(chosen, "nobody")["matchers"] == ['severity="info"']
    assert "info" not in receivers(chosen)


def test_where_a_webhook_is_all_there_is_it_gets_the_warnings_too() -> None:
    found = receivers(settings(notifications={"webhook": WEBHOOK}))
    assert set(found["critical"]) == set(found["warning"]) == {"name", "webhook_configs"}


def test_a_stack_that_uses_everything_has_no_empty_receiver() -> None:
    assert all(len(receiver) > 1 for receiver in receivers(settings()).values())


def test_resolved_is_told_too_but_by_the_heartbeat() -> None:
    for name, receiver in receivers(settings()).items():
        for key, channels in receiver.items():
            if key.endswith("_configs"):
                assert [channel["send_resolved"] for channel in channels] == [name != "heartbeat"]


def test_a_webhook_is_not_sent_thousands_of_alerts_at_once() -> None:
    assert receivers(settings())["critical"]["webhook_configs"][0]["max_alerts"] == 100
    chosen = settings(notifications={"webhook": {**WEBHOOK, "maxAlerts": 7}})
    assert receivers(chosen)["critical"]["webhook_configs"][0]["max_alerts"] == 7


def test_a_further_receiver_has_the_channels_it_names() -> None:
    further = {
        "mail": {"email": ["a@example.com", "b@example.com"]},
        "chat": {"slack": "#shop"},
        "hook": {"webhook": WEBHOOK},
        "all": {"email": ["a@example.com"], "slack": "@lead", "webhook": {"secretUrl": True}},
    }
    found = receivers(settings(notifications={"email": EMAIL, "slack": {}, "receivers": further}))
    assert found["mail"]["email_configs"][0]["to"] == "a@example.com, b@example.com"
    assert set(found["mail"]) == {"name", "email_configs"}
    assert found["chat"]["slack_configs"][0]["channel"] == "#shop"
    assert found["chat"]["slack_configs"][0]["api_url_file"] == f"{SECRETS}/slack_webhook_url"
    assert found["hook"]["webhook_configs"][0]["url"] == WEBHOOK["url"]
    assert set(found["all"]) == {"name", "email_configs", "slack_configs", "webhook_configs"}


# --- credentials


def test_credentials_come_from_files() -> None:
    found = receivers(settings())
    critical = found["critical"]
    assert critical["email_configs"][0]["auth_password_file"] == f"{SECRETS}/smtp_password"
    assert critical["slack_configs"][0]["api_url_file"] == f"{SECRETS}/slack_webhook_url"
    authorization = critical["webhook_configs"][0]["http_config"]["authorization"]
    assert authorization == {"type": "Bearer", "credentials_file": f"{SECRETS}/webhook_token"}
    assert found["heartbeat"]["webhook_configs"][0]["url_file"] == f"{SECRETS}/heartbeat_url"
    text = alertmanager_config(settings()).files["alertmanager.yml"]
    assert not [word for word in ("auth_password:", "api_url:", "credentials:", "token:") if word in text]


def test_a_bot_needs_a_token_and_no_webhook() -> None:
    chosen = settings(notifications={"slack": {"token": True}})
    [slack] = receivers(chosen)["critical"]["slack_configs"]
    assert slack["api_url"] == "https://slack.com/api/chat.postMessage"
    assert slack["http_config"]["authorization"] == {"type": "Bearer", "credentials_file": f"{SECRETS}/slack_token"}
    assert "api_url_file" not in slack
    assert chosen.notifications.secret_keys == {"slackToken"}


def test_a_webhook_without_a_token_sends_none() -> None:
    found = receivers(settings(notifications={"webhook": WEBHOOK}))
    assert "http_config" not in found["critical"]["webhook_configs"][0]


def test_each_receiver_has_its_own_url_and_token() -> None:
    secret = {"secretUrl": True, "token": True}
    chosen = settings(notifications={"webhook": secret, "receivers": {"shop": {"webhook": secret}}})
    for name, suffix in (("critical", ""), ("shop", "_shop")):
        [webhook] = receivers(chosen)[name]["webhook_configs"]
        assert webhook["url_file"] == f"{SECRETS}/webhook_url{suffix}"
        assert webhook["http_config"]["authorization"]["credentials_file"] == f"{SECRETS}/webhook_token{suffix}"
        assert "url" not in webhook
    expected = {"webhookUrl", "webhookToken", "webhookUrl-shop", "webhookToken-shop"}
    assert chosen.notifications.secret_keys == expected
    assert len({credential_file(key) for key in expected}) == len(expected)


def test_the_secrets_of_a_receiver_arrive_in_its_files() -> None:
    changes = {"notifications": {"slack": {}, "receivers": {"shop": {"webhook": {"secretUrl": True}}}}}
    secrets = {**PROGRAM_SECRETS, "webhookUrl-shop": "https://hooks.example.com/b"}
    graph = run_program("prod", changes=changes, secrets=secrets)
    uploads = graph.container("alertmanager-config").inputs["uploads"]
    files = {upload["file"]: upload["content"] for upload in uploads}
    assert files[f"{SECRETS}/webhook_url_shop"].value == "https://hooks.example.com/b"


# --- when


def test_timings_come_from_the_settings() -> None:
    timing = {"waitSeconds": 5, "intervalSeconds": 20, "repeatSeconds": 600}
    chosen = settings(notifications={"webhook": WEBHOOK, "timings": {"critical": timing}})
    critical = route(chosen, "critical")
    assert (critical["group_wait"], critical["group_interval"], critical["repeat_interval"]) == ("5s", "20s", "600s")


@pytest.mark.parametrize(
    ("receiver", "timing"),
    [
        ("critical", ("30s", "60s", "3600s")),
        ("warning", ("30s", "300s", "43200s")),
        ("info", ("300s", "1800s", "86400s")),
    ],
)
def test_timings_that_are_left_out(receiver: str, timing: tuple[str, str, str]) -> None:
    found = route(settings(), receiver)
    assert (found["group_wait"], found["group_interval"], found["repeat_interval"]) == timing


def test_groups_are_of_one_environment_alert_and_service_but_what_pages_is_one_for_all_services() -> None:
    chosen = settings(
        notifications={
            "webhook": WEBHOOK,
            "receivers": {"shop": {"webhook": WEBHOOK}},
            "routes": [{"receiver": "shop", "match": {"team": "shop"}, "continue": True}],
        }
    )
    root = document(chosen)["route"]
    assert root["group_by"] == ["environment", "alertname", "service"]
    grouped = [(route["matchers"][-1] == 'severity="critical"', route.get("group_by")) for route in root["routes"][1:]]
    assert grouped == [(True, ["environment", "alertname"]), (False, None), (False, None)] * 2


def test_the_heartbeat_is_due_when_it_is_looked_at() -> None:
    chosen = settings(notifications={"webhook": WEBHOOK, "heartbeat": {"intervalSeconds": 15}})
    found = route(chosen, "heartbeat")
    assert (found["group_wait"], found["group_interval"], found["repeat_interval"]) == ("0s", "7500ms", "11250ms")


def test_the_watchdog_is_looked_for_first() -> None:
    first = document(settings())["route"]["routes"][0]
    assert (first["receiver"], first["matchers"]) == ("heartbeat", ['alertname="Watchdog"'])


def test_an_alert_without_severity_reaches_a_person() -> None:
    assert document(settings())["route"]["receiver"] == "warning"


def intervals(chosen: Settings) -> dict[str, Any]:
    return {entry["name"]: entry["time_intervals"] for entry in document(chosen)["time_intervals"]}


def test_info_waits_for_business_hours() -> None:
    assert route(settings(), "info")["active_time_intervals"] == ["business-hours"]
    [hours] = intervals(settings())["business-hours"]
    assert hours == {
        "times": [{"start_time": "09:00", "end_time": "18:00"}],
        "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    }


def test_the_time_zone_holds_for_windows_that_name_none() -> None:
    chosen = settings(
        notifications={
            "slack": {},
            "timeZone": "Europe/Berlin",
            "muteTimes": {
                "nights": {"times": ["22:00-24:00"]},
                "abroad": {"times": ["22:00-24:00"], "timeZone": "Asia/Tokyo"},
                "universal": {"times": ["22:00-24:00"], "timeZone": "UTC"},
            },
        }
    )
    zones = {name: entry.get("location") for name, [entry] in intervals(chosen).items()}
    assert zones == {
        "business-hours": "Europe/Berlin",
        "nights": "Europe/Berlin",
        "abroad": "Asia/Tokyo",
        "universal": None,
    }


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"weekdays": ("tuesday",)}, {"weekdays": ["tuesday"]}),
        ({"weekdays": ("friday-monday",)}, {"weekdays": ["monday", "friday", "saturday", "sunday"]}),
        ({"weekdays": ("monday-sunday",)}, {"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday",
                                                         "saturday", "sunday"]}),
        ({"weekdays": ("monday-tuesday", "tuesday-wednesday")}, {"weekdays": ["monday", "tuesday", "wednesday"]}),
        ({"months": ("december-january", "june")}, {"months": ["january", "june", "december"]}),
        ({"daysOfMonth": ("1", "24-26")}, {"days_of_month": ["1", "24:26"]}),
        ({"times": ("00:00-06:00", "22:00-24:00")}, {"times": [{"start_time": "00:00", "end_time": "06:00"},
                                                              {"start_time": "22:00", "end_time": "24:00"}]}),
    ],
)  # fmt: skip
def test_a_window_as_alertmanager_reads_it(window: dict[str, Any], expected: dict[str, Any]) -> None:
    assert interval(TimeWindow.model_validate(window), "UTC") == expected


def test_a_route_mutes_and_keeps_to_business_hours_at_each_severity() -> None:
    chosen = settings(
        notifications={
            "slack": {},
            "muteTimes": {"nights": {"times": ["22:00-24:00"]}},
            "receivers": {"shop": {"slack": "#shop"}},
            "routes": [{"receiver": "shop", "match": {"team": "shop"}, "continue": True, "mute": ["nights"]}],
        }
    )
    found = [route for route in document(chosen)["route"]["routes"] if route["receiver"] == "shop"]
    assert [route["mute_time_intervals"] for route in found] == [["nights"]] * 3
    assert [route.get("active_time_intervals") for route in found] == [None, None, ["business-hours"]]
    assert [route["repeat_interval"] for route in found] == ["3600s", "43200s", "86400s"]
    assert all(route["continue"] for route in found)


# --- the whole


def test_inhibitions_are_deployed() -> None:
    assert document(settings())["inhibit_rules"] == inhibitions()


def test_a_revision_names_every_change() -> None:
    same = alertmanager_config(settings()).revision
    assert alertmanager_config(settings()).revision == same
    assert alertmanager_config(settings(notifications={"webhook": WEBHOOK})).revision != same


@pytest.mark.parametrize(
    ("alertmanager", "expected"),
    [
        ({}, "http://localhost:9093"),
        ({"port": 19093}, "http://localhost:19093"),
        ({"externalUrl": "https://example.com/alertmanager"}, "https://example.com/alertmanager"),
    ],
)
def test_links_lead_to_where_people_find_alertmanager(alertmanager: dict[str, Any], expected: str) -> None:
    command = arguments(settings(alertmanager=alertmanager))
    assert f"--web.external-url={expected}" in command
    # the API stays where Prometheus and the health check look for it
    assert "--web.route-prefix=/" in command


def test_what_happened_is_written_down_and_kept_short(tmp_path: Path) -> None:
    config = alertmanager_config(settings())
    recorder = yaml.safe_load(config.files["alertmanager.yml"])["event_recorder"]
    assert recorder == {"file_outputs": [{"name": "events", "path": "/alertmanager/events.jsonl"}]}
    assert any("event-recorder" in option for option in arguments(settings()) if option.startswith("--enable-feature="))
    trim = TRIM_EVENTS.replace(DATA_DIRECTORY, str(tmp_path))
    file, former = tmp_path / "events.jsonl", tmp_path / "events.jsonl.1"
    for size, moved in ((20_000_000, False), (22_000_000, True)):
        file.write_bytes(b"x" * size)
        subprocess.run(["sh", "-c", trim], check=True)
        assert (file.exists(), former.exists()) == (not moved, moved)
