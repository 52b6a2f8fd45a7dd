"""Lets the protocol's message types load without the rest of the Pulumi SDK.

`import pulumi.runtime.proto` first runs the SDK's own `__init__` modules, which a plugin has no use for; they take half
of its start-up time (0.1 of 0.2 s), and the engine waits for the start of every plugin in every preview. Empty
stand-ins for these packages, with the right search path, leave only the message modules to load.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


def install() -> None:
    """Puts the stand-ins in place; does nothing where the SDK is loaded already or can't be found."""
    spec = find_spec("pulumi")
    if "pulumi" in sys.modules or spec is None or not spec.submodule_search_locations:
        return
    folder = Path(next(iter(spec.submodule_search_locations)))
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        stand_in = ModuleType(name)
        stand_in.__path__ = [str(folder.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = stand_in
