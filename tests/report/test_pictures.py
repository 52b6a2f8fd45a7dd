"""Every visualization gives a picture that shows what it has to: looked at by its colours and its size."""

import io
from datetime import UTC
from typing import Any

import pytest
from PIL import Image

from report.panel import panel
from report.period import Period
from report.pictures.canvas import cut, on, paint
from report.pictures.draw import Picture, draw
from tests.report.answers import answer, series_frame

PERIOD = Period(0.0, 3600.0, UTC)
GREEN, RED, BLUE, PINK = "#2f8f4e", "#d1242f", "#0072b2", "#cc79a7"
UP_DOWN = [{"type": "value", "options": {"0": {"text": "down", "color": "red"}, "1": {"text": "up", "color": "green"}}}]
STEPS = {"steps": [{"value": None, "color": "green"}, {"value": 0.8, "color": "red"}]}
TIMES = [60.0 * minute for minute in range(60)]


def drawn(kind: str, results: dict[str, Any] | None, problem: str | None = None, **config: Any) -> Picture:
    """A panel of this kind, 12 columns wide, with these defaults of its fields."""
    custom = {key: config.pop(key) for key in ("options",) if key in config}
    document = {"type": kind, "title": kind, "fieldConfig": {"defaults": config}, **custom}
    return draw(panel(document), results, PERIOD, problem)


def share(picture: Picture, color: str) -> float:
    """Of all points, how many are nearly of this colour."""
    wanted = tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))
    with Image.open(io.BytesIO(picture.png)) as image:
        points = image.convert("RGB").tobytes()
    triples = zip(points[0::3], points[1::3], points[2::3], strict=True)
    near = sum(all(abs(have - want) < 24 for have, want in zip(point, wanted, strict=True)) for point in triples)
    return near / (len(points) / 3)


def test_the_picture_is_as_large_as_it_says_at_twice_the_sharpness() -> None:
    picture = drawn("timeseries", answer(series_frame("a", TIMES, [1.0] * 60)))
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (2 * picture.width, 2 * picture.height)
    assert picture.width == 12 * 50 - 18
    assert len(picture.png) < 40_000


def test_a_graph_draws_its_lines_and_its_limits() -> None:
    results = answer(series_frame("high", TIMES, [0.9] * 60), series_frame("low", TIMES, [0.1] * 60))
    dashed: dict[str, Any] = {
        "thresholds": STEPS,
        "custom": {"thresholdsStyle": {"mode": "dashed"}},
        "max": 1,
        "min": 0,
    }
    picture = drawn("timeseries", results, **dashed)
    assert share(picture, BLUE) > 0.0005
    assert share(picture, PINK) > 0.0005
    assert share(picture, RED) > 0.0002
    without = drawn("timeseries", results, thresholds=STEPS, max=1, min=0)
    assert share(without, RED) == 0


def test_stacked_areas_fill_what_lines_do_not() -> None:
    results = answer(series_frame("one", TIMES, [5.0] * 60), series_frame("two", TIMES, [3.0] * 60))
    lines = drawn("timeseries", results, min=0)
    areas = drawn("timeseries", results, min=0, custom={"stacking": {"mode": "normal"}})
    assert len(areas.png) != len(lines.png)
    with Image.open(io.BytesIO(areas.png)) as image:
        white = image.convert("RGB").getcolors(100_000) or []
    assert max(count for count, color in white if color == (255, 255, 255)) < 0.75 * image.width * image.height


def test_a_line_ends_where_values_are_missing() -> None:
    half = [*TIMES[:15], *TIMES[45:]]
    whole = drawn("timeseries", answer(series_frame("a", TIMES, [1.0] * 60)))
    gap = drawn("timeseries", answer(series_frame("a", half, [1.0] * 30)))
    assert share(gap, BLUE) < 0.75 * share(whole, BLUE)


