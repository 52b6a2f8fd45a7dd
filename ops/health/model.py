"""What a health check found. `as_json` is a contract: keys are added, never renamed or removed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

Area = Literal["engine", "container", "target", "metrics", "rules", "prometheus", "alertmanager", "notifications"]
# a failed notification of five minutes ago doesn't make a deployment that has just come up unfinished
_AFTERMATH: frozenset[Area] = frozenset({"notifications"})


@dataclass(frozen=True)
class Problem:
    """One thing that isn't well, why, and the command that shows more."""

    area: Area
    subject: str
    reason: str
    next: str | None = None

    def __str__(self) -> str:
        return f"{self.area} {self.subject}: {self.reason}"


@dataclass(frozen=True)
class EngineState:
    """The Docker engine; `version` is None when it doesn't answer."""

    host: str
    version: str | None


@dataclass(frozen=True)
class ContainerState:
    """One container of the stack. `role` is `service`, `carrier` or `oneshot`; `restarts` since its creation."""

    part: str
    name: str
    role: str
    state: str
    health: str | None
    restarts: int
    exit_code: int | None


@dataclass(frozen=True)
class TargetState:
    """One scrape target; `health` is `up`, `down` or `unknown` (not scraped yet), `last_scrape` is RFC 3339."""

    job: str
    instance: str
    health: str
    last_error: str
    last_scrape: str = ""


@dataclass(frozen=True)
class SeenContainers:
    """Containers that run on the engine and are this stack's to watch, and which of them have no metrics."""

    running: int
    unseen: tuple[str, ...]


@dataclass(frozen=True)
class RuleGroupState:
    """One rule group; `errors` are the last errors of the rules that don't evaluate."""

    name: str
    file: str
    rules: int
    errors: tuple[str, ...]


@dataclass(frozen=True)
class AlertmanagerState:
    """Alertmanager itself; `cluster` is its cluster status (`ready`, `settling`, `disabled`)."""

    version: str
    cluster: str
    receivers: tuple[str, ...]


@dataclass(frozen=True)
class FailedNotifications:
    """Notifications that one integration failed to deliver within the last minutes."""

    integration: str
    reason: str
    count: float


@dataclass(frozen=True)
class AlertState:
    """A firing alert. `since` is RFC 3339."""

    name: str
    severity: str
    since: str
    summary: str


@dataclass
class Health:
    """Everything a check saw, and what of it is a problem.

    `services`: what of requests, errors and latency is measured of each.
    `absent` are parts that this stack goes without, with what brings them: part -> words. That is no problem.
    """

    stack: str
    engine: EngineState
    containers: list[ContainerState] = field(default_factory=list)
    targets: list[TargetState] = field(default_factory=list)
    seen_containers: SeenContainers | None = None
    services: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rule_groups: list[RuleGroupState] = field(default_factory=list)
    alertmanager: AlertmanagerState | None = None
    failed_notifications: list[FailedNotifications] = field(default_factory=list)
    alerts: list[AlertState] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)

    @property
    def healthy(self) -> bool:
        """Nothing is wrong."""
        return not self.problems

    @property
    def unready(self) -> list[Problem]:
        """What a deployment still waits for."""
        return [problem for problem in self.problems if problem.area not in _AFTERMATH]

    def as_json(self) -> Mapping[str, object]:
        """The stable document of `monitor health --json`."""
        return {"healthy": self.healthy, **asdict(self)}
