"""Backend, passphrase, mode and locks: decided once, kept safe."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ops import local_state
from ops.backend import choose, local_url
from ops.errors import OpsError, UsageError
from ops.mode import decide, forget, remember
from ops.passphrase import ensure_passphrase
from ops.project import Project, Stack
from tests.ops.conftest import NAME, write_yaml


def no_internet() -> tuple[bool, str]:
    return False, "no answer"


def nobody_asks() -> tuple[bool, str]:
    pytest.fail("the network was asked although the answer was known")


def test_without_a_choice_the_backend_is_local(project: Project) -> None:
    chosen = choose(project, {"HOME": "/nowhere"})
    assert chosen.local
    assert chosen.url == f"file://{project.root}/.state/backend"


def test_pulumis_own_order_of_choices_holds(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text(json.dumps({"current": "https://login"}))
    env = {"PULUMI_HOME": str(tmp_path)}
    assert choose(Project.load(checkout), env).url == "https://login"
    write_yaml(checkout / "Pulumi.yaml", {"name": NAME, "backend": {"url": "s3://project"}})
    assert choose(Project.load(checkout), env).url == "s3://project"
    chosen = choose(Project.load(checkout), {**env, "PULUMI_BACKEND_URL": "gs://mine"})
    assert (chosen.url, chosen.local, chosen.chosen_by) == ("gs://mine", False, "PULUMI_BACKEND_URL")


def test_an_access_token_alone_means_pulumi_cloud(project: Project) -> None:
    assert choose(project, {"PULUMI_ACCESS_TOKEN": "x", "HOME": "/nowhere"}).url == "https://api.pulumi.com"


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"current": ""}'])
def test_a_login_file_without_a_login_is_no_choice(project: Project, tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials.json").write_text(content)
    assert choose(project, {"PULUMI_HOME": str(tmp_path)}).local


def test_our_own_backend_named_by_hand_is_still_local(project: Project) -> None:
    assert choose(project, {"PULUMI_BACKEND_URL": local_url(project)}).local


def test_the_passphrase_is_made_once_and_private(project: Project) -> None:
    path = ensure_passphrase(project)
    first = path.read_text()
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(project.state.stat().st_mode) == 0o700
    path.chmod(0o644)
    assert ensure_passphrase(project).read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lost_passphrase_isnt_replaced_by_another(project: Project) -> None:
    stacks = project.state / "backend" / ".pulumi" / "stacks" / NAME
    stacks.mkdir(parents=True)
    (stacks / "dev.json").write_text("{}")
    with pytest.raises(OpsError, match=r"\.state/passphrase is gone"):
        ensure_passphrase(project)
    assert not (project.state / "passphrase").exists()


def test_the_mode_by_hand_goes_before_everything(stack: Stack) -> None:
    remember(stack, decide(stack, False, {}, nobody_asks))
    assert decide(stack, True, {"AIRGAP": "0"}, nobody_asks).airgap
    assert decide(stack, None, {"AIRGAP": "1"}, nobody_asks).airgap
    assert not decide(stack, None, {"AIRGAP": "0"}, nobody_asks).airgap


def test_a_stack_keeps_its_mode_until_it_is_gone(stack: Stack) -> None:
    mode = decide(stack, None, {}, no_internet)
    assert mode.airgap
    remember(stack, mode)
    assert decide(stack, None, {"AIRGAP": ""}, nobody_asks).airgap
    forget(stack)
    assert not decide(stack, None, {}, lambda: (True, "answers")).airgap


def test_a_wrong_airgap_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(UsageError, match="AIRGAP=maybe"):
        decide(stack, None, {"AIRGAP": "maybe"}, nobody_asks)


def write_lock(stack: Stack, pid: int, hostname: str | None = None) -> None:
    folder = stack.project.state / "backend/.pulumi/locks/organization" / NAME / stack.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{pid}.json").write_text(json.dumps({"pid": pid, "hostname": hostname or socket.gethostname()}))


def test_a_lock_of_a_process_that_ended_isnt_held(stack: Stack) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write_lock(stack, ended.pid)
    assert [lock.held for lock in local_state.locks(stack)] == [False]


def test_a_lock_whose_pid_is_now_another_program_isnt_held(stack: Stack) -> None:
    write_lock(stack, os.getpid())  # alive, and not Pulumi
    assert [lock.held for lock in local_state.locks(stack)] == [False]


def test_a_lock_of_a_living_pulumi_is_held(stack: Stack, tmp_path: Path) -> None:
    executable = tmp_path / "pulumi"
    executable.symlink_to("/bin/sleep")
    living = subprocess.Popen([executable, "30"])
    try:
        write_lock(stack, living.pid)
        assert [lock.held for lock in local_state.locks(stack)] == [True]
        living.kill()  # not waited for: a zombie has ended too
        os.waitid(os.P_PID, living.pid, os.WEXITED | os.WNOWAIT)
        assert [lock.held for lock in local_state.locks(stack)] == [False]
    finally:
        living.kill()
        living.wait()


def test_a_lock_taken_on_another_machine_is_held(stack: Stack) -> None:
    write_lock(stack, 1, hostname="elsewhere")
    assert [lock.held for lock in local_state.locks(stack)] == [True]
