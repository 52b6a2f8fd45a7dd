"""What errors mean and what to do about them: the messages are those of real registries, engines and providers.

`recorded/provider_errors.json` holds what Pulumi's Docker provider says of each case on engines 20.10 and 28.5, once as
a line of its log and once as the resource's error.
"""

from typing import Any

import pytest

from ops.hints import explain, refusal
from tests.ops.conftest import recorded

DIGEST = "sha256:" + "a" * 64
REAL: dict[str, dict[str, dict[str, Any]]] = recorded("provider_errors")
# case -> what a person is told, and a part of what to do
MEANT = {
    "bind-missing": ("the engine's machine has no /nope/x", "create it there"),
    "cpus-too-many": ("ange of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "set `dockerCpus`"),
    "device-missing": ("the engine's machine has no /dev/nope", "create it there"),
    "engine-away": ("no Docker engine answers at unix:///tmp/nope.sock", "`systemctl start docker`"),
    "engine-gone-midway": ("the Docker engine went away meanwhile", "run this again"),
    "engine-refuses": ("no Docker engine answers at tcp://127.0.0.1:29777", "`systemctl start docker`"),
    "exits-wait": (
        "autonomica-dev-exits-wait doesn't become healthy",
        "`docker logs --tail 50 autonomica-dev-exits-wait`",
    ),
    "image-bad-name": ("image 'UPPER/prom:v3' can't be pulled: ", "check `imageRegistry`"),
    "image-missing": (f"image 'sha256:{'a1b2' * 16}' can't be pulled: ", "check `imageRegistry`"),
    "image-registry-away": ("image 'nowhere.invalid/prom/prometheus:v3' can't be pulled: ", "registry doesn't answer"),
    "image-registry-refuses": ("image '127.0.0.1:1/prom/prometheus:v3' can't be pulled: ", "registry doesn't answer"),
    "ip-missing": ("port 29556 can't be published on 10.9.8.7: the engine's machine has no", "`publishAddress`"),
    "memory-too-small": ("its memory limit is below 6MB, the least that the engine gives", "`memoryMb`"),
    "name-taken": (
        "there is a container autonomica-e2e-prometheus already",
        "rm -f autonomica-e2e-prometheus`",
    ),
    "network-in-use": ("autonomica-dev-in-use isn't removed", "`docker ps -a --filter network=autonomica-dev-in-use`"),
    "network-missing": ("there is no Docker network no-such-net", "bring up the application"),
    "network-name-taken": ("there is a network autonomica-e2e-edge already", "`docker network rm autonomica-e2e-edge`"),
    "network-overlap": ("another Docker network has addresses of its subnet", "set `subnet`"),
    "never-healthy": ("autonomica-dev-never-healthy doesn't become healthy", "`docker logs --tail 50"),
    "no-program": ('exec: "/nope": stat /nope: no such file or directory: unknown', ""),
    "no-space": ("write /data/x: no space left on device", "`docker system df`"),
    "port-container": ("port 29090 on 127.0.0.1 is taken by another container", "`docker ps --filter publish=29090`"),
    "port-host": ("port 29555 on 127.0.0.1 is taken by another program of the host", "`ss -ltnp sport = :29555`"),
    "volume-in-use": ("autonomica-dev-in-use isn't removed", "`docker ps -a --filter volume=autonomica-dev-in-use`"),
    "volume-protected": ("autonomica-dev-protected holds data and is protected", "`make down` keeps it"),
}


@pytest.mark.parametrize("engine", REAL)
@pytest.mark.parametrize("case", MEANT)
def test_what_the_provider_says_is_one_line_with_a_way_out(engine: str, case: str) -> None:
    urn = f"urn:pulumi:dev::autonomica-monitoring::{REAL[engine][case]['type']}::{case}"
    [(told, step)] = {explain(message, urn) for message in REAL[engine][case]["messages"]}
    words, part = MEANT[case]
    assert words in told
    assert part in (step or "")
    assert "\n" not in told
    for foreign in ("error occurred", "sdk.", ".go:", "provider=", "urn:", "Error response from daemon", "Unable to"):
        assert foreign not in told


def test_nothing_recorded_is_left_out() -> None:
    assert {case for cases in REAL.values() for case in cases} == MEANT.keys()


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        (
            f"manifest for mirror:5000/prom/prometheus@{DIGEST} not found: manifest unknown: manifest unknown",
            "`digest` in",
        ),
        ("manifest for mirror:5000/caddy:2 not found: manifest unknown: manifest unknown", "check `imageRegistry`"),
        ('Head "http://mirror:5000/v2/caddy/manifests/2": no basic auth credentials', "`docker login REGISTRY`"),
        ("unauthorized: authentication required", "`docker login REGISTRY`"),
        ('Get "http://mirror:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused', "doesn't answer: check"),
        ("pull access denied for shop, repository does not exist or may require 'docker login'", "`make images`"),
        ("No such image: prom/prometheus:v3", "imageRegistry"),
        ("dial unix /var/run/docker.sock: connect: no such file or directory", "start the Docker engine"),
        (
            "permission denied while trying to connect to the Docker daemon socket: Get "
            '"http://%2Fvar%2Frun%2Fdocker.sock/v1.24/x": dial unix /var/run/docker.sock: connect: permission denied',
            "join its group",
        ),
        ("error setting label on mount source '/var/run/docker.sock': permission denied", "SELinux refuses it"),
        ("SELinux relabeling of /etc is not allowed", "SELinux refuses it"),
        ('avc:  denied  { connectto } for  pid=4 comm="caddy" path="/run/docker.sock"', "SELinux refuses it"),
        ("unable to derive the IP value for host-gateway", "default bridge"),
    ],
)
def test_what_registries_and_hosts_answer_has_a_way_out(message: str, advice: str) -> None:
    told, step = explain(message)
    assert told == message
    assert advice in str(step)


def test_what_nobody_knows_has_none() -> None:
    assert explain("something else altogether") == ("something else altogether", None)


def test_the_programs_own_lines_stay_lines() -> None:
    wrong = "prometheus.port: must be a number\nsubnet: is missing"
    assert explain(wrong, "urn:pulumi:dev::autonomica-monitoring::pulumi:pulumi:Stack::autonomica-monitoring-dev") == (
        wrong,
        None,
    )


def test_what_a_server_refuses_is_read_from_its_log() -> None:
    """As Prometheus 3.16 and Alertmanager 0.35 log it."""
    prometheus = """
time=2026-11-29T07:01:51.934Z level=INFO source=main.go:1500 msg="Loading configuration file" filename=p.yml
time=2026-11-29T07:01:51.934Z level=ERROR source=main.go:99 msg="Error sending alerts" err="away"
time=2026-11-29T07:01:51.934Z level=ERROR source=manager.go:286 msg="loading groups failed" component="rule manager" \
err="r.yml: 1:45: group \\"g\\", rule 1, \\"A\\": could not parse expression: 1:6: parse error"
time=2026-11-29T07:01:51.934Z level=ERROR source=main.go:1442 msg="Error reloading config" err="one or more errors"
"""
    told = 'r.yml: 1:45: group "g", rule 1, "A": could not parse expression: 1:6: parse error'
    assert refusal(prometheus) == told
    alertmanager = (
        'time=2026-11-29T07:01:55Z level=ERROR source=coordinator.go:117 msg="Loading configuration file failed" '
        'component=configuration file=a.yml err="undefined receiver \\"x\\" used in route"'
    )
    assert refusal(alertmanager) == 'undefined receiver "x" used in route'
    assert refusal('level=ERROR msg="Error sending alerts" err="away"') is None
