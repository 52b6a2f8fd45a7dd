"""The shape of the `notifications` settings: which channels there are, who is told what, when."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from config.settings.base import LabelName, Model, Name, ProxyUrl, Seconds
from config.settings.channels import NAMES, TYPES, ChannelSettings, ReceiverSettings
from config.settings.channels.base import SEVERITIES, Channel, OwnChannel, Severity
from config.settings.time_windows import UTC, TimeWindow, TimeZone

# names of receivers, and of the mute time of info
CRITICAL, WARNING, INFO, HEARTBEAT = "critical", "warning", "info", "heartbeat"
NOBODY = "nobody"  # the one receiver without a channel: for what this stack deliberately tells nobody
RESERVED = frozenset({CRITICAL, WARNING, INFO, HEARTBEAT, NOBODY})
BUSINESS_HOURS = "business-hours"


class HeartbeatSettings(Model):
    """An outside service that raises the alarm when it isn't called; its URL is the secret `heartbeatUrl`."""

    interval_seconds: Seconds = 60


class Timing(Model):
    """When a group of alerts is first sent, sent again with news, and repeated without news."""

    wait_seconds: Seconds
    interval_seconds: Seconds
    repeat_seconds: Seconds


def _timing(*, wait: int, interval: int, repeat: int) -> Timing:
    return Timing.model_validate({"waitSeconds": wait, "intervalSeconds": interval, "repeatSeconds": repeat})


class TimingSettings(Model):
    """Timings by severity.

    A critical group waits until what explains it is known: two scrapes and an evaluation may lie between a service that
    doesn't answer and the host that it ran on.
    """

    critical: Timing = _timing(wait=30, interval=60, repeat=3600)
    warning: Timing = _timing(wait=30, interval=300, repeat=12 * 3600)
    info: Timing = _timing(wait=300, interval=1800, repeat=24 * 3600)


def _one_or_several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a text, or a list of texts of which any may match")
    return tuple(value)


# what no label's value holds, and what Go's regular expressions don't know
_EXPRESSION = re.compile(r"\||\.[*+]|\[[^\]:]+\]|^\^|\$$|\\[dwsb]")
_UNKNOWN_TO_GO = re.compile(r"\(\?(?:[=!>#]|<[=!]|P=)|\\[1-9]|[*+?}]\+")
REGEX = "=~"  # begins a value that is a regular expression


def _label_value(value: str) -> str:
    """A value, or a regular expression that Alertmanager takes.

    Raises:
        ValueError: it is an expression that stands for a value, or isn't one that Alertmanager takes.
    """
    if not value.startswith(REGEX):
        if _EXPRESSION.search(value):
            raise ValueError(f"is taken letter by letter; for a regular expression, write {REGEX}{value}")
        return value
    try:
        re.compile(value.removeprefix(REGEX))
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if found := _UNKNOWN_TO_GO.search(value):
        raise ValueError(f"Alertmanager's regular expressions know no '{found[0]}'")
    return value


LabelValue = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(_label_value),
]
LabelValues = Annotated[tuple[LabelValue, ...], BeforeValidator(_one_or_several), Field(examples=["shop"])]


class RouteSettings(Model):
    """Alerts that go to a receiver of their own, by labels and severity.

    `match`: values, or regular expressions that begin with `=~`; of several, any may match. `continue`: they also go
    on, to further routes and to the receiver of their severity. `mute`: mute times during which this receiver isn't
    told.
    """

    receiver: Name
    match: dict[LabelName, LabelValues] = Field(default={}, examples=[{"team": "shop"}])
    severities: Annotated[tuple[Severity, ...], Field(min_length=1, examples=[["critical", "warning"]])] = SEVERITIES
    goes_on: bool = Field(default=False, alias="continue")
    mute: tuple[Name, ...] = Field(default=(), examples=[["nights"]])


NoProxy = Annotated[str, StringConstraints(pattern=r"^[^\s,/]+(/\d+)?$")]


def _business_hours() -> TimeWindow:
    return TimeWindow.model_validate({"weekdays": ("monday-friday",), "times": ("09:00-18:00",)})


class NotificationSettings(ChannelSettings):
    """Which channels exist, and who is told through them. One that is left out isn't configured.

    `businessHours` is when info is sent. `timeZone` holds for these and for mute times that name none.
    `proxy`: what is told by HTTP goes through it, but for the hosts, domains and networks of `noProxy`.
    """

    heartbeat: HeartbeatSettings | None = None
    proxy: ProxyUrl | None = None
    no_proxy: Annotated[tuple[NoProxy, ...], Field(examples=[["hooks.internal", "10.0.0.0/8"]])] = ()
    timings: TimingSettings = TimingSettings()
    time_zone: TimeZone = UTC
    business_hours: TimeWindow = _business_hours()
    mute_times: dict[Name, TimeWindow] = Field(default={}, examples=[{"nights": {"times": ["22:00-24:00"]}}])
    receivers: dict[Name, ReceiverSettings] = Field(default={}, examples=[{"shop": {"slack": "#shop"}}])
    routes: tuple[RouteSettings, ...] = Field(default=(), examples=[[{"receiver": "shop", "match": {"team": "shop"}}]])

    @property
    def http_config(self) -> dict[str, str]:
        """How Alertmanager reaches what is told by HTTP, as it writes it."""
        left_out = {"no_proxy": ",".join(self.no_proxy)} if self.no_proxy else {}
        return {"proxy_url": self.proxy, **left_out} if self.proxy else {}

    @model_validator(mode="after")
    def _someone_is_paged(self) -> Self:
        if self.no_proxy and not self.proxy:
            raise ValueError("noProxy is about a proxy, and there is none; set proxy, or leave it out")
        if not self.channels:
            raise ValueError(f"no receiver for critical alerts; configure at least one of {', '.join(NAMES)}")
        return self

    @property
    def severity_receivers(self) -> dict[Severity, ReceiverSettings]:
        """Who is told by severity alone.

        Where nothing else is there, warnings go where critical alerts do: a warning nobody sees is none. Info that no
        channel takes has no receiver.
        """
        told: dict[Severity, dict[str, object]] = {
            severity: {name: address for name, channel in self.channels.items() if (address := channel.told(severity))}
            for severity in SEVERITIES
        }
        told["warning"] = told["warning"] or told["critical"]
        return {severity: ReceiverSettings.model_validate(told[severity]) for severity in SEVERITIES if told[severity]}

    @property
    def secret_keys(self) -> frozenset[str]:
        """The secrets that these settings make use of."""
        keys = {key for channel in self.channels.values() for key in channel.secret_keys()}
        for name, receiver in self.receivers.items():
            own = (channel for channel in receiver.addresses.values() if isinstance(channel, Channel))
            keys |= {key for channel in own for key in channel.secret_keys(f"-{name}")}
        return frozenset(keys | ({"heartbeatUrl"} if self.heartbeat else set()))


# names of secrets, as a pattern; those of a receiver end in its name
SECRETS = "|".join(
    f"{key}(-.+)?" if issubclass(channel, OwnChannel) else key for channel in TYPES.values() for key in channel.secrets
)
