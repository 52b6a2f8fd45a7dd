"""Entry point of the image: ``python3 -m demo <api|frontend|worker|load|sink>``."""

from __future__ import annotations

import importlib
import os
import sys

SERVICES = ("api", "frontend", "worker", "load", "sink")


def main(arguments: list[str]) -> int:
    """Run one service until it is told to stop; returns the exit code (2: wrong use or wrong environment)."""
    if len(arguments) != 1 or arguments[0] not in SERVICES:
        given = " ".join(arguments) or "nothing"
        sys.stderr.write(f"demo: say which service to run: {', '.join(SERVICES)}; got {given}\n")
        return 2

    from demo.environment import ConfigError, Environment
    from demo.log import configure, event
    from demo.serve import run

    name = arguments[0]
    configure(name)
    try:
        service = importlib.import_module(f"demo.{name}").build(Environment(os.environ))
    except ConfigError as error:
        event("configuration_wrong", level="error", problem=str(error))
        return 2
    return run(service)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # A name lookup that hangs in a thread (a stopped container's name going to a distant DNS server) would
    # hold a normal exit back for longer than the stop timeout; everything is closed by now.
    os._exit(code)
