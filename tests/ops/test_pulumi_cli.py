"""How the Pulumi CLI is called: arguments, environment, standard input."""

import os
import stat
from pathlib import Path

import pytest

from ops.backend import choose
from ops.dev_secrets import NAMES, missing
from ops.environment import pulumi_environment
from ops.errors import OpsError
from ops.project import Project, Stack
from ops.pulumi_cli import Pulumi, last_words
from ops.pulumi_home import ensure_pulumi_home
from tests.ops.conftest import FakePulumi, write_yaml


@pytest.fixture
def cli(stack: Stack, pulumi: FakePulumi) -> Pulumi:
    assert pulumi.folder.is_dir()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PULUMI_CONFIG_PASSPHRASE": "in the environment"}
    backend = choose(stack.project, env)
    child = pulumi_environment(stack.project, backend, env, airgap=True, passphrase_file=Path("/p/file"))
    write_yaml(stack.project.root / "seed.yaml", {})
    stack.folder.mkdir(parents=True)
    write_yaml(stack.config_file, {"config": {}})
    return Pulumi(stack, child)


def flags(cli: Pulumi, *args: str) -> str:
    return " ".join(cli.command(args)[1:])


def test_commands_get_the_stack_and_the_generated_configuration(cli: Pulumi) -> None:
    both = f"--stack dev --config-file {cli.stack.config_file}"
    assert flags(cli, "up", "--yes") == f"up --yes {both}"
    assert flags(cli, "config", "get", "x") == f"config get x {both}"
    assert flags(cli, "stack", "export") == "stack export --stack dev"
    assert flags(cli, "stack", "ls") == "stack ls"
    assert flags(cli, "version") == "version"


def test_what_the_person_chose_isnt_given_twice(cli: Pulumi) -> None:
    assert flags(cli, "up", "--stack", "x", "--config-file", "y") == "up --stack x --config-file y"
    assert flags(cli, "config", "set", "k", "--", "-1").endswith(f"--config-file {cli.stack.config_file} -- -1")


def test_a_secret_travels_on_standard_input_only(cli: Pulumi, pulumi: FakePulumi) -> None:
    cli.set_secret("postgresPassword", "hunter2")
    (call,) = pulumi.calls
    assert call["stdin"] == "hunter2"
    assert "hunter2" not in str([call["args"], call["env"]])


def test_a_stack_is_created_outside_the_git_tree_with_its_secrets_provider(
    cli: Pulumi, pulumi: FakePulumi, checkout: Path
) -> None:
    write_yaml(cli.stack.config_file, {"secretsprovider": "passphrase"})
    before = {path.name for path in checkout.iterdir()}
    made = cli.init_stack()
    (call,) = pulumi.called("stack", "init")
    assert not Path(call["cwd"]).is_relative_to(checkout)
    assert made == {"secretsprovider": "passphrase", "encryptionsalt": "v1:made"}
    assert {path.name for path in checkout.iterdir()} == before


def test_a_failure_is_pulumis_own_complaint_on_one_line(cli: Pulumi, pulumi: FakePulumi) -> None:
    pulumi.answer("stack export", err="warning: old\nerror: no stack named 'dev' found\n", code=255)
    with pytest.raises(OpsError, match=r"^`pulumi stack export` failed: no stack named 'dev' found$"):
        cli.export()


def test_last_words_of_a_silent_command() -> None:
    assert last_words("") == "it said nothing"
    assert last_words("a\nb\n") == "b"


def test_no_cli_says_how_to_get_one(stack: Stack) -> None:
    with pytest.raises(OpsError, match="make tools"):
        Pulumi(stack, {"PATH": "/nowhere"}).command(["up"])


