"""Autonomica Monitoring: what a stack consists of, from the settings to the URLs."""

import pulumi
import pulumi_docker as docker

from components.alertmanager import Alertmanager, AlertmanagerArgs
from components.base.images import Images, ImagesArgs
from components.base.networks import Networks, NetworksArgs
from components.base.stack import Stack
from components.demo import Demo, DemoArgs
from components.exporter import Exporter, ExporterArgs
from components.prometheus import Prometheus, PrometheusArgs
from components.viewer import Viewer, ViewerArgs
from config.areas.registry import exporters
from config.grafana.content import placed_dashboards
from config.prometheus.rules import rules
from config.settings.errors import SettingsError
from config.settings.load import load

try:
    settings, secrets, facts = load()
    # people bring rules and dashboards of their own: what is wrong with one is said before anything is made
    alert_rules, dashboards = rules(settings), placed_dashboards(settings)
except SettingsError as error:
    raise pulumi.RunError(str(error)) from None

if settings.dead_links:
    pulumi.log.warn(settings.dead_links)
opts = pulumi.ResourceOptions(providers=[docker.Provider("docker", host=settings.docker_host)])
images_args = ImagesArgs(mirror=settings.image_registry, require_digests=settings.require_digests)
stack = Stack(settings=settings, secrets=secrets, images=Images("images", images_args, opts))
demo = Demo("demo", DemoArgs(stack=stack), opts) if settings.demo else None
networks_args = NetworksArgs(
    stack=stack,
    demo_services=demo.service_network if demo else None,
    demo_databases=demo.database_network if demo else None,
)
networks = Networks("networks", networks_args, opts)

# what is measured: services, hosts, containers, databases
for exporter in exporters(settings):
    Exporter(exporter.part, ExporterArgs(stack=stack, networks=networks, exporter=exporter), opts)
# what watches, tells and shows
prometheus_args = PrometheusArgs(stack=stack, networks=networks, rules=alert_rules)
prometheus = Prometheus("prometheus", prometheus_args, opts)
alertmanager = Alertmanager("alertmanager", AlertmanagerArgs(stack=stack, networks=networks), opts)
viewer = Viewer("viewer", ViewerArgs(stack=stack, networks=networks, dashboards=dashboards), opts)
grafana = None
if settings.grafana.enabled:
    # here, because a stack without Grafana needs neither its provider's package nor its plugin
    from components.grafana.site import GrafanaSiteArgs, grafana_site

    # after the viewer, which frees Grafana's port in the update that brings a Grafana
    grafana_args = GrafanaSiteArgs(stack=stack, networks=networks, dashboards=dashboards, after=[viewer.container])
    grafana = grafana_site("grafana", grafana_args, opts)

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
