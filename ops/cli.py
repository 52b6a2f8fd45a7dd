"""`monitor`: the commands put together, and the one place where a mistake becomes a line on standard error."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ops.commands import (
    alerts,
    destroy,
    down,
    export_dashboard,
    fault,
    health,
    images,
    messages,
    preview,
    query,
    raw,
    recover,
    report,
    services,
    targets,
    up,
    urls,
)
from ops.console import err
from ops.errors import INTERRUPTED, USAGE_OR_NOT_DEPLOYED, OpsError


class OneLineErrors(TyperGroup):
    """A group of commands that ends in one clear line, never in a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; the exit code is 0, the error's own, 2 for wrong usage, 130 after Ctrl-C."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except OpsError as error:
            sys.exit(_complain(str(error), error.code))
        except TyperException as error:
            sys.exit(_explain_usage(error))
        except typer.Abort:
            sys.exit(_complain("stopped", INTERRUPTED))
        except Exception as error:
            if os.environ.get("MONITOR_DEBUG"):
                raise
            words = " ".join(str(error).split()) or "no message"
            sys.exit(_complain(f"unexpected {type(error).__name__}: {words} (MONITOR_DEBUG=1 shows where)", 1))
        if code == INTERRUPTED:
            _complain("interrupted", code)
        sys.exit(code if isinstance(code, int) else 0)


def _explain_usage(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    text = error.format_message() if hasattr(error, "format_message") else str(error)
    if text.startswith("Usage:"):  # called without arguments: the text is the help itself
        typer.echo(text, err=True)
        return USAGE_OR_NOT_DEPLOYED
    more = f" (see `{context.command_path} --help`)" if context is not None else ""
    return _complain(f"{' '.join(text.split()).rstrip('.')}{more}", USAGE_OR_NOT_DEPLOYED)


def _complain(message: str, code: int) -> int:
    err.print(f"monitor: {message}", markup=False)
    return code


app = typer.Typer(
    cls=OneLineErrors,
    help="Bring the monitoring up, look at it, take it down.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(up.up)
app.command()(preview.preview)
app.command()(health.health)
app.command()(urls.urls)
app.command()(query.query)
app.command()(fault.fault)
app.command()(messages.messages)
app.add_typer(images.app, name="images")
app.add_typer(alerts.app, name="alerts")
app.add_typer(services.app, name="services")
app.add_typer(targets.app, name="targets")
app.command()(export_dashboard.export_dashboard)
app.command()(report.report)
app.command()(recover.recover)
app.command()(down.down)
app.command()(destroy.destroy)
app.command("pulumi", context_settings=raw.EVERYTHING_IS_PULUMIS)(raw.raw)
