"""Autonomica Monitoring: what a stack consists of, from the settings to the URLs."""

import pulumi
import pulumi_docker as docker
import pulumiverse_grafana

from components.alertmanager import Alertmanager, AlertmanagerArgs
from components.blackbox_exporter import BlackboxExporter, BlackboxExporterArgs
from components.cadvisor import Cadvisor, CadvisorArgs
from components.demo import Demo
from components.docker_api import DockerApi
from components.docker_metrics import DockerMetrics
from components.grafana import Grafana, GrafanaArgs
from components.grafana_content import GrafanaContent, GrafanaContentArgs
from components.grafana_people import GrafanaPeople, GrafanaPeopleArgs
from components.images import Images
from components.networks import Networks
from components.node_exporter import NodeExporter
from components.postgres_exporter import PostgresExporter, PostgresExporterArgs
from components.prometheus import Prometheus, PrometheusArgs
from components.redis_exporter import RedisExporter, RedisExporterArgs
from components.report import Report, ReportArgs
from components.stack import Stack
from config.errors import SettingsError
from config.grafana.content import placed_dashboards
from config.prometheus.rules import rules
from config.settings import load

try:
    settings, secrets = load()
    # people bring rules and dashboards of their own: what is wrong with one is said before anything is made
    alert_rules, dashboards = rules(settings), placed_dashboards(settings)
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

opts = pulumi.ResourceOptions(providers=[docker.Provider("docker", host=settings.docker_host)])
stack = Stack(settings=settings, images=Images(settings.image_registry, opts))
networks = Networks(stack, opts)
demo = Demo(secrets, stack=stack, opts=opts) if settings.demo else None
service_networks = [*settings.networks.services, *([demo.service_network] if demo else [])]
database_networks = [*settings.networks.databases, *([demo.database_network] if demo else [])]

prometheus = Prometheus(
    PrometheusArgs(networks=networks, service_networks=service_networks, rules=alert_rules), stack=stack, opts=opts
)
alertmanager = Alertmanager(
    AlertmanagerArgs(networks=networks, receiver_networks=[demo.service_network] if demo else [], secrets=secrets),
    stack=stack,
    opts=opts,
)
grafana = Grafana(
    GrafanaArgs(networks=networks, database_networks=database_networks, secrets=secrets), stack=stack, opts=opts
)
grafana_opts = pulumi.ResourceOptions(
    providers=[pulumiverse_grafana.Provider("grafana", url=grafana.api_url, auth=grafana.auth)]
)
content = GrafanaContent(
    GrafanaContentArgs(server=grafana.container, dashboards=dashboards, secrets=secrets), stack=stack, opts=grafana_opts
)
people = GrafanaPeople(
    GrafanaPeopleArgs(
        server=grafana.container,
        folders=content.folders,
        home=content.dashboards[settings.grafana.preferences.home],
        secrets=secrets,
    ),
    stack=stack,
    opts=grafana_opts,
)
if settings.grafana.report:
    Report(
        ReportArgs(
            networks=networks,
            mail_networks=[demo.service_network] if demo else [],
            smtp_password=secrets["smtpPassword"],
            server=grafana.container,
        ),
        stack=stack,
        opts=pulumi.ResourceOptions.merge(opts, grafana_opts),
    )
docker_api = DockerApi(networks, stack=stack, opts=opts)
Cadvisor(CadvisorArgs(networks=networks, docker_api=docker_api.container), stack=stack, opts=opts)
NodeExporter(networks, stack=stack, opts=opts)
if settings.docker_metrics_port:
    DockerMetrics(settings.docker_metrics_port, networks, stack=stack, opts=opts)
BlackboxExporter(BlackboxExporterArgs(networks=networks, service_networks=service_networks), stack=stack, opts=opts)
if settings.postgres:
    PostgresExporter(
        PostgresExporterArgs(
            server=settings.postgres,
            password=secrets["postgresPassword"],
            networks=networks,
            database_networks=database_networks,
        ),
        stack=stack,
        opts=opts,
    )
if settings.redis:
    RedisExporter(
        RedisExporterArgs(
            server=settings.redis,
            password=secrets["redisPassword"],
            networks=networks,
            database_networks=database_networks,
        ),
        stack=stack,
        opts=opts,
    )

pulumi.export(
    "urls",
    {"prometheus": prometheus.url, "alertmanager": alertmanager.url, "grafana": grafana.url}
    | (demo.urls if demo else {}),
)
pulumi.export("containers", dict(sorted(stack.running.items())))
pulumi.export("environment", settings.environment)
pulumi.export("demo", settings.demo)
pulumi.export("dockerHost", settings.docker_host)
if people.tokens:
    pulumi.export("serviceAccountTokens", pulumi.Output.secret(people.tokens))
pulumi.export("expectedJobs", prometheus.expected_jobs)
