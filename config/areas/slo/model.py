"""Limits of the alerts on service level objectives."""

from typing import Annotated

from pydantic import Field

from config.settings.base import Thresholds


class SloThresholds(Thresholds):
    """Error budgets. How fast they may burn follows from the windows: `config/areas/slo/burn_rates.py`."""

    # within an alert's long window; fewer burn no budget worth waking someone for, whatever their share
    minimum_errors: Annotated[int, Field(ge=1, examples=[10])] = 10
