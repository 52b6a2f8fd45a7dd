"""What can't be shown or sent, in one line each."""


class ReportError(Exception):
    """Nothing can be shown or sent at all: the text names the thing, the value, and the way out."""


class DashboardError(ValueError):
    """A dashboard can't be shown; the others can."""


class PanelError(ValueError):
    """A panel can't be drawn; the others of its dashboard can."""
