"""The servers' own checks of what the real stacks deploy, whatever their numbers are."""

from pathlib import Path

import pytest

from config.alertmanager.server import alertmanager_config
from config.prometheus.rules import rules
from config.prometheus.scrapes import scrapes
from config.prometheus.server import prometheus_config
from tests.support.panel_queries import as_rule_file, panel_queries
from tests.support.rendered import promtool, settings_of
from tests.support.stack_files import VARIANTS, stack_files, varied


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("stack", stack_files())
def test_what_a_stack_deploys_is_valid(stack: str, variant: str, tmp_path: Path) -> None:
    chosen = settings_of(stack, varied(stack, variant))
    config = prometheus_config(chosen, scrapes(chosen, ["shop"]), rules(chosen))
    for name, content in config.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("/etc/prometheus", str(tmp_path)) if name == "prometheus.yml" else content)
    (tmp_path / "queries.yml").write_text(as_rule_file(panel_queries(chosen)))
    for arguments in (
        ("config", "--lint=all", "--lint-fatal", "prometheus.yml"),  # the rules, too
        ("rules", "--lint=none", "queries.yml"),
    ):
        result = promtool("check", *arguments, folder=tmp_path)
        assert result.returncode == 0, result.stdout + result.stderr
    assert alertmanager_config(chosen).revision
