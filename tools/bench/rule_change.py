"""A changed threshold: how soon it is in effect, what it replaces, what it costs in samples."""

import threading
import time

from tests.e2e.system import CHANGES, System
from tools.bench.figure import Figure

INTERVAL: int = CHANGES["prometheus"]["scrapeIntervalSeconds"]
VALUE = "6.125"


def rule_change(system: System) -> list[Figure]:
    """Change `apiErrorPercent` and deploy, while another thread watches Prometheus for the new rule."""
    before = system.ids()
    carrier = system.containers()["prometheus-config"].id
    applied: list[float] = []
    in_effect: list[float] = []

    def watch() -> None:
        deadline = time.monotonic() + 120
        while not in_effect and time.monotonic() < deadline:
            # the deployment begins to apply the change when it takes the old carrier away
            if not applied:
                now = system.containers().get("prometheus-config")
                if now is None or now.id != carrier:
                    applied.append(time.monotonic())
            elif VALUE in system.rule_queries():
                in_effect.append(time.monotonic())
            time.sleep(0.1)

    begun = time.time()
    watcher = threading.Thread(target=watch)
    watcher.start()
    system.limit_errors(float(VALUE))
    system.monitor("up")
    watcher.join()
    after = system.ids()
    services = {part for part in before if not part.endswith("-reloader")}
    replaced = {part for part in services if before[part] != after.get(part)}

    time.sleep(3 * INTERVAL)
    watched = int(time.time() - begun) + 2 * INTERVAL
    missed = sum(round(gap / INTERVAL) - 1 for gap in system.gaps(watched).values() if gap > 1.5 * INTERVAL)
    return [
        Figure(
            name="rule_change_seconds",
            value=in_effect[0] - applied[0],
            target=10,
            note="from the carrier's replacement to the rule in Prometheus",
        ),
        Figure(name="rule_change_replaced", value=len(replaced), target=0, note="containers of running services"),
        Figure(name="rule_change_missed_scrapes", value=missed, target=0, note=f"samples of `up` within {watched} s"),
    ]
