"""`python -m delivery BASE`: prints the preview of a pull request; exit code 1 where it can't be deployed."""

import sys

from delivery.preview import PreviewFailed, preview
from ops.errors import OpsError


def main(arguments: list[str]) -> int:
    """Print the preview, also one that says what is wrong."""
    if len(arguments) != 1:
        sys.stderr.write("pr-preview: say what to compare with: make pr-preview BASE=main\n")
        return 2
    try:
        sys.stdout.write(preview(arguments[0]))
    except PreviewFailed as error:
        sys.stdout.write(error.report)
        sys.stderr.write(f"pr-preview: {error}\n")
        return error.code
    except OpsError as error:
        sys.stderr.write(f"pr-preview: {error}\n")
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
