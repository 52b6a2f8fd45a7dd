"""Makes the files of a new alert: everything is tried first, nothing is overwritten."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ops.errors import OpsError, UsageError
from tests.support import promtool
from tools.new_alert import texts
from tools.new_alert.description import Description
from tools.new_alert.ground import RUNBOOKS, Ground
from tools.new_alert.trial import Firing, Moment, trial


@dataclass(frozen=True)
class Written:
    """What was made.

    Attributes:
        area: the rule file's name in the tests.
        files: below the checkout.
        firing: the alerts as they were seen to fire first.
        at: when that was, on the clock of the samples.
        metrics: names that nobody known here exports; the team's list has them now.
    """

    area: str
    files: Sequence[Path]
    firing: Sequence[Firing]
    at: str
    metrics: Sequence[str]


def write(ground: Ground, alert: str, description: Description) -> Written:
    """Try the alert, then write its rule, its test and its runbook.

    Raises:
        OpsError: something is wrong with the description; nothing is written.
    """
    tool = promtool.find()
    if tool is None:
        raise OpsError("there is no promtool to try the alert with; build it with `make tools`")
    ground.check_free(alert)
    file, team = f"{texts.file_name(alert)}.yml", Path("teams") / description.team
    rule_file, test_file, runbook = team / "rules" / file, team / "tests" / file, RUNBOOKS / f"{alert}.md"
    for path in (rule_file, test_file, runbook):
        if (ground.root / path).exists():
            raise UsageError(f"there is {path} already; choose another name, or remove it")
    source = texts.rule_file(alert, description, ground.variables(description.dashboard))
    rules = ground.rendered(tool, source, description.team, file)

    story = _story(trial(tool, alert, rules, description.fires, description.interval))
    fires = next(moment for moment in story if moment.firing)
    quiet = _quiet(trial(tool, alert, rules, description.quiet, description.interval), fires.time)
    test = texts.promtool_file(alert, description, story, quiet)
    _prove(tool, f"{description.team}-{file}", rules, test)

    expr = yaml.safe_load(rules)["groups"][0]["rules"][0]["expr"]
    made = {rule_file: source, test_file: test, runbook: texts.runbook(alert, description, str(expr))}
    for path, text in made.items():
        (ground.root / path).parent.mkdir(parents=True, exist_ok=True)
        (ground.root / path).write_text(text, encoding="utf-8")
    metrics = ground.unknown_metrics([*description.fires, *description.quiet])
    if metrics:
        with (ground.root / team / "metrics.txt").open("a", encoding="utf-8") as names:
            names.writelines(f"{name}\n" for name in metrics)
    return Written(f"{description.team}-{texts.file_name(alert)}", list(made), fires.firing, fires.time, metrics)


def _story(moments: Sequence[Moment]) -> list[Moment]:
    """The moments that tell it all: just before it fires, when it does, the last time, and when it no longer does."""
    begins = next((number for number, moment in enumerate(moments) if moment.firing), None)
    if begins is None:
        raise UsageError(
            f"fires: the alert doesn't fire in {moments[-1].time} of these samples; make them worse or longer"
        )
    _complete(moments[begins])
    ends = next((number for number in range(begins, len(moments)) if not moments[number].firing), None)
    if ends is None:
        raise UsageError(
            f"fires: the alert fires at {moments[begins].time} and doesn't resolve until the last of the samples, at "
            f"{moments[-1].time}; let them get well again, for at least as long as expr looks back and it keeps firing"
        )
    return [moments[number] for number in sorted({max(begins - 1, 0), begins, ends - 1, ends})]


def _complete(moment: Moment) -> None:
    """Would the person who gets it know what it is about?"""
    for firing in moment.firing:
        for name, text in {**firing.labels, **firing.annotations}.items():
            if "<error expanding template" in text or "<no value>" in text:
                raise UsageError(f"{name}: promtool makes this of it: {text}")
        if not firing.labels.get("service"):
            raise UsageError(
                "service: the alert has none when it fires; the result of expr lacks the label that it names"
            )


def _quiet(moments: Sequence[Moment], fires: str) -> list[str]:
    """When to look at the quiet series: when the others fire, and at last."""
    for moment in moments:
        if moment.firing:
            raise UsageError(f"quiet: the alert fires at {moment.time} of these samples; make them less bad")
    times = [moment.time for moment in moments]
    if fires not in times:
        raise UsageError(
            f"quiet: these samples end at {times[-1]}, before the alert could have fired, at {fires}; make them longer"
        )
    return list(dict.fromkeys((fires, times[-1])))


def _prove(tool: str, name: str, rules: str, test: str) -> None:
    """The test as it will be written must pass."""
    with tempfile.TemporaryDirectory(prefix="new-alert-") as folder:
        Path(folder, name).write_text(rules, encoding="utf-8")
        Path(folder, "test.yaml").write_text(test, encoding="utf-8")
        result = promtool.run(tool, "test", "rules", "test.yaml", folder=Path(folder))
    if result.returncode != 0:
        raise OpsError(f"the test that was made of it fails: {' '.join(result.stderr.split())}")
