"""Alerts that can't fire in this installation, because nothing exports a metric that they read."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.health.http_api import FetchJson
from ops.health.prometheus import RULES

NAMES = "/api/v1/label/__name__/values"
POOLS = "/api/v1/scrape_pools"
PARSE = "/api/v1/parse_query"
_ALWAYS = frozenset({"absent", "absent_over_time", "time", "vector"})  # answer without any series

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Unmeasured:
    """An alert, the severities of its rules that have no data, and the metrics that they lack."""

    alert: str
    severities: tuple[str, ...]
    missing: tuple[str, ...]


def unmeasured(url: str, fetch: FetchJson) -> tuple[list[Unmeasured], int]:
    """Alerts without data, by name, and how many alerts there are.

    Args:
        url: Prometheus's.
        fetch: asks it.

    Raises:
        OpsError: it doesn't answer.
    """
    groups = _data(fetch(f"{url}{RULES}", {})).get("groups", [])
    rules: list[Node] = [rule for group in groups for rule in group["rules"]]
    look = _Look(
        url,
        fetch,
        names=frozenset(_data(fetch(f"{url}{NAMES}", {}))),
        jobs=tuple(_data(fetch(f"{url}{POOLS}", {})).get("scrapePools", [])),
    )
    for rule in rules:
        if rule["type"] == "recording":
            look.records[rule["name"]].append(rule["query"])
    alerts = [rule for rule in rules if rule["type"] == "alerting"]
    found: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for alert in alerts:
        if missing := look.missing(look.parsed(alert["query"])):
            # a series that is recorded lacks what it is made of
            names = tuple(sorted(missing - look.records.keys() or missing))
            found[alert["name"], names].add(str(alert["labels"].get("severity", "")))
    lacking = [Unmeasured(name, tuple(sorted(found[name, missing])), missing) for name, missing in sorted(found)]
    return lacking, len({alert["name"] for alert in alerts})


@dataclass
class _Look:
    """What there is, and what of an expression isn't.

    Attributes:
        names: of all metrics that Prometheus has.
        jobs: of all its scrape jobs, those without a target included.
        records: name of a recorded series -> the expressions that make it.
    """

    url: str
    fetch: FetchJson
    names: frozenset[str]
    jobs: tuple[str, ...]
    records: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _under_way: frozenset[str] = frozenset()

    def parsed(self, query: str) -> Node:
        """The syntax tree, as Prometheus sees it."""
        tree: Node = _data(self.fetch(f"{self.url}{PARSE}", {"query": query}))
        return tree

    def missing(self, node: Node) -> frozenset[str]:
        """Metrics without which an expression has no result; none, if it may have one."""
        kind = node["type"]
        if kind in ("vectorSelector", "matrixSelector"):
            return self._of_selector(node)
        if kind == "binaryExpr":
            left, right = self.missing(node["lhs"]), self.missing(node["rhs"])
            if node["op"] == "unless":
                return left
            return left | right if node["op"] != "or" or (left and right) else frozenset()
        if kind == "call":
            inner = [] if node["func"]["name"] in _ALWAYS else node["args"]
        else:
            inner = [node["expr"]] if "expr" in node else []
        return frozenset().union(*(self.missing(each) for each in inner))

    def _of_selector(self, node: Node) -> frozenset[str]:
        name = node["name"]
        # alerts that fire, and what is named by a pattern, come and go
        if name in ("", "ALERTS", "ALERTS_FOR_STATE"):
            return frozenset()
        if name == "up":
            jobs = [matcher for matcher in node["matchers"] if matcher["name"] == "job"]
            known = any(all(_matches(matcher, job) for matcher in jobs) for job in self.jobs)
            asked = ",".join(f'job{matcher["type"]}"{matcher["value"]}"' for matcher in jobs)
            return frozenset() if known else frozenset({f"up{{{asked}}}" if asked else "up"})
        if name in self.names:
            return frozenset()
        if name not in self.records or name in self._under_way:
            return frozenset({name})
        before, self._under_way = self._under_way, self._under_way | {name}
        lacking = [self.missing(self.parsed(query)) for query in self.records[name]]
        self._under_way = before
        return frozenset().union(*lacking) if all(lacking) else frozenset()


def _matches(matcher: Mapping[str, str], value: str) -> bool:
    kind, wanted = matcher["type"], matcher["value"]
    same = re.fullmatch(wanted, value) is not None if "~" in kind else value == wanted
    return same != kind.startswith("!")


def _data(answer: object) -> Any:
    return answer.get("data") or {} if isinstance(answer, dict) else {}
