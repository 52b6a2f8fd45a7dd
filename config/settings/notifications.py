"""The shape of the `notifications` settings: which channels there are, who is told what, when."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from config.settings.base import Channel, Email, HostPort, HttpUrl, LabelName, Model, Name, Seconds
from config.settings.time_windows import UTC, TimeWindow, TimeZone

Severity = Literal["critical", "warning", "info"]
# names of secrets; those of a receiver end in its name
SECRETS = r"heartbeatUrl|slackToken|slackWebhookUrl|smtpPassword|webhook(Url|Token)(-.+)?"
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")
# names of receivers, and of the mute time of info
CRITICAL, WARNING, INFO, HEARTBEAT = "critical", "warning", "info", "heartbeat"
NOBODY = "nobody"  # the one receiver without a channel: for what this stack deliberately tells nobody
RESERVED = frozenset({CRITICAL, WARNING, INFO, HEARTBEAT, NOBODY})
BUSINESS_HOURS = "business-hours"


class EmailSettings(Model):
    """E-mail notifications; the SMTP password is the secret `smtpPassword`."""

    smarthost: HostPort
    sender: Email
    username: Annotated[str, StringConstraints(min_length=1), Field(examples=["alerts@autonomica.ai"])]
    require_tls: bool = True
    team: Email = "team@autonomica.ai"
    urgent: Email = "urgent@autonomica.ai"


class SlackSettings(Model):
    """Slack notifications, through an incoming webhook, whose URL is the secret `slackWebhookUrl`, or by a bot.

    A webhook of a Slack app posts to its own channel, whatever channel is asked for; only those of the older
    integration can choose. With `token`, a bot posts to each channel: its token is the secret `slackToken`, and
    `apiUrl` the method that it calls.
    """

    channel: Channel = "#alerts"
    urgent_channel: Channel = "#alerts-urgent"
    token: bool = False
    api_url: HttpUrl = "https://slack.com/api/chat.postMessage"


class WebhookSettings(Model):
    """A custom integration that takes Alertmanager's webhook format.

    A URL that is itself a credential is a secret: `webhookUrl`, or `webhookUrl-<receiver>` for a further receiver.
    So is the bearer token that is sent along where `token` says so: `webhookToken`, `webhookToken-<receiver>`.
    """

    url: HttpUrl | None = None
    secret_url: bool = False
    token: bool = False
    max_alerts: Annotated[int, Field(ge=1, le=10_000, examples=[100])] = 100

    @model_validator(mode="after")
    def _one_url(self) -> Self:
        if self.secret_url == (self.url is not None):
            raise ValueError("needs either a url or, where the URL is a secret, secretUrl: true")
        return self


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
    """Timings by severity."""

    critical: Timing = _timing(wait=10, interval=60, repeat=3600)
    warning: Timing = _timing(wait=30, interval=300, repeat=12 * 3600)
    info: Timing = _timing(wait=300, interval=1800, repeat=24 * 3600)


class ReceiverSettings(Model):
    """A further receiver: addresses, a Slack channel, a webhook, or several of these."""

    # they share one line of the mail's head, and such a line has a limit
    email: Annotated[tuple[Email, ...], Field(max_length=10, examples=[["shop@example.com"]])] = ()
    slack: Channel | None = None
    webhook: WebhookSettings | None = None

    @property
    def has_channel(self) -> bool:
        return bool(self.email or self.slack or self.webhook)


def _one_or_several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a text, or a list of texts of which any may match")
    return tuple(value)


LabelValue = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
LabelValues = Annotated[tuple[LabelValue, ...], BeforeValidator(_one_or_several), Field(examples=["shop"])]


class RouteSettings(Model):
    """Alerts that go to a receiver of their own, by labels and severity.

    `continue`: they also go on, to further routes and to the receiver of their severity. `mute`: mute times during
    which this receiver isn't told.
    """

    receiver: Name
    match: dict[LabelName, LabelValues] = Field(default={}, examples=[{"team": "shop"}])
    severities: Annotated[tuple[Severity, ...], Field(min_length=1, examples=[["critical", "warning"]])] = SEVERITIES
    goes_on: bool = Field(default=False, alias="continue")
    mute: tuple[Name, ...] = Field(default=(), examples=[["nights"]])


def _business_hours() -> TimeWindow:
    return TimeWindow.model_validate({"weekdays": ("monday-friday",), "times": ("09:00-18:00",)})


class NotificationSettings(Model):
    """Which channels exist, and who is told through them. One that is left out isn't configured.

    `businessHours` is when info is sent. `timeZone` holds for these and for mute times that name none.
    """

    email: EmailSettings | None = None
    slack: SlackSettings | None = None
    webhook: WebhookSettings | None = None
    heartbeat: HeartbeatSettings | None = None
    timings: TimingSettings = TimingSettings()
    time_zone: TimeZone = UTC
    business_hours: TimeWindow = _business_hours()
    mute_times: dict[Name, TimeWindow] = Field(default={}, examples=[{"nights": {"times": ["22:00-24:00"]}}])
    receivers: dict[Name, ReceiverSettings] = Field(default={}, examples=[{"shop": {"slack": "#shop"}}])
    routes: tuple[RouteSettings, ...] = Field(default=(), examples=[[{"receiver": "shop", "match": {"team": "shop"}}]])

    @model_validator(mode="after")
    def _someone_is_paged(self) -> Self:
        if not (self.email or self.slack or self.webhook):
            raise ValueError("no receiver for critical alerts; configure at least one of email, slack, webhook")
        return self

    @property
    def webhooks(self) -> dict[str, WebhookSettings]:
        """Each webhook by the suffix of its secrets' names."""
        further = {f"-{name}": receiver.webhook for name, receiver in self.receivers.items() if receiver.webhook}
        return ({"": self.webhook} if self.webhook else {}) | further

    @property
    def secret_keys(self) -> frozenset[str]:
        """The secrets that these settings make use of."""
        return frozenset(self._secret_keys())

    def _secret_keys(self) -> Iterator[str]:
        if self.email:
            yield "smtpPassword"
        if self.slack:
            yield "slackToken" if self.slack.token else "slackWebhookUrl"
        if self.heartbeat:
            yield "heartbeatUrl"
        for suffix, webhook in self.webhooks.items():
            if webhook.secret_url:
                yield f"webhookUrl{suffix}"
            if webhook.token:
                yield f"webhookToken{suffix}"


def severity_receivers(notifications: NotificationSettings) -> dict[str, ReceiverSettings]:
    """Who is told by severity alone. Info goes to Slack only, so without Slack it has no receiver.

    Where a webhook is all there is, it gets the warnings too: a warning nobody sees is none.
    """
    email, slack, webhook = notifications.email, notifications.slack, notifications.webhook
    found = {
        CRITICAL: ReceiverSettings(
            email=(email.urgent,) if email else (), slack=slack.urgent_channel if slack else None, webhook=webhook
        ),
        WARNING: ReceiverSettings(
            email=(email.team,) if email else (),
            slack=slack.channel if slack else None,
            webhook=None if email or slack else webhook,
        ),
    }
    if slack:
        found[INFO] = ReceiverSettings(slack=slack.channel)
    return found
