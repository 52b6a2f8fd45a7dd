"""Limits of the alerts on probes and certificates."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.settings.base import Percent, Seconds, Thresholds

Days = Annotated[int, Field(ge=1, le=365, examples=[21])]


class ProbeThresholds(Thresholds):
    """How many probes may fail, and how long before their end certificates are spoken of."""

    jobs = (
        "blackbox",
        "probe",
    )

    failed_percent: Percent = 25.0
    failed_seconds: Seconds = 60
    duration_seconds: Annotated[float, Field(gt=0, examples=[3.0])] = 3.0
    slow_seconds: Seconds = 300
    certificate_warning_days: Days = 21
    certificate_critical_days: Days = 3

    @model_validator(mode="after")
    def _warned_first(self) -> Self:
        warning, critical = self.certificate_warning_days, self.certificate_critical_days
        if critical >= warning:
            raise ValueError(
                f"certificateCriticalDays ({critical}) must be less than certificateWarningDays ({warning}): "
                "the warning comes first"
            )
        return self
