"""Pulumi's engine events, told to a person line by line."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ops.hints import explain
from ops.state import CONTAINER

_MARKS = {
    "create": "+",
    "update": "~",
    "delete": "-",
    "replace": "±",
    "read": ">",
    "refresh": "~",
    "import": "=",
}
_DONE = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "replaced",
    "delete-replaced": "old one removed",
    "read": "read",
    "import": "imported",
    "discard": "forgotten",
}
# said by Pulumi about every plugin found on PATH, which is where they belong here
_EXPECTED_WARNINGS = ("using pulumi-resource-", "using pulumi-language-")
# said after the reason was said
_EMPTY_ERRORS = frozenset({"update failed", "destroy failed", "preview failed", "refresh failed", "update canceled"})
# the program's own words come before it
_UNHANDLED = "an unhandled error occurred: program exited with non-zero exit code"
# said by the SDK and by Python when Pulumi stopped while something was being asked for
_CUT_OFF = re.compile(
    r"(Resource monitor has terminated, shutting down|RPC failed with exception:|KeyboardInterrupt|CancelledError)\s*$"
)
_TRACE = "Traceback (most recent call last):"
# gRPC's exceptions have several lines; the SDK's own about them follows
_UNFINISHED = "Error of RPC that terminated with:"
_BETWEEN_TRACES = ("During handling of the above exception", "The above exception was the direct cause")


@dataclass
class Teller:
    """Turns a stream of events (one JSON object per line) into lines; remembers what is under way.

    `errors` are Pulumi's error messages so far, `changes` how many resources got which operation, `networks` which
    container belongs on which networks, and under which names there; `ending` the ids of containers whose end failed.
    """

    clock: Callable[[], float] = time.monotonic
    under_way: dict[str, tuple[str, float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)
    networks: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    ending: list[str] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)
    _in_trace: bool = False

    def lines(self, raw: str) -> Iterator[str]:
        """What there is to say about one line of Pulumi's output."""
        try:
            event = json.loads(raw)
        except ValueError:
            if raw.strip():
                yield f"  {raw.rstrip()}"  # a plugin or the program wrote to standard output
            return
        if not isinstance(event, dict):
            return
        if "diagnosticEvent" in event:
            yield from self._diagnostic(event["diagnosticEvent"])
        elif "resourcePreEvent" in event:
            self._begin(event["resourcePreEvent"]["metadata"])
        elif "resOutputsEvent" in event:
            yield from self._end(event["resOutputsEvent"]["metadata"])
        elif "resOpFailedEvent" in event:
            metadata = event["resOpFailedEvent"]["metadata"]
            self.under_way.pop(_key(metadata), None)
            old = metadata.get("old")
            if metadata.get("type") == CONTAINER and isinstance(old, dict) and "delete" in str(metadata.get("op")):
                self.ending.append(str(old.get("id")))
            yield f"  ! {_what(metadata)} failed"
        elif "summaryEvent" in event:
            self.changes = dict(event["summaryEvent"].get("resourceChanges") or {})
        elif "errorEvent" in event:
            yield from self._error(str(event["errorEvent"].get("error", "")), "")

    def waiting(self) -> str | None:
        """A sign of life: what is being worked on, and for how long."""
        if not self.under_way:
            return None
        now = self.clock()
        parts = [f"{what} ({now - since:.0f} s)" for what, since in self.under_way.values()]
        return f"  … working on {', '.join(parts)}"

    def _begin(self, metadata: Mapping[str, object]) -> None:
        if metadata.get("op") in _DONE and _is_real(metadata):
            self.under_way[_key(metadata)] = (_what(metadata), self.clock())

    def _end(self, metadata: Mapping[str, object]) -> Iterator[str]:
        operation = str(metadata.get("op"))
        new = metadata.get("new")
        if metadata.get("type") == CONTAINER and isinstance(new, dict):
            inputs = new.get("inputs", {})
            places = inputs.get("networksAdvanced") or []
            self.networks[str(inputs.get("name"))] = {each["name"]: each.get("aliases") or [] for each in places}
        _, since = self.under_way.pop(_key(metadata), ("", self.clock()))
        if operation not in _DONE or not _is_real(metadata):
            return
        mark = _MARKS.get(operation, "±")
        yield f"  {mark} {_what(metadata):<44} {_DONE[operation]} {self.clock() - since:5.1f} s"

    def _diagnostic(self, diagnostic: Mapping[str, object]) -> Iterator[str]:
        severity = diagnostic.get("severity")
        message, urn = str(diagnostic.get("message", "")).strip(), str(diagnostic.get("urn") or "")
        if severity == "error":
            yield from self._error(message, urn)
        elif diagnostic.get("ephemeral") or message.startswith(_EXPECTED_WARNINGS):
            return  # what a resource is doing right now: `waiting` tells that
        elif severity == "info#err":
            yield from self._program(str(diagnostic.get("message", "")))
        elif severity in ("warning", "info") and message:
            yield from self._once(
                f"  {'warning: ' if severity == 'warning' else ''}{_of(urn)}{explain(message, urn)[0]}"
            )

    def _program(self, message: str) -> Iterator[str]:
        """What the program or its SDK writes to standard error, in lines or at once; of a traceback the last line."""
        for line in filter(str.strip, message.splitlines()):
            if line.startswith(_TRACE) or line.rstrip().endswith(_UNFINISHED):
                self._in_trace = True
            elif line == ">" and self._in_trace:
                self._in_trace = False
            elif not (line.startswith(_BETWEEN_TRACES) or (self._in_trace and line[0].isspace())):
                where = " (where in the code: `monitor pulumi -- preview`)" if self._in_trace else ""
                self._in_trace = False
                if not _CUT_OFF.search(line):
                    yield from self._once(f"  {line.strip()}{where}")

    def _once(self, line: str) -> Iterator[str]:
        if line not in self._said:
            self._said.add(line)
            yield line

    def _error(self, message: str, urn: str) -> Iterator[str]:
        message, advice = explain(message, urn)
        if message in _EMPTY_ERRORS or message.lower().startswith(_UNHANDLED) or _CUT_OFF.search(message):
            return
        for line in self._once(f"  error: {_of(urn)}{message}") if message else ():
            self.errors.append(f"{_of(urn)}{' '.join(message.split())}")
            yield line
            yield from self._once(f"         next: {advice}") if advice else ()


