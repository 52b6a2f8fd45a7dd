"""promtool's verdict on many small sets of rules."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tests.support.rendered import promtool
from tools.mutation.suite import RULES

BATCH = 8  # trials for one promtool: starting it takes longer than a trial
# of a test file, or of a rule file; no test fails in these words
UNREADABLE = re.compile(r"^(yaml: |\S+: .*could not parse expression)", re.MULTILINE)


@dataclass(frozen=True)
class Trial:
    """A rule file, and the promtool test files to run on it."""

    rules: str
    tests: tuple[str, ...]


def verdicts(trials: Sequence[Trial], jobs: int) -> Iterator[tuple[int, bool]]:
    """Index of each trial, in the order they end, and whether its tests pass.

    Args:
        trials: any number of them.
        jobs: how many promtools to run at the same time.

    Raises:
        RuntimeError: a rule file or test file can't be read by promtool.
    """
    batches = [range(start, min(start + BATCH, len(trials))) for start in range(0, len(trials), BATCH)]
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_run, [trials[index] for index in batch]): batch for batch in batches}
        try:
            for done in as_completed(running):
                yield from zip(running[done], done.result(), strict=True)
        finally:
            pool.shutdown(cancel_futures=True)


def _run(batch: Sequence[Trial]) -> list[bool]:
    """Test file after test file, for those trials that have passed so far: most fail early."""
    passing = set(range(len(batch)))
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        for number, trial in enumerate(batch):
            _write(trial, folder / str(number))
        for step in range(max(len(trial.tests) for trial in batch)):
            files = {f"{number}/{step}.yml": number for number in sorted(passing) if step < len(batch[number].tests)}
            passing -= {files[path] for path in files.keys() - _passed(list(files), folder)}
    return [number in passing for number in range(len(batch))]


def _passed(files: Sequence[str], folder: Path) -> set[str]:
    """Which of these test files pass."""
    if not files:
        return set()
    result = promtool("test", "rules", *files, folder=folder)
    seen = re.findall(r"^Processing test file: (\S+)$", result.stdout, re.MULTILINE)
    if UNREADABLE.search(result.stderr) or seen != list(files):
        raise RuntimeError(f"promtool can't read what it is given: {result.stderr.strip()}")
    return set(re.findall(r"^Processing test file: (\S+)\n  SUCCESS$", result.stdout, re.MULTILINE))


def _write(trial: Trial, folder: Path) -> None:
    folder.mkdir()
    (folder / RULES).write_text(trial.rules)
    for number, text in enumerate(trial.tests):
        (folder / f"{number}.yml").write_text(text)
