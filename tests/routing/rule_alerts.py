"""The alerts that the rules make, as promtool's tests of the rules expect them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.support.documents import document
from tests.support.rendered import promtool_tests


@dataclass(frozen=True)
class RuleAlert:
    """An alert, `alertname` among its labels."""

    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return self.labels["alertname"]

    @property
    def severity(self) -> str:
        return self.labels["severity"]


@cache
def rule_alerts() -> tuple[RuleAlert, ...]:
    """Every alert that some test expects to fire."""
    return tuple(_expected())


def _expected() -> Iterator[RuleAlert]:
    for text in promtool_tests().values():
        for group in document(text)["tests"]:
            for case in group.get("alert_rule_test", []):
                for expected in case.get("exp_alerts") or []:
                    labels = {"alertname": case["alertname"], **expected.get("exp_labels", {})}
                    yield RuleAlert(labels, expected.get("exp_annotations", {}))
