"""A fault becomes a notification in every channel that it is meant for, and its end does, too."""

import time
from collections.abc import Callable
from typing import Any

from tests.e2e.system import System
from tests.support.waiting import eventually

CHANNELS = ("email", "slack", "webhook")


def arrived(system: System, channel: str, since: float, *words: str) -> Callable[[], list[dict[str, Any]]]:
    """Messages that contain all the words."""

    def found() -> list[dict[str, Any]]:
        return [
            message
            for message in system.messages(channel, words[0], since)
            if all(word.lower() in str(message).lower() for word in words)
        ]

    return found


def test_the_heartbeat_comes_again_and_again(system: System) -> None:
    interval = system.settings()["notifications"]["heartbeat"]["intervalSeconds"]
    state = eventually(lambda: system.get("sink", "/heartbeat"), seconds=10, what="the sink")
    eventually(
        lambda: system.get("sink", "/heartbeat")["count"] > state["count"], seconds=3 * interval, what="a heartbeat"
    )
    assert not system.messages("webhook", "Watchdog", 0), "it bothers nobody"


def test_redis_goes_and_comes_back_and_all_three_channels_hear_of_both(system: System) -> None:
    redis = system.containers()["demo-redis"]
    since = time.time()
    redis.stop(timeout=2)
    for channel in CHANNELS:
        found = eventually(
            arrived(system, channel, since, "RedisDown", "firing"), seconds=90, what=f"RedisDown on {channel}"
        )
        assert len(found) == 1, f"{channel} heard of it {len(found)} times"
    [mail] = arrived(system, "email", since, "RedisDown", "firing")()
    assert "urgent@autonomica.ai" in str(mail["to"])
    for part in (mail["text"], mail["html"]):
        for word in ("docs/runbooks/RedisDown.md", "/d/redis?", "#/silences/new?filter=%7Balertname%3D%22RedisDown%22"):
            assert word in part
    [slack] = arrived(system, "slack", since, "RedisDown", "firing")()
    assert "#alerts-urgent" in slack["raw"]
    assert "|Silence>" in slack["text"]

    redis.start()
    for channel in CHANNELS:
        eventually(arrived(system, channel, since, "RedisDown", "resolved"), seconds=240, what=f"its end on {channel}")


def test_a_crash_loop_is_a_warning_to_the_team_not_a_page(system: System) -> None:
    since = time.time()
    system.monitor("fault", "worker", "crash")
    try:
        [*_, mail] = eventually(
            arrived(system, "email", since, "ContainerRestarting", "demo-worker"), seconds=240, what="the warning"
        )
        assert "team@autonomica.ai" in str(mail["to"])
        health = system.health()
        assert not health["healthy"]
        assert "worker" in str(health["problems"])
    finally:
        system.monitor("fault", "off")
    assert not arrived(system, "webhook", since, "ContainerRestarting")()
    eventually(lambda: system.health()["healthy"], seconds=180, what="a healthy stack after the crash loop")


def test_errors_of_the_api_page_someone(system: System) -> None:
    since = time.time()
    system.monitor("fault", "api", "errors", "0.9")
    try:
        eventually(arrived(system, "webhook", since, "ErrorRateHigh"), seconds=240, what="ErrorRateHigh")
    finally:
        system.monitor("fault", "off")
