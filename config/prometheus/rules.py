"""Alert rules: Prometheus rule files with this stack's thresholds filled in."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.settings import Settings

DIRECTORY = Path(__file__).with_name("rules")


def rules(settings: Settings) -> dict[str, str]:
    """Rule files as Prometheus reads them: file name -> content.

    The sources use `<< … >>` for values from the settings, because `{{ … }}` belongs to Prometheus's own templates.
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
    return {
        path.name: environment.get_template(path.name).render(thresholds=settings.thresholds, settings=settings)
        for path in sorted(DIRECTORY.glob("*.yml"))
    }
