"""What a new alert comes to: the rules, runbooks, dashboards and metrics that there are."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.grafana.dashboards import dashboards
from config.prometheus.rules import renderer, rules
from config.prometheus.team_rules import team_rules
from config.settings.errors import SettingsError
from config.settings.stack import Settings
from ops.errors import OpsError, UsageError
from ops.project import Project
from tests.support import promtool
from tests.support.metrics import known, of_teams, recorded
from tests.support.program import stack_config
from tests.support.rendered import alerts, settings_of

STACK = "prod"  # of the tests' own, with whose limits alerts are tested
RUNBOOKS = Path("docs") / "runbooks"


@dataclass(frozen=True)
class Ground:
    """A checkout, with its rule files as the tests' own stack gets them."""

    root: Path
    settings: Settings
    rule_files: Mapping[str, str]

    @classmethod
    def of(cls, project: Project) -> "Ground":
        """Read the checkout.

        Raises:
            OpsError: its teams' rules or routes are wrong.
        """
        teams = project.root / "teams"
        try:
            settings = settings_of(STACK, stack_config(STACK), teams)
            return cls(project.root, settings, rules(settings, teams))
        except SettingsError as error:
            raise OpsError(str(error)) from None

    def check_free(self, alert: str) -> None:
        """Is this name still free?

        Raises:
            UsageError: it is taken.
        """
        if any(rule["alert"] == alert for rule in alerts(self.rule_files)):
            raise UsageError(f"there is an alert {alert} already; choose another name")

    def variables(self, uid: str) -> Sequence[str]:
        """What can be chosen on a dashboard.

        Raises:
            UsageError: there is no such dashboard.
        """
        found = {dashboard.uid: dashboard for dashboard in dashboards(self.settings)}
        if uid not in found:
            raise UsageError(f"dashboard: there is no '{uid}' (dashboards: {', '.join(sorted(found))})")
        return [variable["name"] for variable in found[uid].model()["templating"]["list"]]

    def rendered(self, tool: str, source: str, team: str, file: str) -> str:
        """A team's new rule file as Prometheus reads it.

        Raises:
            UsageError: the program, or promtool, would refuse it.
        """
        with tempfile.TemporaryDirectory(prefix="new-alert-") as folder:
            path = Path(folder) / "teams" / team / "rules" / file
            path.parent.mkdir(parents=True)
            path.write_text(source, encoding="utf-8")
            try:
                [content] = team_rules(Path(folder) / "teams", renderer(self.settings), self.rule_files).values()
            except SettingsError as error:
                raise UsageError(f"this makes no valid rule: {error}") from None
            Path(folder, file).write_text(content, encoding="utf-8")
            result = promtool.run(tool, "check", "rules", file, folder=Path(folder))
        if result.returncode != 0:
            words = " ".join(result.stderr.replace("FAILED:", "").split()).removeprefix(f"{file}: ")
            raise UsageError(f"this makes no valid rule: teams/{team}/rules/{file}: {words}")
        return content

    def unknown_metrics(self, series: Iterable[str]) -> list[str]:
        """Names of series that no exporter known here exports and no rule records."""
        names = known() | of_teams(self.root / "teams") | recorded(self.rule_files.values())
        return sorted({one.split("{")[0].strip() for one in series} - names)
