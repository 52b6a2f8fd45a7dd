"""All subjects, in the order of their dashboards; the list itself is that of their limits in the settings."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from config.areas.area import Area, Exporter
from config.settings.areas import AREA_NAMES
from config.settings.stack import Settings


def _area(name: str) -> Area:
    area = import_module(f"config.areas.{name}.area").AREA
    if not isinstance(area, Area):
        raise TypeError(f"config/areas/{name}/area.py: AREA is no Area")
    return area


AREAS: Mapping[str, Area] = MappingProxyType({name: _area(name) for name in AREA_NAMES})


def exporters(settings: Settings) -> list[Exporter]:
    """Every exporter of a stack, and what exporters need."""
    return [exporter for area in AREAS.values() for exporter in area.exporters(settings)]
