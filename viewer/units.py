"""Values as people read them, by the ids of Grafana's units."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_SI = ("", "k", "M", "G", "T", "P")
_IEC = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
# unit -> what it and its multiples are written with
_SCALED = {
    unit: tuple(f"{prefix}{word}" for prefix in _SI)
    for unit, word in {
        "short": "", "sishort": "", "Bps": "B/s", "bps": "b/s", "decbits": "b", "watt": "W", "volt": "V", "amp": "A",
        "joule": "J", "pps": "p/s", "hertz": "Hz", "decbytes": "B",
    }.items()
}  # fmt: skip
# unit -> what follows the number with its factor
_FOLLOWED = {
    "reqps": "req/s", "ops": "ops/s", "cps": "c/s", "rps": "rd/s", "wps": "wr/s", "iops": "io/s", "rowsps": "rows/s",
    "eps": "evt/s", "mps": "msg/s", "celsius": "°C", "humidity": "%H", "rotrpm": "rpm", "opm": "ops/min",
    "rpm": "req/min", "wpm": "wr/min", "cpm": "c/min", "cores": "cores",
}  # fmt: skip
_TRUTHS = {"bool": ("True", "False"), "bool_yes_no": ("Yes", "No"), "bool_on_off": ("On", "Off")}
_LAST_MOMENT = 2.5e14  # milliseconds; later ones have no date in Python
_LEADING = {"currencyEUR": "€", "currencyUSD": "$", "currencyGBP": "£"}
# unit -> seconds
_TIMES = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "m": 60.0, "h": 3600.0, "d": 86400.0, "dtdurations": 1.0}
# unit -> how many of the unit that it is counted in
_MULTIPLES = {
    "KBs": ("Bps", 1e3), "MBs": ("Bps", 1e6), "GBs": ("Bps", 1e9), "Kbits": ("bps", 1e3), "Mbits": ("bps", 1e6),
    "Gbits": ("bps", 1e9), "deckbytes": ("decbytes", 1e3), "decmbytes": ("decbytes", 1e6),
    "decgbytes": ("decbytes", 1e9),
    "dthms": ("s", 1.0), "dtdhms": ("s", 1.0), "clocks": ("s", 1.0), "clockms": ("s", 1e-3), "bits": ("decbits", 1.0),
    "binbps": ("bps", 1.0), "kwatt": ("watt", 1e3), "mvolt": ("volt", 1e-3), "dtdurationms": ("s", 1e-3),
}  # fmt: skip
_SPANS = ((172800, 86400.0, "d"), (7200, 3600.0, "h"), (120, 60.0, "min"), (1, 1.0, "s"), (1e-3, 1e-3, "ms"),
          (1e-6, 1e-6, "µs"), (0, 1e-9, "ns"))  # fmt: skip
_BINARY = {"bytes": 1.0, "kbytes": 1024.0, "mbytes": 1024.0**2, "gbytes": 1024.0**3, "binBps": 1.0}


def shown(value: float, unit: str, places: int | None = None) -> str:
    """A value with its unit, in three digits or with so many places; of a unit that isn't known, the number alone."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "-∞"}.get(value, "NaN")
    if unit in _MULTIPLES:
        unit, factor = _MULTIPLES[unit]
        value *= factor
    if unit in _TIMES:
        return _duration(value * _TIMES[unit], places)
    if unit in _BINARY:
        return _steps(value * _BINARY[unit], 1024, _IEC, places) + ("/s" if unit == "binBps" else "")
    if unit in _LEADING:
        return f"{'-' if value < 0 else ''}{_LEADING[unit]}{_steps(abs(value), 1000, _SI, places)}"
    if unit in ("percent", "percentunit"):
        percent = value * (100 if unit == "percentunit" else 1)
        return "< 0.01 %" if places is None and 0 < percent < 0.01 else f"{_digits(percent, places)} %"
    if unit in _SCALED:
        return _steps(value, 1000, _SCALED[unit], places)
    if unit in _FOLLOWED:
        return f"{_steps(value, 1000, _SI, places)} {_FOLLOWED[unit]}"
    if unit.startswith("dateTime"):
        at = datetime.fromtimestamp(value / 1000, UTC) if abs(value) < _LAST_MOMENT else None
        return f"{at:%Y-%m-%d %H:%M:%S}" if at else f"{value:g}"
    if unit in _TRUTHS:
        return _TRUTHS[unit][value == 0]
    kind, _, word = unit.partition(":")
    if kind in ("suffix", "prefix"):
        return f"{_digits(value, places)} {word}" if kind == "suffix" else f"{word}{_digits(value, places)}"
    return f"{value:g}" if unit == "none" and places is None else _digits(value, places)


def scale(value: float, unit: str) -> float:
    """By what a scale up to this value is to be counted, so that its marks are round numbers of what is written."""
    factors: tuple[float, ...] = (1.0,)
    if unit in _BINARY:
        factors = tuple(1024.0**power / _BINARY[unit] for power in range(len(_IEC)))
    elif unit in _TIMES:
        factors = tuple(one / _TIMES[unit] for one in (1e-9, 1e-6, 1e-3, 1.0, 60.0, 3600.0, 86400.0))
        return max((one for one in factors if value >= 2 * one), default=factors[0])
    return max((one for one in factors if value >= one), default=factors[0])


def _steps(value: float, base: int, names: tuple[str, ...], places: int | None) -> str:
    power = 0
    while abs(value) >= base and power < len(names) - 1:
        value /= base
        power += 1
    name = names[power]
    return f"{_digits(value, places)}{' ' if name else ''}{name}"


def _duration(seconds: float, places: int | None) -> str:
    if seconds == 0:
        return "0 s"
    factor, name = next((factor, name) for least, factor, name in _SPANS if abs(seconds) >= least)
    return f"{_digits(seconds / factor, places)} {name}"


def _digits(value: float, wanted: int | None = None) -> str:
    """Three digits that count, and no zeros behind the point; or as many behind it as are wanted."""
    if wanted is not None:
        return f"{value:.{max(0, min(wanted, 12))}f}"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 999.5:  # nearly all there is, and many
        return f"{value:.3g}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    if places > 6:
        return f"{value:.2g}"
    rounded = f"{value:.{places}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded
