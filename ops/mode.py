"""Air-gapped or official: by hand, else as this stack was last brought up, else whether there is internet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.errors import UsageError
from ops.private_file import write_private
from ops.project import Stack

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True)
class Mode:
    """`airgap`: build what is needed; else take the official CLI, plugins and images. `why` is for people."""

    airgap: bool
    why: str


def decide(stack: Stack, option: bool | None, env: Mapping[str, str], internet: Callable[[], tuple[bool, str]]) -> Mode:
    """Choose the mode. The network is asked only when nothing else says.

    A stack keeps the mode it was brought up in: a network that comes and goes must not replace its containers.
    """
    if option is not None:
        return Mode(option, "chosen with --airgap" if option else "chosen with --no-airgap")
    given = env.get("AIRGAP", "").strip().lower()
    if given:
        if given not in _YES | _NO:
            raise UsageError(f"AIRGAP={env['AIRGAP']} isn't a choice; use AIRGAP=1 or AIRGAP=0")
        return Mode(given in _YES, f"chosen with AIRGAP={given}")
    remembered = _file(stack)
    if remembered.is_file():
        return Mode(remembered.read_text().strip() == "airgap", "as last time; AIRGAP=1 or AIRGAP=0 changes it")
    reachable, why = internet()
    return Mode(not reachable, why)


def remember(stack: Stack, mode: Mode) -> None:
    """Keep the mode for the next run."""
    write_private(_file(stack), "airgap" if mode.airgap else "official")


def forget(stack: Stack) -> None:
    """The stack is gone: the next one starts without a history."""
    _file(stack).unlink(missing_ok=True)


def _file(stack: Stack) -> Path:
    return stack.folder / "mode"