def test_air_gapped_path_has_the_built_tools_in_front(project: Project) -> None:
    env = {"PATH": "/usr/bin", "HOME": "/nowhere"}
    child = pulumi_environment(project, choose(project, env), env, airgap=True, passphrase_file=None)
    folders = child["PATH"].split(":")
    assert folders[1:] == [f"{project.root}/.state/bin", "/usr/bin"]
    assert child["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"


def test_official_path_has_neither_and_plugins_may_be_fetched(project: Project) -> None:
    env = {"PATH": "/usr/bin", "HOME": "/nowhere"}
    child = pulumi_environment(project, choose(project, env), env, airgap=False, passphrase_file=None)
    assert "plugins" not in child["PATH"]
    assert ".state" not in child["PATH"]
    assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in child


def test_the_local_passphrase_is_a_file_never_a_value(cli: Pulumi) -> None:
    assert cli.env["PULUMI_CONFIG_PASSPHRASE_FILE"] == "/p/file"
    assert "PULUMI_CONFIG_PASSPHRASE" not in cli.env


def test_another_backends_passphrase_is_left_alone(project: Project) -> None:
    env = {"PULUMI_BACKEND_URL": "s3://x", "PULUMI_CONFIG_PASSPHRASE": "theirs", "PATH": ""}
    child = pulumi_environment(project, choose(project, env), env, airgap=True, passphrase_file=None)
    assert child["PULUMI_CONFIG_PASSPHRASE"] == "theirs"
    assert "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER" not in child


@pytest.mark.parametrize("config", [{}, {"demo": False}])
def test_of_a_stack_that_is_no_demo_only_grafanas_key_is_generated(config: dict[str, object]) -> None:
    assert missing(config, grafana=False) == {}
    assert set(missing(config, grafana=True)) == {"grafanaSecretKey"}
    assert missing({**config, "grafanaSecretKey": {"secure": "x"}}, grafana=True) == {}


def test_without_grafana_a_demo_needs_none_of_its_secrets() -> None:
    config = {"demo": True, "grafana": {"users": [{"login": "anna"}], "postgres": {"address": "pg:5432"}}}
    assert {name for name in NAMES if not name.startswith("grafana")} == set(missing(config, grafana=False))
    more = {"grafanaUserPassword-anna", "grafanaPostgresPassword"}
    assert set(missing(config, grafana=True)) == {*NAMES, *more}


def test_a_demo_gets_generated_secrets_and_only_those_it_lacks() -> None:
    made = missing({"demo": "true", "redisPassword": {"secure": "x"}}, grafana=True)
    assert set(made) == set(NAMES) - {"redisPassword"}
    assert made["slackWebhookUrl"].startswith("http://sink:8080/slack/")
    assert made["heartbeatUrl"].startswith("http://sink:8080/heartbeat/")
    assert len(set(made.values())) == len(NAMES) - 1
    assert made != missing({"demo": True, "redisPassword": {}}, grafana=True)


def test_a_local_backend_has_a_pulumi_home_in_the_checkout_without_logs(project: Project) -> None:
    env = {"PATH": "", "HOME": "/nowhere"}
    home = ensure_pulumi_home(project, choose(project, env), env, airgap=True)
    assert home == project.root / ".state/pulumi"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert "PULUMI_HOME" in (home / "logs").read_text(), "in the place of the folder, a file that says how to have it"
    child = pulumi_environment(project, choose(project, env), env, airgap=True, passphrase_file=None, home=home)
    assert child["PULUMI_HOME"] == str(home)


@pytest.mark.parametrize(
    ("env", "airgap"),
    [({"PULUMI_HOME": "/mine"}, True), ({"PULUMI_BACKEND_URL": "s3://theirs"}, True), ({}, False)],
    ids=["chosen by the person", "a login may be in it", "downloaded plugins are in it"],
)
def test_otherwise_pulumis_home_is_the_persons(project: Project, env: dict[str, str], airgap: bool) -> None:
    env = {"PATH": "", "HOME": "/nowhere", **env}
    home = ensure_pulumi_home(project, choose(project, env), env, airgap=airgap)
    child = pulumi_environment(project, choose(project, env), env, airgap=airgap, passphrase_file=None, home=home)
    assert child.get("PULUMI_HOME") == env.get("PULUMI_HOME")
    assert not (project.state / "pulumi").exists()
