"""Pulumi's events become lines a person can read."""

import json

from ops.events import Teller, summary
from ops.state import CONTAINER

URN = "urn:pulumi:dev::autonomica-monitoring::docker:index/container:Container::prometheus"


def step(kind: str, operation: str, *, custom: bool = True, type_: str = "docker:index/container:Container") -> str:
    metadata = {"op": operation, "urn": URN, "type": type_, "new": {"custom": custom}}
    return json.dumps({kind: {"metadata": metadata}})


def diagnostic(severity: str, message: str, urn: str = "") -> str:
    return json.dumps({"diagnosticEvent": {"severity": severity, "message": message, "urn": urn}})


def tell(teller: Teller, *events: str) -> list[str]:
    return [line for event in events for line in teller.lines(event)]


def test_a_resource_is_told_when_it_is_done_with_its_seconds() -> None:
    now = [0.0]
    teller = Teller(clock=lambda: now[0])
    assert tell(teller, step("resourcePreEvent", "create")) == []
    now[0] = 2.5
    assert teller.waiting() == "  … working on Container prometheus (2 s)"
    (line,) = tell(teller, step("resOutputsEvent", "create"))
    assert line.split() == ["+", "Container", "prometheus", "created", "2.5", "s"]
    assert teller.waiting() is None


def test_which_container_belongs_where_is_remembered() -> None:
    """Also of containers that stay as they are: nobody else sees that a network was made again."""
    teller = Teller()
    places = [{"name": "shop", "aliases": ["prometheus"]}, {"name": "edge"}]
    for name, inputs in (("prometheus", {"networksAdvanced": places}), ("prometheus-config", {"networkMode": "none"})):
        event = json.loads(step("resOutputsEvent", "same"))
        event["resOutputsEvent"]["metadata"]["new"]["inputs"] = {"name": f"autonomica-dev-{name}", **inputs}
        tell(teller, json.dumps(event), step("resOutputsEvent", "same", type_="docker:index/volume:Volume"))
    assert teller.networks == {
        "autonomica-dev-prometheus": {"shop": ["prometheus"], "edge": []},
        "autonomica-dev-prometheus-config": {},
    }


def test_components_providers_and_unchanged_resources_are_no_news() -> None:
    assert (
        tell(
            Teller(),
            step("resOutputsEvent", "same"),
            step("resOutputsEvent", "create", custom=False),
            step("resOutputsEvent", "create", type_="pulumi:providers:docker"),
        )
        == []
    )


def test_an_error_is_told_once_with_what_to_do_next() -> None:
    teller = Teller()
    event = diagnostic("error", "Bind for 0.0.0.0:9090 failed: port is already allocated\n", URN)
    lines = tell(teller, event, event, diagnostic("error", "update failed"))
    assert lines[0] == "  error: prometheus: port 9090 on 0.0.0.0 is taken by another container"
    assert "prometheus.port" in lines[1]
    assert len(lines) == 2
    assert teller.errors == ["prometheus: port 9090 on 0.0.0.0 is taken by another container"]


def test_pulumis_count_of_one_error_is_left_out() -> None:
    assert tell(Teller(), diagnostic("error", "1 error occurred:\n\t* no space\n\n", URN)) == [
        "  error: prometheus: no space"
    ]


def test_the_providers_libraries_log_line_and_error_are_told_once() -> None:
    pulled = (
        "Unable to read Docker image into resource: unable to pull image nowhere.invalid/caddy:2: error pulling image "
        'nowhere.invalid/caddy:2: Error response from daemon: Get "https://nowhere.invalid/v2/": dial tcp: lookup '
        "nowhere.invalid on 127.0.0.1:53: no such host"
    )
    lines = tell(
        Teller(),
        diagnostic("error", f"  sdk-v2/provider2.go:571: sdk.helper_schema: {pulled}: provider=docker@5.2.0\n", URN),
        diagnostic("error", f"1 error occurred:\n\t* {pulled}\n\n\n", URN),
    )
    assert len(lines) == 2
    assert lines[0].startswith("  error: prometheus: image 'nowhere.invalid/caddy:2' can't be pulled: Get ")
    assert lines[1].startswith("         next: the registry doesn't answer")


def test_what_the_sdk_was_still_asking_for_is_no_error() -> None:
    last = "pulumi.errors.RunError: Resource monitor has terminated, shutting down"
    trace = f'Traceback (most recent call last):\n  File "resource.py", line 1174, in do_rpc_call\n{last}\n\n'
    stopped = trace.replace(last, "KeyboardInterrupt")
    events = [
        diagnostic("error", last.partition(": ")[2]),
        *(diagnostic("info#err", each) for each in (trace, stopped)),
    ]
    assert tell(Teller(), *events) == []


