"""The shape of the viewer's settings: types, limits, defaults."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from config.settings.base import Cpus, Email, MemoryMb, Model
from config.settings.grafana import Uid
from config.settings.time_windows import TimeZone

# what draws the report's pictures needs 200 MB beside the pages
VIEWER_MIN_MEMORY_MB = 384


class ReportSettings(Model):
    """A weekly mail with dashboards as pictures, through the mail server of `notifications.email`.

    `dashboards` by uid; the first one is in the mail itself, all are on the page that comes with it. `days`: how far
    they look back. `time` is in `timeZone`, or in that of `notifications`.
    """

    to: Annotated[tuple[Email, ...], Field(min_length=1, max_length=10, examples=[["team@autonomica.ai"]])]
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    time: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), Field(examples=["08:00"])] = "08:00"
    time_zone: TimeZone | None = None
    dashboards: Annotated[tuple[Uid, ...], Field(min_length=1, max_length=20)] = (
        "overview",
        "alerts",
        "services",
        "slos",
    )
    days: Annotated[int, Field(ge=1, le=31, examples=[7])] = 7


class ViewerSettings(Model):
    """The viewer, which shows the dashboards without Grafana: what it may use, and the weekly mail."""

    memory_mb: Annotated[MemoryMb, Field(ge=VIEWER_MIN_MEMORY_MB)] = 512
    cpus: Cpus = 1.0
    report: ReportSettings | None = None
