"""The subjects: listed here and nowhere else. What there is of each of them derives from its name in the list."""

from config.areas.application.model import ApplicationThresholds
from config.areas.containers.model import ContainerThresholds
from config.areas.monitoring.model import MonitoringThresholds
from config.areas.nginx.model import NginxSettings, NginxThresholds
from config.areas.postgres.model import PostgresSettings, PostgresThresholds
from config.areas.probes.model import ProbeThresholds
from config.areas.rabbitmq.model import RabbitmqSettings, RabbitmqThresholds
from config.areas.redis.model import RedisSettings, RedisThresholds
from config.areas.slo.model import SloThresholds
from config.areas.system.model import SystemThresholds
from config.settings.base import Model, Servers, ServerSettings, Thresholds, field_types


class ThresholdSettings(Model):
    """The limits of every subject: of `config/areas/<area>/rules.yml`, which reads `thresholds.<area>`."""

    application: ApplicationThresholds = ApplicationThresholds()
    slo: SloThresholds = SloThresholds()
    probes: ProbeThresholds = ProbeThresholds()
    system: SystemThresholds = SystemThresholds()
    containers: ContainerThresholds = ContainerThresholds()
    postgres: PostgresThresholds = PostgresThresholds()
    redis: RedisThresholds = RedisThresholds()
    rabbitmq: RabbitmqThresholds = RabbitmqThresholds()
    nginx: NginxThresholds = NginxThresholds()
    monitoring: MonitoringThresholds = MonitoringThresholds()


class AreaSettings(Model):
    """The servers that a stack may have watched: one, or a list of them."""

    postgres: Servers[PostgresSettings] = ()
    redis: Servers[RedisSettings] = ()
    rabbitmq: Servers[RabbitmqSettings] = ()
    nginx: Servers[NginxSettings] = ()

    @property
    def servers(self) -> list[tuple[str, ServerSettings]]:
        """Those that this stack has watched, each with its kind."""
        return [(kind, server) for kind in AreaSettings.model_fields for server in getattr(self, kind)]


AREA_NAMES = tuple(ThresholdSettings.model_fields)
_THRESHOLDS, _SERVERS = field_types(ThresholdSettings, Thresholds), field_types(AreaSettings, ServerSettings)
# no service can be called like one of the monitoring's own scrape jobs
RESERVED_JOBS = frozenset(job for thresholds in _THRESHOLDS.values() for job in thresholds.jobs)
# names of all secrets that servers can ask for, of several with a dash and the server's name behind
SERVER_SECRETS = tuple(key for server in _SERVERS.values() for key in server.secrets)
