"""Alertmanager's configuration is valid in every stack, and every severity reaches whom it is meant for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from config.alertmanager.server import CONFIG_DIRECTORY, alertmanager_config
from tests.rules.rendered import TOOLS, settings

STACKS = ("dev", "staging", "prod")

# label set -> receiver
ROUTES = [
    (("severity=critical", "alertname=RedisDown"), "critical"),
    (("severity=warning", "alertname=ContainerRestarting"), "warning"),
    (("severity=info", "alertname=Anything"), "info"),
    # nobody said how bad it is: a person looks at it
    (("alertname=Unlabelled",), "warning"),
    (("severity=Critical", "alertname=Misspelt"), "warning"),
]


def amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run amtool; its exit code and what it says."""
    found = shutil.which("amtool", path=str(TOOLS)) or shutil.which("amtool")
    if found is None:
        raise FileNotFoundError("amtool is not built; run `make rules`, which builds it, or `make tools`")
    return subprocess.run([found, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(params=STACKS)
def config_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A stack's alertmanager.yml with everything it names, at another place."""
    for name, content in alertmanager_config(settings(request.param)).files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace(CONFIG_DIRECTORY, str(tmp_path)))
    (tmp_path / "secrets").mkdir()
    for secret in ("smtp_password", "slack_webhook_url"):
        (tmp_path / "secrets" / secret).write_text("http://localhost/secret")
    return tmp_path / "alertmanager.yml"


def test_the_configuration_is_valid(config_file: Path) -> None:
    result = amtool("check-config", str(config_file))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "1 templates" in result.stdout


@pytest.mark.parametrize(("labels", "receiver"), ROUTES)
def test_an_alert_reaches_whom_it_is_meant_for(config_file: Path, labels: tuple[str, ...], receiver: str) -> None:
    result = amtool("config", "routes", "test", f"--config.file={config_file}", *labels)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == receiver


@pytest.mark.parametrize("template", ["autonomica.subject", "autonomica.text", "autonomica.email.html"])
def test_templates_render(config_file: Path, template: str) -> None:
    result = amtool(
        "template",
        "render",
        f"--template.glob={config_file.parent}/revisions/*/*.tmpl",
        f'--template.text={{{{ template "{template}" . }}}}',
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()