def summary(changes: Mapping[str, int]) -> str:
    """The operations' counts on one line: `12 created, 3 unchanged`."""
    words = {"same": "unchanged", **_DONE, "replace": "replaced"}
    counted = [f"{count} {words.get(op, op)}" for op, count in changes.items() if op != "same" and count]
    unchanged = changes.get("same", 0)
    return ", ".join([*counted, *([f"{unchanged} unchanged"] if unchanged else [])]) or "nothing to do"


def _key(metadata: Mapping[str, object]) -> str:
    return f"{metadata.get('op')} {metadata.get('urn')}"


def _of(urn: str) -> str:
    """`NAME: ` of the resource a message is about; nothing for the program as a whole."""
    return f"{urn.split('::')[-1]}: " if urn and "pulumi:pulumi:Stack" not in urn else ""


def _what(metadata: Mapping[str, object]) -> str:
    kind = str(metadata.get("type", "")).rsplit(":", 1)[-1]
    return f"{kind} {str(metadata.get('urn', '')).split('::')[-1]}"


def _is_real(metadata: Mapping[str, object]) -> bool:
    """Components and providers only group others: nothing is made for them."""
    state = metadata.get("new") or metadata.get("old")
    kind = str(metadata.get("type", ""))
    return isinstance(state, dict) and bool(state.get("custom")) and not kind.startswith("pulumi:")
