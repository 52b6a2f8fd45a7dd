"""The rules' tests as promtool reads them from their files: every rule of a file at every step of every case.

`make rules` runs them cut into pieces (tests/rules/cases.py); here a rule is also tried on the samples
of other rules' cases.
"""

from pathlib import Path

import pytest

from tests.support.rendered import promtool, promtool_tests, rendered

TESTS = promtool_tests()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("test", TESTS)
def test_all_rules_stand_the_samples_of_all_cases(test: str, tmp_path: Path) -> None:
    for name, content in rendered("prod").items():
        (tmp_path / name).write_text(content)
    (tmp_path / "test.yaml").write_text(TESTS[test])
    result = promtool("test", "rules", "test.yaml", folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
