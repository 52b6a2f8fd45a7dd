"""Grafana with all that is in it: the server, what it shows, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana

from components.base.networks import Neighbours, Networks
from components.base.stack import Stack
from components.grafana.content import GrafanaContent, GrafanaContentArgs
from components.grafana.people import GrafanaPeople, GrafanaPeopleArgs
from components.grafana.server import Grafana, GrafanaArgs
from config.grafana.content import PlacedDashboard
from config.settings.load import Secrets


@dataclass(frozen=True, kw_only=True)
class GrafanaSite:
    """Where it is, and what programs sign in with.

    Attributes:
        url: where its port is published.
        api_url: where the deployment reaches it.
        tokens: name of the service account -> token, a secret.
    """

    url: str
    api_url: str
    tokens: Mapping[str, pulumi.Output[str]]


def grafana_site(
    dashboards: Sequence[PlacedDashboard],
    *,
    networks: Networks,
    neighbours: Neighbours,
    secrets: Secrets,
    after: Sequence[pulumi.Resource],
    stack: Stack,
    opts: pulumi.ResourceOptions,
) -> GrafanaSite:
    """Place it.

    Args:
        dashboards: everything that is to be looked at.
        networks: the stack's own.
        neighbours: where the databases are, for a Grafana that shows one or keeps its state there.
        secrets: as the settings ask for them.
        after: what must be there before its server.
        stack: what it belongs to.
        opts: the Docker provider; Grafana's own is made here, once its address is known.
    """
    settings = stack.settings.grafana
    server = Grafana(
        GrafanaArgs(networks=networks, database_networks=neighbours.databases, secrets=secrets, after=after),
        stack=stack,
        opts=opts,
    )
    provider = pulumiverse_grafana.Provider(
        "grafana",
        url=server.api_url,
        auth=server.auth,
        # not 401, which the provider would try again too: after five wrong passwords Grafana locks the login
        retry_status_codes=["429", "5xx"],
    )
    # it goes with the volume it is stored in: then nobody asks Grafana, which may be away, to delete it
    stored = pulumi.ResourceOptions(deleted_with=None if settings.database else server.data)
    inside = pulumi.ResourceOptions.merge(stored, pulumi.ResourceOptions(providers=[provider]))
    content = GrafanaContent(
        GrafanaContentArgs(server=server.container, dashboards=dashboards, secrets=secrets), stack=stack, opts=inside
    )
    people = GrafanaPeople(
        GrafanaPeopleArgs(
            server=server.container,
            folders=content.folders,
            home=content.dashboards[settings.preferences.home],
            secrets=secrets,
        ),
        stack=stack,
        opts=inside,
    )
    return GrafanaSite(url=server.url, api_url=server.api_url, tokens=people.tokens)
