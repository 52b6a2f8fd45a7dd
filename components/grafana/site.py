"""Grafana with all that is in it: the server, what it shows, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumiverse_grafana

from components.base.networks import Networks
from components.base.stack import Stack
from components.grafana.content import GrafanaContent, GrafanaContentArgs
from components.grafana.people import GrafanaPeople, GrafanaPeopleArgs
from components.grafana.server import Grafana, GrafanaArgs
from config.grafana.content import PlacedDashboard


@dataclass(frozen=True, kw_only=True)
class GrafanaSiteArgs:
    """What Grafana needs.

    Attributes:
        stack: what it belongs to.
        networks: where it is reached, and where the databases are that it shows or keeps its state in.
        dashboards: everything that is to be looked at.
        after: what must be there before its server.
    """

    stack: Stack
    networks: Networks
    dashboards: Sequence[PlacedDashboard]
    after: Sequence[pulumi.Resource] = ()


@dataclass(frozen=True, kw_only=True)
class GrafanaSite:
    """Where it is, and what programs sign in with.

    Attributes:
        stack: what it belongs to.
        url: where its port is published.
        api_url: where the deployment reaches it.
        tokens: name of the service account -> token, a secret.
    """

    url: str
    api_url: str
    tokens: Mapping[str, pulumi.Output[str]]


def grafana_site(name: str, args: GrafanaSiteArgs, opts: pulumi.ResourceOptions) -> GrafanaSite:
    """Places it.

    Args:
        name: of the server, its provider and, with an ending, what is in it.
        args: what it needs.
        opts: the Docker provider; Grafana's own is made here, once its address is known.
    """
    stack, settings = args.stack, args.stack.settings.grafana
    server = Grafana(name, GrafanaArgs(stack=stack, networks=args.networks, after=args.after), opts)
    provider = pulumiverse_grafana.Provider(
        name,
        url=server.api_url,
        auth=server.auth,
        # not 401, which the provider would try again too: after five wrong passwords Grafana locks the login
        retry_status_codes=["429", "5xx"],
    )
    # it goes with the volume it is stored in: then nobody asks Grafana, which may be away, to delete it
    stored = pulumi.ResourceOptions(deleted_with=None if settings.database else server.data)
    inside = pulumi.ResourceOptions.merge(stored, pulumi.ResourceOptions(providers=[provider]))
    content_args = GrafanaContentArgs(stack=stack, server=server.container, dashboards=args.dashboards)
    content = GrafanaContent(f"{name}-content", content_args, inside)
    people_args = GrafanaPeopleArgs(
        stack=stack,
        server=server.container,
        folders=content.folders,
        home=content.dashboards[settings.preferences.home],
    )
    people = GrafanaPeople(f"{name}-people", people_args, inside)
    return GrafanaSite(url=server.url, api_url=server.api_url, tokens=people.tokens)
