"""Names for resources whose program gives none, as the official plugins make them."""

from __future__ import annotations

import hashlib
import secrets

from pulumi.runtime.proto import provider_pb2

_DIGITS = 7


def autoname(request: provider_pb2.CheckRequest, old_name: object) -> str | None:
    """The name for a resource without one: the old one, the one Pulumi proposes, or `<resource>-<7 hex digits>`.

    Returns:
        The name, or None where the stack's settings switch automatic names off.
    """
    if isinstance(old_name, str) and old_name:
        return old_name
    if request.HasField("autonaming"):
        if request.autonaming.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE:
            return None
        if request.autonaming.proposed_name:
            return str(request.autonaming.proposed_name)
    name = request.name or request.urn.rsplit("::", 1)[-1]
    seed = request.randomSeed
    suffix = hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(_DIGITS)
    return f"{name}-{suffix[:_DIGITS]}"
