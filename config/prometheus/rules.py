"""Alert rules: Prometheus rule files with this stack's thresholds filled in."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.areas.application.requests import Requests
from config.areas.slo.burn_rates import BURN_RATES
from config.parts import expected_containers, services_of_containers
from config.prometheus.overrides import overridden
from config.prometheus.scrapes import body_size_limits, expected_jobs, scrapes
from config.prometheus.team_rules import team_rules
from config.settings.stack import Settings
from config.settings.teams import TEAMS

AREAS = Path(__file__).parents[1] / "areas"
MACROS = Path(__file__).parent

_KEYWORDS = "if|elif|else|endif|for|endfor|set|endset|from|macro|endmacro|call|endcall"
_MARK = re.compile(rf"(<<\s+[a-z0-9\"'(\[-][^\n]*?\s>>|<%[-+]?\s+(?:{_KEYWORDS})\b|<%#)|(<<|<%)")


def rules(settings: Settings, teams: Path = TEAMS) -> dict[str, str]:
    """Rule files as Prometheus reads them: file name -> content.

    The sources use `<< … >>` for values from the settings, because `{{ … }}` belongs to Prometheus's own templates.
    They see `settings`, `thresholds`, and `dashboard(uid, variable=value)`, the address of a dashboard; also
    `expected_jobs` (names) and `expected_containers` (name -> kind), what has to be there, `services_of_containers`
    (name -> service), `body_size_limits` (job -> bytes), `burn_rates` and `requests` (areas/application/requests.py).

    Args:
        settings: the stack's settings.
        teams: the folder in which teams keep rules of their own; theirs are named `<team>-<file>`.

    Raises:
        SettingsError: with one line per problem of a team's rules, each of which names the file, or of `alerts`.
    """
    own = own_rules(settings)
    return overridden(own | team_rules(teams, renderer(settings), own), settings.alerts)


def own_rules(settings: Settings) -> dict[str, str]:
    """The monitoring's own rule files, without those of teams."""
    values = _values(settings)
    areas = sorted(path.parent.name for path in AREAS.glob("*/rules.yml"))
    return {f"{area}.yml": _environment().get_template(f"{area}/rules.yml").render(values) for area in areas}


def renderer(settings: Settings) -> Callable[[str], str]:
    """What fills a stack's values into the source of a rule file; it raises jinja2.TemplateError when it can't."""
    environment = _environment().overlay(comment_start_string="<%#", comment_end_string="#%>")
    values = _values(settings)

    def filled_in(source: str) -> str:
        # what is no mark belongs to YAML (`<<: *labels`), a shell (`<<EOF`), Slack (`<#C0123>`) or printf (`<%.1f`)
        return environment.from_string(_MARK.sub(lambda mark: mark[1] or f'<< "{mark[2]}" >>', source)).render(values)

    return filled_in


@cache
def _environment() -> Environment:
    """Keeps the compiled templates: compiling them takes longer than all the rest of the program."""
    return Environment(
        loader=FileSystemLoader([AREAS, MACROS]),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML
    )


def _values(settings: Settings) -> dict[str, object]:
    """The names that the sources see."""
    jobs = scrapes(settings, ())
    return {
        "settings": settings,
        "thresholds": settings.thresholds,
        "burn_rates": BURN_RATES,
        "requests": Requests(settings),
        "dashboard": _dashboard(settings),
        "expected_jobs": expected_jobs(jobs),
        "body_size_limits": body_size_limits(jobs, settings),
        "expected_containers": expected_containers(settings),
        "services_of_containers": services_of_containers(settings),
    }


def _dashboard(settings: Settings) -> Callable[..., str]:
    def address(uid: str, **variables: str) -> str:
        """A dashboard, with its variables set; values may be Prometheus's `{{ $labels.… }}`."""
        query = "&".join(f"var-{name}={value}" for name, value in variables.items())
        return f"{settings.grafana.url}/d/{uid}" + (f"?{query}" if query else "")

    return address