def test_many_series_are_named_up_to_a_point() -> None:
    few = drawn("timeseries", answer(*(series_frame(f"s{n}", TIMES, [n] * 60) for n in range(1, 4))))
    many = drawn("timeseries", answer(*(series_frame(f"s{n}", TIMES, [n] * 60) for n in range(1, 200))))
    assert few.height < many.height < few.height + 10 * 15


@pytest.mark.parametrize(("value", "color"), [(0.5, GREEN), (0.9, RED)])
def test_a_number_stands_on_the_colour_of_its_limit(value: float, color: str) -> None:
    results = answer(series_frame("", [0.0], [value]))
    picture = drawn("stat", results, thresholds=STEPS, options={"colorMode": "background"})
    assert share(picture, color) > 0.5
    assert share(drawn("stat", results, thresholds=STEPS), color) < 0.2


def test_a_number_without_a_value_says_so() -> None:
    picture = drawn("stat", answer(), noValue="no objectives", options={"colorMode": "background"})
    assert share(picture, GREEN) == 0
    assert share(picture, RED) == 0


def test_bars_are_as_long_as_their_values() -> None:
    results = answer(series_frame("full", [0.0], [0.8]), series_frame("low", [0.0], [0.2]))
    picture = drawn("bargauge", results, thresholds=STEPS, max=1, min=0)
    assert share(picture, RED) == pytest.approx(4 * share(picture, GREEN), rel=0.15)


def test_states_show_how_long_each_lasted() -> None:
    results = answer(series_frame("api", TIMES, [1.0] * 45 + [0.0] * 15))
    picture = drawn("state-timeline", results, mappings=UP_DOWN)
    assert share(picture, GREEN) == pytest.approx(3 * share(picture, RED), rel=0.2)


def test_a_table_grows_with_its_lines_up_to_a_point() -> None:
    heights = [
        drawn("table", answer(*(series_frame("", [0.0], [n], job=f"j{n}") for n in range(count)))).height
        for count in (1, 20, 200)
    ]
    assert heights[0] < heights[1] < heights[2] < 600


@pytest.mark.parametrize("kind", ["timeseries", "bargauge", "state-timeline", "table", "heatmap"])
def test_nothing_to_show_is_said_in_words(kind: str) -> None:
    picture = drawn(kind, answer())
    assert picture.png.startswith(b"\x89PNG")
    assert share(picture, "#ffffff") > 0.9


def test_what_cannot_be_drawn_and_what_failed_is_said_in_words() -> None:
    heat = drawn("heatmap", answer(series_frame("a", TIMES, [1.0] * 60)))
    failed = drawn("timeseries", None, "the query failed: parse error")
    assert share(failed, RED) > 0.001
    assert share(heat, RED) == 0


@pytest.mark.parametrize(
    ("unit", "values"),
    [
        ("s", [0.0] * 60),
        ("short", [-5.0, 5.0] * 30),
        ("bytes", [1e15] * 60),
        ("percentunit", [1e-12] * 60),
        ("reqps", [None, 1.0] * 30),
    ],
)
def test_any_values_and_names_can_be_drawn(unit: str, values: list[float | None]) -> None:
    name = r"$\alpha_{1}$ <&> _^ " + "long" * 40
    for kind in ("timeseries", "stat", "bargauge", "state-timeline", "table"):
        assert drawn(kind, answer(series_frame(name, TIMES, values, job=name)), unit=unit).png


def test_colours_of_grafana() -> None:
    assert paint("semi-dark-red") == paint("red") == RED
    assert paint("#123456") == "#123456"
    assert paint("nonsense", "black") == "black"
    assert paint(None, "black") == "black"
    assert on(RED) == "white"
    assert on("#eaeef2") != "white"


def test_a_text_is_cut_to_its_room() -> None:
    assert cut("short", 200) == "short"
    assert cut("a text that is too long", 60).endswith("…")
    assert len(cut("x", 0)) == 1
