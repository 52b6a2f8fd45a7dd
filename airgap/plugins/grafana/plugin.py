"""Puts the Grafana plugin together: its configuration and its resource types."""

from __future__ import annotations

from typing import Final

from airgap.plugins.grafana.connection import Grafana
from airgap.plugins.grafana.dashboard import DashboardResource
from airgap.plugins.grafana.data_source import DataSourceResource
from airgap.plugins.grafana.folder import FolderResource
from airgap.plugins.grafana.folder_permission import FolderPermissionResource
from airgap.plugins.grafana.organization import OrganizationResource
from airgap.plugins.grafana.organization_preferences import OrganizationPreferencesResource
from airgap.plugins.grafana.service_account import ServiceAccountResource
from airgap.plugins.grafana.service_account_token import ServiceAccountTokenResource
from airgap.plugins.grafana.settings import CONFIG
from airgap.plugins.grafana.team import TeamResource
from airgap.plugins.grafana.user import UserResource
from airgap.plugins.protocol.resource import Plugin, Resource

VERSION: Final = "2.44.0"  # of the official plugin whose behaviour this one follows


def grafana_plugin() -> Plugin:
    """The plugin, not connected to any Grafana yet."""
    grafana = Grafana()
    resources: list[Resource] = [
        DashboardResource(grafana),
        DataSourceResource(grafana),
        FolderPermissionResource(grafana),
        FolderResource(grafana),
        OrganizationPreferencesResource(grafana),
        OrganizationResource(grafana),
        ServiceAccountResource(grafana),
        ServiceAccountTokenResource(grafana),
        TeamResource(grafana),
        UserResource(grafana),
    ]
    return Plugin(
        name="Grafana",
        package="grafana",
        version=VERSION,
        config=CONFIG,
        configure=grafana.configure,
        resources={resource.schema.token: resource for resource in resources},
    )
