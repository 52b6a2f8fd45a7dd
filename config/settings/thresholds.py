"""What the alert rules compare with, and for how long: one model per area, as the rule files are."""

from config.areas.application.model import ApplicationThresholds
from config.areas.containers.model import ContainerThresholds
from config.areas.monitoring.model import MonitoringThresholds
from config.areas.postgres.model import PostgresThresholds
from config.areas.probes.model import ProbeThresholds
from config.areas.redis.model import RedisThresholds
from config.areas.slo.model import SloThresholds
from config.areas.system.model import SystemThresholds
from config.settings.base import Model


class ThresholdSettings(Model):
    """Every limit of the alert rules; a rule file `config/areas/<area>/rules.yml` reads `thresholds.<area>`."""

    system: SystemThresholds = SystemThresholds()
    application: ApplicationThresholds = ApplicationThresholds()
    probes: ProbeThresholds = ProbeThresholds()
    slo: SloThresholds = SloThresholds()
    postgres: PostgresThresholds = PostgresThresholds()
    redis: RedisThresholds = RedisThresholds()
    containers: ContainerThresholds = ContainerThresholds()
    monitoring: MonitoringThresholds = MonitoringThresholds()
