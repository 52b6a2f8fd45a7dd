"""`make policies`: checks every stack of the checkout against the policies; needs no engine, passphrase or state."""

import sys
from pathlib import Path

from delivery.content import content
from delivery.preview import render, stack_problems
from ops.errors import OpsError
from ops.project import checkout
from policy.rules import POLICIES


def main() -> int:
    """Print what is against a policy; exit code 1 where something is."""
    root = checkout()
    try:
        rendered = render(Path(sys.executable), root)
    except OpsError as error:
        sys.stderr.write(f"policies: {error}\n")
        return 1
    failed = False
    for stack, what in rendered.items():
        problems = stack_problems(stack, what, content(what) if "error" not in what else None, root)
        failed = failed or bool(problems)
        sys.stdout.write("".join(f"{stack}: {problem}\n" for problem in problems) or f"{stack}: all is well\n")
    sys.stdout.write(f"{len(POLICIES)} policies, {len(rendered)} stacks\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
