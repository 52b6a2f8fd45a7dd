"""alertmanager.yml: channels, credentials, timings."""

from typing import Any

import yaml

from config.alertmanager.server import alertmanager_config
from config.settings import Settings, parse
from tests.unit.program import raw, stack_config

WEBHOOK = {"url": "https://hooks.example.com/alerts"}


def settings(stack: str = "prod", **changes: Any) -> Settings:
    values = {**stack_config(stack), **changes}
    return parse(stack, {key: raw(value) for key, value in values.items() if value is not None})


def document(chosen: Settings) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(alertmanager_config(chosen).files["alertmanager.yml"])
    return loaded


def receivers(chosen: Settings) -> dict[str, dict[str, Any]]:
    return {receiver["name"]: receiver for receiver in document(chosen)["receivers"]}


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


def test_a_channel_that_is_not_configured_is_left_out() -> None:
    found = receivers(settings(notifications={"webhook": WEBHOOK}))
    assert set(found["critical"]) == {"name", "webhook_configs"}
    assert set(found["info"]) == {"name"}


def test_credentials_come_from_files() -> None:
    critical = receivers(settings())["critical"]
    assert critical["email_configs"][0]["auth_password_file"] == "/etc/alertmanager/secrets/smtp_password"
    assert critical["slack_configs"][0]["api_url_file"] == "/etc/alertmanager/secrets/slack_webhook_url"
    text = alertmanager_config(settings()).files["alertmanager.yml"]
    assert "auth_password:" not in text
    assert "api_url:" not in text


def test_resolved_is_told_too() -> None:
    for receiver in receivers(settings()).values():
        for key, channels in receiver.items():
            if key.endswith("_configs"):
                assert all(channel["send_resolved"] for channel in channels)


def test_timings_come_from_the_settings() -> None:
    timing = {"waitSeconds": 5, "intervalSeconds": 20, "repeatSeconds": 600}
    chosen = settings(notifications={"webhook": WEBHOOK, "timings": {"critical": timing}})
    [critical] = [route for route in document(chosen)["route"]["routes"] if route["receiver"] == "critical"]
    assert (critical["group_wait"], critical["group_interval"], critical["repeat_interval"]) == ("5s", "20s", "600s")


def test_an_alert_without_severity_reaches_a_person() -> None:
    assert document(settings())["route"]["receiver"] == "warning"


def test_a_revision_names_every_change() -> None:
    same = alertmanager_config(settings()).revision
    assert alertmanager_config(settings()).revision == same
    assert alertmanager_config(settings(notifications={"webhook": WEBHOOK})).revision != same
