"""Everything that Prometheus scrapes beside the services: exporters, and what they see the Docker engine through."""

import pulumi

from components.base.networks import Neighbours, Networks
from components.base.stack import Stack
from components.blackbox_exporter import BlackboxExporter, BlackboxExporterArgs
from components.container_exporter import ContainerExporter, ContainerExporterArgs
from components.docker_api import DockerApi
from components.docker_metrics import DockerMetrics
from components.node_exporter import NodeExporter
from components.postgres_exporter import PostgresExporter, PostgresExporterArgs
from components.redis_exporter import RedisExporter, RedisExporterArgs
from config.settings.load import Secrets


def exporters(
    *,
    networks: Networks,
    neighbours: Neighbours,
    secrets: Secrets,
    stack: Stack,
    opts: pulumi.ResourceOptions,
) -> None:
    """Place those that the settings ask for.

    Args:
        networks: the stack's own.
        neighbours: where services are probed, and PostgreSQL and Redis are reached.
        secrets: their passwords.
        stack: what they belong to.
        opts: the provider.
    """
    settings = stack.settings
    docker_api = DockerApi(networks, stack=stack, opts=opts)
    ContainerExporter(ContainerExporterArgs(networks=networks, docker_api=docker_api.container), stack=stack, opts=opts)
    NodeExporter(networks, stack=stack, opts=opts)
    if settings.docker_metrics_port:
        DockerMetrics(settings.docker_metrics_port, networks, stack=stack, opts=opts)
    BlackboxExporter(
        BlackboxExporterArgs(networks=networks, service_networks=neighbours.services), stack=stack, opts=opts
    )
    if settings.postgres:
        PostgresExporter(
            PostgresExporterArgs(
                server=settings.postgres,
                password=secrets["postgresPassword"],
                networks=networks,
                database_networks=neighbours.databases,
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
                database_networks=neighbours.databases,
            ),
            stack=stack,
            opts=opts,
        )
