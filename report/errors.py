"""What ends a report, in one line."""


class ReportError(Exception):
    """The text names the thing, the value, and the way out."""
