"""Values are written as people read them."""

import math

import pytest

from viewer.units import scale, shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "short", "0"),
        (1234, "short", "1.23 k"),
        (-1500000, "short", "-1.5 M"),
        (0.0517, "short", "0.0517"),
        (100, "none", "100"),
        (0.0009, "none", "0.0009"),
        (0.8, "percentunit", "80 %"),
        (1, "percentunit", "100 %"),
        (0.00000007, "percentunit", "< 0.01 %"),
        (99.95, "percent", "100 %"),
        (12.34, "percent", "12.3 %"),
        (1536, "bytes", "1.5 KiB"),
        (22.5 * 2**30, "bytes", "22.5 GiB"),
        (1500, "decbytes", "1.5 kB"),
        (25900, "Bps", "25.9 kB/s"),
        (8e6, "bps", "8 Mb/s"),
        (0, "s", "0 s"),
        (0.00667, "s", "6.67 ms"),
        (2e-5, "s", "20 µs"),
        (5e-8, "s", "50 ns"),
        (90, "s", "90 s"),
        (600, "s", "10 min"),
        (-7200, "s", "-2 h"),
        (3 * 86400, "s", "3 d"),
        (1500, "ms", "1.5 s"),
        (1.69, "reqps", "1.69 req/s"),
        (2400, "currencyEUR", "€2.4 k"),
        (-5, "currencyEUR", "-€5"),
        (3.14159, "something-else", "3.14"),
        (math.inf, "s", "∞"),
        (math.nan, "bytes", "NaN"),
        (5, "MBs", "5 MB/s"),
        (2.5, "Mbits", "2.5 Mb/s"),
        (1500, "clockms", "1.5 s"),
        (0, "bool", "False"),
        (2, "bool_yes_no", "Yes"),
        (3, "suffix:pods", "3 pods"),
        (1795420800000, "dateTimeAsIso", "2026-11-23 08:00:00"),
        (1e300, "dateTimeAsIso", "1e+300"),
    ],
)
def test_a_value_and_its_unit(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("highest", "unit", "factor"),
    [
        (22.5 * 2**30, "bytes", 2**30),
        (100, "bytes", 1),
        (5 * 60, "s", 60),
        (90, "s", 1),
        (0.05, "s", 1e-3),
        (10 * 86400, "s", 86400),
        (5000, "ms", 1000),
        (0.4, "percentunit", 1),
    ],
)
def test_a_scale_counts_in_what_is_written(highest: float, unit: str, factor: float) -> None:
    assert scale(highest, unit) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("value", "unit", "places", "text"), [(1234.5, "short", 0, "1 k"), (0.5, "percentunit", 1, "50.0 %")]
)
def test_as_many_places_as_are_wanted(value: float, unit: str, places: int, text: str) -> None:
    assert shown(value, unit, places) == text
