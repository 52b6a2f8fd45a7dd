"""Values as people read them, by the ids of Grafana's units."""

from __future__ import annotations

import math

_SI = ("", "k", "M", "G", "T", "P")
_IEC = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
# unit -> what a factor of 1,000 is written with, and what follows
_SCALED = {
    "short": "",
    "Bps": "B/s",
    "bps": "b/s",
    "pps": "p/s",
    "hertz": "Hz",
    "decbytes": "B",
}
_FOLLOWED = {
    "reqps": "req/s",
    "ops": "ops/s",
    "cps": "c/s",
    "rps": "rd/s",
    "wps": "wr/s",
    "iops": "io/s",
    "rowsps": "rows/s",
    "eps": "evt/s",
    "mps": "msg/s",
    "celsius": "°C",
    "cores": "cores",
}
_LEADING = {"currencyEUR": "€", "currencyUSD": "$", "currencyGBP": "£"}
# unit -> seconds
_TIMES = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9, "m": 60.0, "h": 3600.0, "d": 86400.0, "dtdurations": 1.0}
_BINARY = {"bytes": 1.0, "kbytes": 1024.0, "mbytes": 1024.0**2, "gbytes": 1024.0**3, "binBps": 1.0}


def shown(value: float, unit: str) -> str:
    """A value with its unit, in three digits; of a unit that isn't known, the number alone."""
    if not math.isfinite(value):
        return str(value)
    if unit in _TIMES:
        return _duration(value * _TIMES[unit])
    if unit in _BINARY:
        return _steps(value * _BINARY[unit], 1024, _IEC) + ("/s" if unit == "binBps" else "")
    if unit in _LEADING:
        return f"{'-' if value < 0 else ''}{_LEADING[unit]}{_steps(abs(value), 1000, _SI)}"
    if unit in ("percent", "percentunit"):
        percent = value * (100 if unit == "percentunit" else 1)
        return "< 0.01 %" if 0 < percent < 0.01 else f"{_digits(percent)} %"
    if unit in _SCALED:
        return _steps(value, 1000, tuple(f"{prefix}{_SCALED[unit]}" for prefix in _SI))
    if unit in _FOLLOWED:
        return f"{_steps(value, 1000, _SI)} {_FOLLOWED[unit]}"
    return _digits(value) if unit != "none" else f"{value:g}"


def scale(value: float, unit: str) -> float:
    """By what a scale up to this value is to be counted, so that its marks are round numbers of what is written."""
    factors: tuple[float, ...] = (1.0,)
    if unit in _BINARY:
        factors = tuple(1024.0**power / _BINARY[unit] for power in range(len(_IEC)))
    elif unit in _TIMES:
        factors = tuple(one / _TIMES[unit] for one in (1e-9, 1e-6, 1e-3, 1.0, 60.0, 3600.0, 86400.0))
        return max((one for one in factors if value >= 2 * one), default=factors[0])
    return max((one for one in factors if value >= one), default=factors[0])


def _steps(value: float, base: int, names: tuple[str, ...]) -> str:
    power = 0
    while abs(value) >= base and power < len(names) - 1:
        value /= base
        power += 1
    name = names[power]
    return f"{_digits(value)}{' ' if name else ''}{name}"


def _duration(seconds: float) -> str:
    size = abs(seconds)
    if size == 0:
        return "0 s"
    for least, factor, name in (
        (2 * 86400, 86400.0, "d"),
        (2 * 3600, 3600.0, "h"),
        (120, 60.0, "min"),
        (1, 1.0, "s"),
        (1e-3, 1e-3, "ms"),
        (1e-6, 1e-6, "µs"),
    ):
        if size >= least:
            return f"{_digits(seconds / factor)} {name}"
    return f"{_digits(seconds / 1e-9)} ns"


def _digits(value: float) -> str:
    """Three digits that count, and no zeros behind the point."""
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    if places > 6:
        return f"{value:.2g}"
    rounded = f"{value:.{places}f}"
    return rounded.rstrip("0").rstrip(".") if "." in rounded else rounded
