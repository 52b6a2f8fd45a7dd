"""What every picture is drawn on: its size, its letters, its colours."""

from __future__ import annotations

import io

from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from PIL import Image

DOTS = 100  # per inch, as shown; drawn with twice as many, for screens that have them
_SHARPNESS = 2
SMALL, NORMAL = 7.0, 8.0  # points
INK, FAINT, GRID = "#24292f", "#6e7781", "#d8dee4"
_GOOD, _WARNING, _BAD = "#2f8f4e", "#e8830c", "#d1242f"
_NAMED = {"green": _GOOD, "orange": _WARNING, "red": _BAD, "yellow": "#d4a72c", "blue": "#2f6fd0", "purple": "#8250df"}
# told apart by people who don't see all colours (Okabe and Ito), none of them one of the three above
SERIES = ("#0072b2", "#cc79a7", "#56b4e9", "#b58900", "#6a3d9a", "#009e73", "#8c564b", "#5b6770")
_COLOURS_OF_A_PICTURE = 128


def canvas(width: int, height: int) -> Figure:
    """An empty picture; width and height in pixels, as shown."""
    return Figure(figsize=(width / DOTS, height / DOTS), dpi=DOTS, facecolor="white")


def png(figure: Figure) -> bytes:
    """The picture's file: sharp, and with a palette, which takes a third of the room."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS * _SHARPNESS)
    drawn.seek(0)
    packed = io.BytesIO()
    with Image.open(drawn) as image:
        image.convert("RGB").quantize(_COLOURS_OF_A_PICTURE).save(packed, format="png", optimize=True)
    return packed.getvalue()


def pixels(figure: Figure) -> tuple[int, int]:
    """Width and height, as shown."""
    width, height = figure.get_size_inches()
    return round(width * DOTS), round(height * DOTS)


def paint(color: str | None, otherwise: str = INK) -> str:
    """Grafana's name of a colour as one that can be drawn with, such as `dark-red` or `#fade2a`."""
    if color is None:
        return otherwise
    plain = color.rpartition("-")[2]
    if plain in _NAMED:
        return _NAMED[plain]
    return color if is_color_like(color) else otherwise


def on(color: str) -> str:
    """The ink that can be read on a colour."""
    return "white" if color in {_GOOD, _BAD, _NAMED["blue"], _NAMED["purple"]} else INK


def bare(figure: Figure) -> Axes:
    """The whole picture to draw on, in pixels from its upper left corner."""
    width, height = pixels(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return axes


def cut(text: str, width: float, size: float = SMALL) -> str:
    """A text that fits into so many pixels, with … where something is missing."""
    letters = max(1, int(width / letter(size)))
    return text if len(text) <= letters else text[: max(1, letters - 1)].rstrip() + "…"


def letter(size: float = SMALL) -> float:
    """How wide a letter is on average, in pixels."""
    return size * DOTS / 72 * 0.56
