"""What a stack's file may change of an alert, by its name."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.settings.base import Model
from config.settings.channels.base import Severity

Duration = Annotated[
    str,
    StringConstraints(pattern=r"^(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$", min_length=2),
    Field(examples=["10m"]),
]


class AlertOverride(Model):
    """How bad an alert is, and for how long it has to be so; what is left out stays. `false` switches it off.

    An alert with a warning and a critical step that gets one severity has one step: the milder one, which comes first.
    """

    severity: Severity | None = None
    hold: Duration | None = Field(default=None, alias="for")
    enabled: bool = True

    @model_validator(mode="before")
    @classmethod
    def _false_is_short(cls, value: object) -> object:
        if isinstance(value, bool):
            return {"enabled": value}
        return value

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if self.enabled and self.severity is None and self.hold is None:
            raise ValueError("changes nothing; give it a severity or a for, or false to switch the alert off")
        return self
