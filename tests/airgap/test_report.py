"""Progress where there is no terminal."""

import io
import time

from rich.console import Console

from airgap.report import PlainReport, reporting, step


def test_one_line_for_every_finished_step() -> None:
    text = io.StringIO()
    with reporting(Console(file=text), "kit") as report:
        report.expect(2)
        with step(report, "pulumi", "built"):
            pass
        report.note("by the way [not markup]")
    assert text.getvalue().splitlines() == ["pulumi: built in 0 s", "by the way [not markup]"]


def test_a_long_step_shows_that_it_is_alive() -> None:
    text = io.StringIO()
    with PlainReport(Console(file=text), "kit", heartbeat=0.02) as report:
        report.expect(3)
        report.begin("prometheus")
        deadline = time.monotonic() + 5
        while "now prometheus" not in text.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "kit: 0 of 3 after 0 s, now prometheus" in text.getvalue()


def test_a_terminal_keeps_the_finished_steps() -> None:
    text = io.StringIO()
    with reporting(Console(file=text, force_terminal=True, width=100), "kit") as report:
        report.expect(1)
        with step(report, "pulumi", "built"):
            pass
    assert "pulumi: built in 0 s" in text.getvalue()
