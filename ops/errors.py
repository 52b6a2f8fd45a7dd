"""What can go wrong for a person: one line that names the thing, the value and the way out."""

UNHEALTHY = 1
USAGE_OR_NOT_DEPLOYED = 2
INTERRUPTED = 130


class OpsError(Exception):
    """A mistake or a bad day. The message is the whole line the person reads; `code` is the exit code."""

    def __init__(self, message: str, *, code: int = UNHEALTHY) -> None:
        super().__init__(message)
        self.code = code


class UsageError(OpsError):
    """The command was asked for something that doesn't exist."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=USAGE_OR_NOT_DEPLOYED)


class NotDeployed(OpsError):
    """The stack isn't there to be looked at."""

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"stack '{stack}' isn't deployed; bring it up with `make up STACK={stack}`",
            code=USAGE_OR_NOT_DEPLOYED,
        )


class Interrupted(OpsError):
    """The person pressed Ctrl-C and the work stopped in order."""

    def __init__(self, again: str) -> None:
        super().__init__(f"interrupted; run `{again}` again to finish", code=INTERRUPTED)
