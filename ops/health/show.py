"""A health check for people to read."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.health.model import ContainerState, Health, SeenContainers
from ops.health.sight import MEASURES


def show(health: Health, console: Console) -> None:
    """Print a check: one line per area when it is well, the details of what isn't."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for area, well, words in _lines(health):
        table.add_row(_mark(well), area, Text(words))
    for part, words in health.absent.items():
        table.add_row(Text("-"), part, Text(words))
    console.print(table)
    for alert in health.alerts:
        console.print(Text(f"    {alert.severity:<8} {alert.name}  {alert.summary}  (since {alert.since})"))
    for problem in health.problems:
        console.print(Text(f"✗ {problem}", style="red"))
        if problem.next:
            console.print(Text(f"    next: {problem.next}"))
    verdict = "healthy" if health.healthy else f"{len(health.problems)} problem(s)"
    console.print(Text(f"{health.stack}: {verdict}", style="green" if health.healthy else "red"))


def _lines(health: Health) -> list[tuple[str, bool, str]]:
    bad = {problem.area for problem in health.problems}
    engine, manager = health.engine, health.alertmanager
    services = [container for container in health.containers if container.role == "service"]
    up = sum(target.health == "up" for target in health.targets)
    rules = sum(group.rules for group in health.rule_groups)
    told = sum(one.count for one in health.failed_notifications)
    asked = "prometheus" not in bad  # nothing that Prometheus tells is known otherwise

    def known(words: str) -> str:
        return words if asked else "unknown: Prometheus doesn't answer"

    return [
        ("engine", "engine" not in bad, f"Docker {engine.version or '?'} at {engine.host}"),
        ("containers", not bad & {"container", "engine"}, _count(services)),
        ("targets", asked and "target" not in bad, known(f"{up} of {len(health.targets)} up")),
        ("metrics", asked and "metrics" not in bad, known(_seen(health.seen_containers))),
        ("services", asked, known(_services(health.services))),
        ("rules", asked and "rules" not in bad, known(f"{rules} in {len(health.rule_groups)} groups")),
        (
            "alertmanager",
            "alertmanager" not in bad,
            f"{manager.version}, cluster {manager.cluster}" if manager else "doesn't answer",
        ),
        ("receivers", manager is not None, ", ".join(manager.receivers) if manager else "unknown"),
        ("notifications", asked and "notifications" not in bad, known(f"{told:g} failed within 5 minutes")),
        ("alerts", asked, known(f"{len(health.alerts)} firing")),
    ]


def _count(services: list[ContainerState]) -> str:
    running = sum(service.state == "running" for service in services)
    restarts = sum(service.restarts for service in services)
    return f"{running} of {len(services)} running" + (f", {restarts} restarts" if restarts else "")


def _seen(seen: SeenContainers | None) -> str:
    if seen is None:
        return "not known yet which containers are seen"
    return f"of {seen.running - len(seen.unseen)} of {seen.running} running containers"


def _services(services: Mapping[str, tuple[str, ...]]) -> str:
    lacking = {name: [each for each in MEASURES if each not in known] for name, known in services.items()}
    whole = sum(not missing for missing in lacking.values())
    parts = [f"{name} without {', '.join(missing)}" for name, missing in lacking.items() if missing]
    return "; ".join([f"{whole} of {len(services)} with requests, errors and latency", *parts])


def _mark(well: bool) -> Text:
    return Text("✓", style="green") if well else Text("✗", style="red")
