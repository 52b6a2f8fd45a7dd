"""Service level objectives: measured on what the services export."""

from config.areas.area import Area
from config.areas.slo.dashboard import slos

AREA = Area(dashboard=slos)
