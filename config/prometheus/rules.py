"""Alert rules: Prometheus rule files with this stack's thresholds filled in."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.settings import Settings

DIRECTORY = Path(__file__).with_name("rules")


def rules(settings: Settings) -> dict[str, str]:
    """Rule files as Prometheus reads them: file name -> content.

    The sources use `<< … >>` for values from the settings, because `{{ … }}` belongs to Prometheus's own templates.
    They see `settings`, `thresholds`, and `dashboard(uid, variable=value)`, the address of a dashboard.
    """
    environment = Environment(
        loader=FileSystemLoader(DIRECTORY),
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
    environment.globals |= {"settings": settings, "thresholds": settings.thresholds, "dashboard": _dashboard(settings)}
    return {path.name: environment.get_template(path.name).render() for path in sorted(DIRECTORY.glob("*.yml"))}


def _dashboard(settings: Settings) -> Callable[..., str]:
    def address(uid: str, **variables: str) -> str:
        """A dashboard, with its variables set; values may be Prometheus's `{{ $labels.… }}`."""
        query = "&".join(f"var-{name}={value}" for name, value in variables.items())
        return f"{settings.dashboard_url}/d/{uid}" + (f"?{query}" if query else "")

    return address
