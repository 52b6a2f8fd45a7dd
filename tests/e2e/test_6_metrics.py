"""The recorded lists of metrics, on which the rules' tests rely, are still true of what runs."""

from tests.e2e.system import System
from tests.support.expressions import metric_names
from tests.support.metrics import exported, rules_in
from tests.support.rendered import rendered
from tests.support.waiting import until_nothing

# targets that come and go at run time, with whatever they export
ANYTHING = {"file", "restarting"}


def jobs(system: System) -> set[str]:
    """Scrape jobs with a target that answers."""
    return {series["metric"]["job"] for series in system.query("count by (job) (up == 1)")}


def test_every_job_is_recorded(system: System) -> None:
    assert jobs(system) - exported().keys() <= ANYTHING, "run `make metrics`"


def test_every_metric_of_a_rule_exists(system: System) -> None:
    """Of the jobs that there are: an engine may be without metrics of its own."""
    recorded = frozenset[str]().union(*(exported()[job] for job in jobs(system) & exported().keys()))
    used = {
        name for text in rendered("prod").values() for rule in rules_in(text) for name in metric_names(rule["expr"])
    }
    expected = used & recorded
    assert len(expected) > 50, "the rules read next to nothing that was recorded"

    def missing() -> set[str]:
        return expected - set(system.get("prometheus", "/api/v1/label/__name__/values")["data"])

    until_nothing(missing, seconds=60, what="the metrics of the rules")
