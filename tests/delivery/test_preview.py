"""`make pr-preview` on a clone: a change is told in words, a broken one with file and line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from delivery.preview import PreviewFailed, preview
from ops.errors import UsageError
from tests.delivery.conftest import Change, commit, git
from tests.support.program import ROOT

STACK = "Pulumi.prod.yaml"
NEEDS_PROGRAMS = pytest.mark.skipif(
    not (ROOT / ".state/bin/promtool").exists(), reason="promtool and amtool aren't built: make rules"
)


def failure(clone: Path) -> str:
    with pytest.raises(PreviewFailed) as raised:
        preview("HEAD", clone)
    return raised.value.report


def test_changes_of_every_kind_are_told_in_words(clone: Path, change: Change) -> None:
    change(STACK, "slack: {}", "slack: {}\n    pagerduty: {}")
    change(STACK, "    - name: worker\n      address: worker:8080\n", "    - {name: worker, address: 'worker:8081'}\n")
    change(STACK, "  autonomica-monitoring:redis:", "  autonomica-monitoring:thresholds: {system: {cpuPercent: 91}}\n"
           "  autonomica-monitoring:alerts: {HostMemoryHigh: {for: 42m}}\n  autonomica-monitoring:redis:")  # fmt: skip
    change(STACK, "retentionDays: 30", "retentionDays: 60")
    change("config/images.yaml", "tag: v3.16.0", "tag: v3.99.0")
    change("config/areas/redis/dashboard.py", '"Redis"', '"Is it up?"')
    text = preview("HEAD", clone)
    for line in (
        "- changed: `HostCpuHigh` (warning): `> 80.0` → `> 91.0`; other text: description",
        "- changed: `HostMemoryHigh` (warning): for `600s` → `42m`",
        "- changed: `storage.tsdb.retention.time`: `30d` → `60d`",
        "- changed: `prometheus`: `v3.16.0` → `v3.99.0`",
        "- **replaced: container `prometheus`, which has data** in `autonomica-prod-prometheus-data`, "
        "`autonomica-prod-prometheus-targets`: another image",
        "- **needed before the deployment**: `pulumi config set --secret pagerdutyRoutingKey`",
        "- changed: scrape job `worker`: target removed: `worker:8080`; target added: `worker:8081`",
        "- also told `pagerduty`: ",
        "- changed: dashboard `Is it up?`: changed panel `Is it up?` (title); title",
    ):
        assert line in text, text
    assert "Nothing changes." not in text
    commit(clone)
    assert preview("HEAD", clone).endswith("### Stack prod\n\nNothing changes.\n")


def test_data_that_a_change_deletes_is_bold(clone: Path, change: Change) -> None:
    change("components/prometheus.py", 'data_volume("prometheus-data"', 'data_volume("prometheus-series"')
    text = preview("HEAD", clone)
    assert "- **volume `autonomica-prod-prometheus-data` with data is deleted: it stays on the engine" in text
    assert "- **replaced: container `prometheus`, which has data**" in text


def test_wrong_settings_are_told_with_their_lines(clone: Path, change: Change) -> None:
    change(STACK, "retentionDays: 30", "retentionDays: -3")
    change(STACK, "slack: {}", "slakc: {}")
    change(STACK, "address: redis:6379", "address: redis")
    report, lines = failure(clone), (clone / STACK).read_text().splitlines()
    for text, message in {
        "    retentionDays: -3": "prometheus.retentionDays: input should be",
        "    slakc: {}": "notifications.slakc: there is no such setting",
        "    address: redis": "redis.address: must be HOST:PORT",
    }.items():
        assert f"- `{STACK}:{lines.index(text) + 1}`: {message}" in report, report


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        (STACK, "config:", "config: [", f"- `{STACK}:4`: isn't valid YAML"),
        ("config/grafana/panels.py", "import ", "imprt ", "- `config/grafana/panels.py:7: SyntaxError`: "),
        ("config/areas/redis/dashboard.py", "Limits(warn", "Limitts(warn", "- `config/areas/redis/dashboard.py:"),
        ("config/areas/redis/rules.yml", "<< thresholds.redis.down", "<< thresholds.redis.downn", "downn"),
        ("dashboards/broken.json", None, "{", "- `dashboards/broken.json`: is not JSON"),
        (
            "teams/shop/rules/x.yml",
            None,
            "groups:\n- name: a\n  rules:\n  - alert: Foo\n    expr: up\n    labels: {severity: info}\n",
            "- `teams/shop/rules/x.yml:4`: alert 'Foo': its label team must be 'shop'",
        ),
    ],
)
def test_a_broken_change_is_told_with_its_place(
    clone: Path, change: Change, file: str, before: str | None, after: str, expected: str
) -> None:
    if before is None:
        (clone / file).parent.mkdir(parents=True, exist_ok=True)
        (clone / file).write_text(after)
    else:
        change(file, before, after)
    report = failure(clone)
    assert "❌ **It can't be deployed:**" in report
    assert expected in report, report


@NEEDS_PROGRAMS
def test_what_prometheus_and_alertmanager_refuse_is_told_with_its_source(clone: Path, change: Change) -> None:
    change("config/areas/redis/rules.yml", "expr: last_over_time(redis_up[2m]) == 0", "expr: redis_up === 0")
    line = (clone / "config/areas/redis/rules.yml").read_text()[:-1].split("alert: RedisDown")[0].count("\n") + 1
    report = failure(clone)
    assert f"- `config/areas/redis/rules.yml:{line}`: " in report
    assert '"RedisDown": could not parse expression' in report
    git(clone, "checkout", "-q", ".")
    change("config/alertmanager/routes.py", '"group_wait": f', '"group_wayt": f')
    assert "field group_wayt not found" in failure(clone)


def test_what_is_against_a_policy_is_told_unless_it_is_excepted(clone: Path, change: Change) -> None:
    change("components/base/container.py", "read_only=True", "read_only=False")
    assert "- policy read-only: redis-exporter: its root filesystem can be written to" in failure(clone)
    change(STACK, "config:", "config:\n  policy:exceptions: {read_only: {redis-exporter: until then}}")
    meant = "policy:exceptions: there is no policy 'read_only'; is 'read-only' meant?"
    assert f"- `{STACK}:3`: {meant}" in failure(clone)


def test_stacks_that_are_new_or_gone(clone: Path) -> None:
    (clone / STACK).rename(clone / "Pulumi.canary.yaml")
    text = preview("HEAD", clone)
    assert "### Stack canary\n\n**A new stack**: 13 containers, " in text
    assert "- `pulumi config set --stack canary --secret smtpPassword`" in text
    assert "### Stack prod\n\n**This stack's file is gone.**" in text


@pytest.mark.parametrize("breaks", ["__main__.py", STACK, "Pulumi.yaml"])
def test_a_base_that_cannot_be_rendered_is_told_and_no_failure(clone: Path, breaks: str) -> None:
    good = (clone / breaks).read_text()
    (clone / breaks).write_text("]: {")
    commit(clone)
    (clone / breaks).write_text(good)
    text = preview("HEAD", clone)
    assert "It can be deployed: 13 containers, " in text
    assert ("The base can't be rendered" in text) or ("The base couldn't: " in text)


def test_a_base_with_other_requirements_that_cannot_be_installed(clone: Path) -> None:
    good = (clone / "requirements.txt").read_text()
    (clone / "requirements.txt").write_text("no-index/nothing such\n")
    commit(clone)
    (clone / "requirements.txt").write_text(good)
    assert "**The base can't be rendered**, so there is nothing to compare with: its requirements" in preview(
        "HEAD", clone
    )


def test_no_secret_appears(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encrypted ones stay so; one in plain text is refused, and not shown; the passphrase isn't handed on."""
    encrypted = "v1:canaryCipherText:canaryCipherText"
    text = (clone / STACK).read_text()
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "canary-passphrase")
    keep = "  autonomica-monitoring:{}: {}\n"
    (clone / STACK).write_text(text + keep.format("smtpPassword", f"{{secure: '{encrypted}'}}"))
    main = (clone / "__main__.py").read_text()
    (clone / "__main__.py").write_text(main + "\nimport os\nassert 'PULUMI_CONFIG_PASSPHRASE' not in os.environ\n")
    assert "canary" not in preview("HEAD", clone)
    (clone / STACK).write_text(text + keep.format("smtpPassword", "canary-plain"))
    report = failure(clone)
    assert "smtpPassword: this secret is stored in plain text" in report
    assert "canary" not in report


def test_a_base_that_is_not_there(clone: Path) -> None:
    with pytest.raises(UsageError, match="there is no commit 'nope' here"):
        preview("nope", clone)
    with pytest.raises(UsageError, match="there is no commit '--help' here"):
        preview("--help", clone)


def test_the_command(clone: Path) -> None:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "delivery", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=clone, env=dict(os.environ), check=False)

    assert run().returncode == 2
    assert run("nope").stderr.startswith("pr-preview: there is no commit 'nope'")
    assert run("HEAD").stdout.endswith("Nothing changes.\n")
    (clone / STACK).write_text("config: [")
    broken = run("HEAD")
    assert (broken.returncode, "isn't valid YAML" in broken.stdout) == (1, True)
