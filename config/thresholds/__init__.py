"""What the alert rules compare with, and for how long: one model per area, as the rule files are."""

from config.models import Model
from config.thresholds.application import ApplicationThresholds
from config.thresholds.containers import ContainerThresholds
from config.thresholds.monitoring import MonitoringThresholds
from config.thresholds.postgres import PostgresThresholds
from config.thresholds.probes import ProbeThresholds
from config.thresholds.redis import RedisThresholds
from config.thresholds.slo import SloThresholds
from config.thresholds.system import SystemThresholds


class ThresholdSettings(Model):
    """Every limit of the alert rules; a rule file `config/prometheus/rules/<area>.yml` reads `thresholds.<area>`."""

    system: SystemThresholds = SystemThresholds()
    application: ApplicationThresholds = ApplicationThresholds()
    probes: ProbeThresholds = ProbeThresholds()
    slo: SloThresholds = SloThresholds()
    postgres: PostgresThresholds = PostgresThresholds()
    redis: RedisThresholds = RedisThresholds()
    containers: ContainerThresholds = ContainerThresholds()
    monitoring: MonitoringThresholds = MonitoringThresholds()
