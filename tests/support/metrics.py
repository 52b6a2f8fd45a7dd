"""Names of metrics that there are: recorded from exporters that run, and those that only exist under a condition."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from config.settings.teams import TEAMS
from tests.support.conditional import CONDITIONAL
from tests.support.documents import document
from tests.support.expressions import metric_names

EXPORTED = Path(__file__).parents[1] / "rules" / "exported"

# made by Prometheus itself: about each scrape, and of alerts
SYNTHETIC = frozenset(
    {
        "ALERTS",
        "ALERTS_FOR_STATE",
        "scrape_body_size_bytes",
        "scrape_duration_seconds",
        "scrape_sample_limit",
        "scrape_samples_post_metric_relabeling",
        "scrape_samples_scraped",
        "scrape_series_added",
        "scrape_timeout_seconds",
        "up",
    }
)


def exported() -> dict[str, frozenset[str]]:
    """Names that each scrape job really gave, by job, as `make metrics` recorded them."""
    return {path.stem: frozenset(path.read_text().split()) for path in sorted(EXPORTED.glob("*.txt"))}


def of_teams(teams: Path = TEAMS) -> frozenset[str]:
    """Names that teams say their own services export: `teams/<team>/metrics.txt`, one name a line."""
    return frozenset(name for path in teams.glob("*/metrics.txt") for name in path.read_text().split())


def known() -> frozenset[str]:
    """Every name that a rule may read, but for recorded series."""
    return frozenset().union(SYNTHETIC, CONDITIONAL, of_teams(), *exported().values())


def unknown(rule_file: str, names: Collection[str]) -> Iterator[str]:
    """What a rule file reads that nobody exports or records, one line each.

    Args:
        rule_file: its content.
        names: metrics and recorded series that there are.
    """
    for rule in rules_in(rule_file):
        try:
            read = metric_names(rule["expr"])
        except ValueError as error:
            yield f"{rule.get('alert') or rule['record']}: {error}"
            continue
        for name in sorted(read - set(names)):
            yield f"{rule.get('alert') or rule['record']}: there is no metric {name}"


def recorded(rule_files: Iterable[str]) -> frozenset[str]:
    """Series that rule files record, by name."""
    return frozenset(rule["record"] for content in rule_files for rule in rules_in(content) if "record" in rule)


def rules_in(rule_file: str) -> list[dict[str, Any]]:
    """Every rule of a rule file."""
    return [rule for group in document(rule_file)["groups"] for rule in group["rules"]]
