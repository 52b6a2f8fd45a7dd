"""No secret's value is found anywhere but where it is read: looked for by value, in everything there is to read."""

import json
import os
import zlib
from pathlib import Path

import pytest

from ops.dev_secrets import NAMES
from tests.e2e.system import PREFIX, System, run_in

GZIP = b"\x1f\x8b"


@pytest.fixture(scope="module")
def canaries(system: System) -> dict[str, str]:
    config = json.loads(system.monitor("pulumi", "--", "config", "--json", "--show-secrets").stdout)
    secret = {key.removeprefix(PREFIX): each["value"] for key, each in config.items() if each["secret"]}
    # of an address, the end is the credential
    values = {key: value.rpartition("/")[2] for key, value in secret.items()}
    expected = {*NAMES, "grafanaPostgresPassword", "grafanaUserPassword-vera"}
    assert {name for name in expected if system.has_grafana or not name.startswith("grafana")} <= set(values)
    outputs = json.loads(system.monitor("pulumi", "--", "stack", "output", "--json", "--show-secrets").stdout)
    values |= {f"token of {name}": token for name, token in outputs.get("serviceAccountTokens", {}).items()}
    assert all(len(value) >= 24 for value in values.values()), "too short to be told from chance"
    return values


def absent(canaries: dict[str, str], text: str, where: str) -> None:
    for key, value in canaries.items():
        assert value not in text, f"{key} is readable in {where}"


def test_not_in_the_state_nor_in_any_other_generated_file(system: System, canaries: dict[str, str]) -> None:
    files = [path for path in (system.root / ".state").rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path for path in files if "stacks" in path.parts]
    for path in files:
        absent(canaries, path.read_bytes().decode(errors="replace"), str(path))


def test_not_in_what_a_deployment_prints(system: System, canaries: dict[str, str]) -> None:
    for words in (("up",), ("pulumi", "--", "stack", "export"), ("pulumi", "--", "preview", "--diff"), ("health",)):
        result = system.monitor(*words)
        absent(canaries, result.stdout + result.stderr, " ".join(words))


@pytest.mark.skipif(os.environ.get("AIRGAP") == "0", reason="then Pulumi's home, with its logs, is the person's")
def test_pulumi_keeps_no_log(system: System) -> None:
    def logs() -> set[Path]:
        return set((Path.home() / ".pulumi/logs").glob(f"*+{system.stack}-*"))

    before = logs()
    system.monitor("up")
    assert (system.root / ".state/pulumi/logs").is_file(), "in the place of the folder"
    assert logs() == before


def test_not_in_the_logs_of_those_who_want_some(system: System, canaries: dict[str, str], tmp_path: Path) -> None:
    system.monitor("up", env={"PULUMI_HOME": str(tmp_path)})
    logs = list((tmp_path / "logs").glob("*.log"))
    assert logs
    for path in logs:
        content = path.read_bytes()
        if content.startswith(GZIP):
            # the last block of a log that was cut off may be missing
            content = zlib.decompressobj(wbits=31).decompress(content)
        absent(canaries, content.decode(errors="replace"), str(path))


def test_not_in_docker_inspect_and_not_in_logs(system: System, canaries: dict[str, str]) -> None:
    for part, container in system.containers().items():
        absent(canaries, json.dumps(container.attrs), f"docker inspect {part}")
        absent(canaries, container.logs().decode(errors="replace"), f"docker logs {part}")


@pytest.mark.usefixtures("system")
def test_not_in_any_process_environment_or_command_line(canaries: dict[str, str]) -> None:
    looked = 0
    for process in Path("/proc").glob("[0-9]*"):
        for name in ("environ", "cmdline"):
            try:
                content = (process / name).read_bytes().decode(errors="replace")
            except OSError:
                continue  # it ended meanwhile
            looked += 1
            absent(canaries, content, f"{name} of process {process.name}")
    assert looked > 40


def test_secret_files_are_closed_to_everyone_else(system: System) -> None:
    container = system.containers()["alertmanager"]
    _, listing = run_in(container, "ls", "-ln", "/etc/alertmanager/secrets")
    assert listing.count("-r--------    1 65534    65534") == 4, listing
    code, _ = run_in(container, "sh", "-c", "echo x > /etc/alertmanager/secrets/smtp_password")
    assert code != 0
