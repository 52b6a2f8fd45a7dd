"""Autonomica Monitoring: what a stack consists of, from the settings to the URLs."""

import gc

import pulumi
import pulumi_docker as docker

from components.alertmanager import Alertmanager, AlertmanagerArgs
from components.base.images import Images
from components.base.networks import Neighbours, Networks
from components.base.stack import Stack
from components.demo import Demo
from components.exporter import Exporter, ExporterArgs
from components.prometheus import Prometheus, PrometheusArgs
from components.viewer import Viewer, ViewerArgs
from config.areas.registry import exporters
from config.grafana.content import placed_dashboards
from config.prometheus.rules import rules
from config.settings.errors import SettingsError
from config.settings.load import load

gc.disable()  # it lives for seconds and keeps what it makes: to look for garbage takes a tenth of that and finds none

try:
    settings, secrets, facts = load()
    # people bring rules and dashboards of their own: what is wrong with one is said before anything is made
    alert_rules, dashboards = rules(settings), placed_dashboards(settings)
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

opts = pulumi.ResourceOptions(providers=[docker.Provider("docker", host=settings.docker_host)])
images = Images(settings.image_registry, opts, require_digests=settings.require_digests)
stack = Stack(settings=settings, images=images)
networks = Networks(stack, opts)
demo = Demo(secrets, stack=stack, opts=opts) if settings.demo else None
neighbours = Neighbours(
    services=[*settings.networks.services, *([demo.service_network] if demo else [])],
    databases=[*settings.networks.databases, *([demo.database_network] if demo else [])],
    receivers=[demo.service_network] if demo else [],
)

prometheus_args = PrometheusArgs(networks=networks, service_networks=neighbours.services, rules=alert_rules)
prometheus = Prometheus(prometheus_args, stack=stack, opts=opts)
alertmanager_args = AlertmanagerArgs(networks=networks, receiver_networks=neighbours.receivers, secrets=secrets)
alertmanager = Alertmanager(alertmanager_args, stack=stack, opts=opts)
viewer = Viewer(
    ViewerArgs(networks=networks, mail_networks=neighbours.receivers, dashboards=dashboards, secrets=secrets),
    stack=stack,
    opts=opts,
)
grafana = None
if settings.grafana.enabled:
    # here, because a stack without Grafana needs neither its provider's package nor its plugin
    from components.grafana.site import grafana_site

    # after the viewer, which frees Grafana's port in the update that brings a Grafana
    after = [viewer.container]
    grafana = grafana_site(
        dashboards, networks=networks, neighbours=neighbours, secrets=secrets, after=after, stack=stack, opts=opts
    )
for exporter in exporters(settings):
    args = ExporterArgs(exporter=exporter, networks=networks, neighbours=neighbours, secrets=secrets)
    Exporter(args, stack=stack, opts=opts)

urls = {"prometheus": prometheus.url, "alertmanager": alertmanager.url} | (
    {"grafana": grafana.url} if grafana else viewer.urls
)
pulumi.export("urls", urls | (demo.urls if demo else {}))
pulumi.export("containers", {part: stack.name(part) for part in sorted(stack.parts)})
pulumi.export("environment", settings.environment)
pulumi.export("demo", settings.demo)
pulumi.export("dockerHost", settings.docker_host)
if grafana:
    pulumi.export("grafanaApiUrl", grafana.api_url)
    if grafana.tokens:
        pulumi.export("serviceAccountTokens", pulumi.Output.secret(grafana.tokens))
pulumi.export("facts", facts)
pulumi.export("expectedJobs", prometheus.expected_jobs)
