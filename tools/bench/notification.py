"""From a failure to the notification of a critical alert, against the least the settings allow."""

import time

from tests.e2e.system import CHANGES, System
from tests.support.waiting import eventually
from tools.bench.figure import Figure

GROUP_WAIT = 10  # seconds; the default for critical alerts


def notification(system: System) -> list[Figure]:
    """Kill Redis and wait for RedisDown at the webhook."""
    interval = CHANGES["prometheus"]["scrapeIntervalSeconds"]
    evaluation = CHANGES["prometheus"]["evaluationIntervalSeconds"]
    pending = CHANGES["thresholds"]["redis"]["downSeconds"]
    floor = interval + pending + evaluation + GROUP_WAIT
    redis = system.containers()["demo-redis"]
    failed = time.time()
    redis.stop(timeout=0)
    try:
        [message, *_] = eventually(
            lambda: system.messages("webhook", "RedisDown", failed), seconds=180, what="RedisDown at the webhook"
        )
    finally:
        redis.start()
    took = float(message["receivedAt"]) - failed
    return [
        Figure(
            name="notify_ratio",
            value=took / floor,
            target=1.2,
            note=f"{took:.1f} s; floor {floor} s = scrape {interval} + for {pending} + evaluation {evaluation}"
            f" + group_wait {GROUP_WAIT}",
        )
    ]
