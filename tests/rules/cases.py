"""promtool's test files, cut into their cases: each with only those rules that it looks at and what they read.

promtool evaluates every rule of a file at every step of every case, which is ten to thirty times the work.
`tests/long/test_whole_rules.py` runs the files as they are.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from tests.support.documents import document
from tests.support.rule_graph import RuleGraph

Document = dict[str, Any]


def cases(test: str, files: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A rule file and a promtool test file that loads it as `rules.yml`, for each case of a test file.

    Args:
        test: content of a promtool test file.
        files: rule files by name.
    """
    whole: Document = document(test)
    names = [name for name in files if any(fnmatch(name, pattern) for pattern in whole["rule_files"])]
    graph = RuleGraph([group for name in names for group in document(files[name])["groups"]])
    for case in whole["tests"]:
        alerts = {expected["alertname"] for expected in case.get("alert_rule_test") or ()}
        asked = [expected["expr"] for expected in case.get("promql_expr_test") or ()]
        groups = graph.only(graph.needed(graph.looked_at(alerts, asked)))
        there = {group["name"] for group in groups}
        order = [name for name in whole.get("group_eval_order") or () if name in there]
        yield (
            _yaml({"groups": groups}),
            _yaml({**whole, "rule_files": ["rules.yml"], "group_eval_order": order, "tests": [case]}),
        )


def write(test: str, files: Mapping[str, str], folder: Path) -> list[str]:
    """Write the cases of a test file; returns the names of their test files, one for each case."""
    names = []
    for number, (rules, case) in enumerate(cases(test, files)):
        (folder / str(number)).mkdir()
        (folder / str(number) / "rules.yml").write_text(rules)
        (folder / str(number) / "test.yml").write_text(case)
        names.append(f"{number}/test.yml")
    return names


def _yaml(content: Document) -> str:
    return yaml.dump(content, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), allow_unicode=True, sort_keys=False)
