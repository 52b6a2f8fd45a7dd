"""How fast an error budget may burn before somebody is told, for the alerts and for the lines on the dashboard."""

from dataclasses import dataclass

from config.settings.channels.base import Severity


@dataclass(frozen=True)
class BurnRate:
    """One step of the alert.

    Attributes:
        factor: so many times as fast as the objective allows.
        hours: over which it is measured; it shows that it matters.
        short: a window that shows that it still goes on, so that the alert ends soon after the errors do.
        step: minutes between two looks at how much of the window has been seen.
        keep: for how long it is kept after the last error: where they are rare, they pause. A critical one ends before
            ErrorRateHigh, which silences it, else it would be sent when all is well again.
    """

    severity: Severity
    factor: float
    hours: int
    short: str
    step: int
    keep: str

    @property
    def window(self) -> str:
        """The hours as Prometheus writes them."""
        days, rest = divmod(self.hours, 24)
        return f"{self.hours}h" if rest else f"{days}d"


# 14.4 times as fast uses 2 % of the budget of 30 days within the hour; 6 times 5 % within 6 hours; 3 times 10 % within
# a day; once 10 % within 3 days
BURN_RATES = (
    BurnRate("critical", 14.4, 1, "5m", 1, "2m"),
    BurnRate("critical", 6, 6, "30m", 1, "2m"),
    BurnRate("warning", 3, 24, "2h", 5, "1h"),
    BurnRate("warning", 1, 72, "6h", 10, "1h"),
)
