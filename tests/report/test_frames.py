"""Data frames become series, or the lines of a table."""

from report.frames import rows, series
from tests.report.answers import answer, series_frame, table_frame


def test_series_have_the_names_that_grafana_gives_them() -> None:
    found = series(
        answer(
            series_frame("api", [1, 2], [0.5, None]),
            series_frame("", [1], [7], job="node", host="a"),
            series_frame("", [1], [8]),
            series_frame("nothing", [1, 2], [None, None]),
        )
    )
    assert [one.name for one in found] == ["api", "host a, job node", "Value"]
    assert found[0].times == [1.0, 2.0]
    assert found[0].values == [0.5, None]
    assert found[0].last == 0.5


def test_nothing_is_no_series() -> None:
    assert series({}) == []
    assert series({"A": {}}) == []
    assert series(answer({"schema": {"fields": []}, "data": {"values": []}})) == []


def test_lines_with_the_same_labels_stand_side_by_side() -> None:
    found = rows(
        answer(
            series_frame("", [1, 2], [1, 2], __name__="up", job="a"),
            series_frame("", [1], [5], __name__="up", job="b"),
            B=[series_frame("", [1], [0.1], __name__="duration", job="a")],
        ),
        ["job", "Value #A", "Value #B"],
    )
    assert found == [{"job": "a", "Value #A": 2.0, "Value #B": 0.1}, {"job": "b", "Value #A": 5.0}]


def test_one_query_has_no_letter_and_labels_may_be_columns() -> None:
    found = rows(answer(table_frame({"name": ["x", "y"]}, [1, 2])))
    assert found == [{"name": "x", "Value": 1.0}, {"name": "y", "Value": 2.0}]
