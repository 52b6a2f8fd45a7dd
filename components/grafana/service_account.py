"""An account of Grafana for a program, and the token that it signs in with."""

from typing import Literal

import pulumi
import pulumiverse_grafana as grafana


def service_account(
    name: str, role: Literal["Viewer", "Editor", "Admin"], *, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Make the account; its token, a secret that doesn't expire.

    Grafana tells a token only once: one that is deleted by hand is made anew by the next update.
    """
    account = grafana.oss.ServiceAccount(f"service-account-{name}", name=name, role=role, opts=opts)
    token = grafana.oss.ServiceAccountToken(
        f"service-account-token-{name}",
        name=name,
        service_account_id=account.id,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["key"])),
    )
    return pulumi.Output.secret(token.key)