def test_a_fault_in_the_program_is_one_line() -> None:
    trace = "Traceback (most recent call last):\n  File \"__main__.py\", line 7, in main\nKeyError: 'redis'\n"
    assert tell(Teller(), diagnostic("info#err", trace)) == [
        "  KeyError: 'redis' (where in the code: `monitor pulumi -- preview`)"
    ]


def test_an_exception_of_several_lines_that_leads_to_the_cut_is_no_news() -> None:
    text = """Traceback (most recent call last):
  File "resource.py", line 1174, in do_rpc_call
grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:
\tstatus = StatusCode.UNAVAILABLE
\tdetails = "resource monitor shut down while waiting on step's done channel"
>

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "settings.py", line 349, in handle_grpc_error
pulumi.errors.RunError: Resource monitor has terminated, shutting down
"""
    assert tell(Teller(), *(diagnostic("info#err", line) for line in text.splitlines(keepends=True))) == []


def test_a_traceback_that_comes_line_by_line_is_one_line_too() -> None:
    """As the language host passes on what the program writes."""
    frames = ["Traceback (most recent call last):\n\n", '  File "x.py", line 244, in <module>\n\n', "    t.join()\n\n"]
    stopped = [diagnostic("info#err", each) for each in [*frames, "KeyboardInterrupt\n\n"]]
    between = "During handling of the above exception, another exception occurred:\n"
    faulty = [diagnostic("info#err", each) for each in [*frames, "KeyError: 'redis'\n", between, *frames, "Oh: no\n"]]
    printed = [diagnostic("info#err", each) for each in ("  a warning of a library\n", "\n")]
    where = "(where in the code: `monitor pulumi -- preview`)"
    assert tell(Teller(), *stopped, *faulty, *printed) == [
        f"  KeyError: 'redis' {where}",
        f"  Oh: no {where}",
        "  a warning of a library",
    ]


def test_the_same_way_out_is_told_once() -> None:
    away = "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?"
    lines = tell(Teller(), diagnostic("error", away, URN), diagnostic("error", away, f"{URN}-config"))
    assert [line.split()[0] for line in lines] == ["error:", "next:", "error:"]


def test_debug_and_expected_warnings_are_left_out_others_are_told_once() -> None:
    real = diagnostic("warning", "this setting is deprecated")
    lines = tell(
        Teller(),
        diagnostic("debug", "registering"),
        json.dumps({"diagnosticEvent": {"severity": "info", "message": "waiting for health", "ephemeral": True}}),
        diagnostic("warning", "using pulumi-resource-docker from $PATH at x"),
        real,
        real,
    )
    assert lines == ["  warning: this setting is deprecated"]


def test_what_isnt_an_event_is_passed_on() -> None:
    assert tell(Teller(), "a print in the program\n", "\n", "[1]") == ["  a print in the program"]


def test_the_summary_counts_operations() -> None:
    teller = Teller()
    tell(teller, json.dumps({"summaryEvent": {"resourceChanges": {"same": 3, "create": 2}}}))
    assert summary(teller.changes) == "2 created, 3 unchanged"
    assert summary({}) == "nothing to do"


def test_that_the_program_failed_is_no_further_error() -> None:
    teller = Teller()
    reason = diagnostic("error", "redisPassword: this secret is missing")
    assert tell(
        teller, reason, diagnostic("error", "an unhandled error occurred: Program exited with non-zero exit code: 1")
    ) == ["  error: redisPassword: this secret is missing"]
    assert teller.errors == ["redisPassword: this secret is missing"]


def test_a_container_whose_end_failed_is_remembered() -> None:
    """The provider may have died after it had asked the engine: the container ends, only later."""
    teller = Teller()
    for operation, kind in (
        ("delete", CONTAINER),
        ("delete-replaced", CONTAINER),
        ("update", CONTAINER),
        ("delete", "x"),
    ):
        old = {"id": f"{operation}-{kind}", "custom": True}
        metadata = {"op": operation, "urn": "urn:pulumi:dev::p::t::n", "type": kind, "old": old}
        list(teller.lines(json.dumps({"resOpFailedEvent": {"metadata": metadata}})))
    assert teller.ending == [f"delete-{CONTAINER}", f"delete-replaced-{CONTAINER}"]
