"""Previews: no engine is asked, unknown values do no harm."""

from __future__ import annotations

import pytest

from airgap.plugins.protocol.values import UNKNOWN, Secret
from tests.plugins.provider import CONTAINER, IMAGE, NETWORK, VOLUME, Provider, Refused, running_provider

NOWHERE = "tcp://127.0.0.1:1"


def test_a_preview_needs_no_engine() -> None:
    with running_provider(NOWHERE) as provider:
        inputs = provider.checked(CONTAINER, name="c", image=UNKNOWN, envs=["A=1", Secret("B=2")], ports=UNKNOWN)
        id, outputs = provider.create(CONTAINER, inputs, preview=True)
    assert id == ""
    assert outputs["image"] is UNKNOWN
    assert outputs["networkDatas"] is UNKNOWN
    assert outputs["envs"] == ["A=1", Secret("B=2")]
    assert "__defaults" not in outputs


@pytest.mark.parametrize(
    ("token", "computed"), [(IMAGE, "imageId"), (NETWORK, "scope"), (VOLUME, "mountpoint"), (CONTAINER, "exitCode")]
)
def test_computed_outputs_are_unknown_at_first_and_kept_later(provider: Provider, token: str, computed: str) -> None:
    inputs = {"name": "n"}
    assert provider.create(token, inputs, preview=True)[1][computed] is UNKNOWN
    planned = provider.update(token, "1", {"name": "n", computed: "known"}, inputs, inputs, preview=True)
    assert planned[computed] == "known"


def test_what_is_not_implemented_says_so(provider: Provider) -> None:
    from pulumi.runtime.proto import provider_pb2

    with pytest.raises(Refused, match="function docker:index/getNetwork:getNetwork is not implemented"):
        provider._call("Invoke", provider_pb2.InvokeRequest(tok="docker:index/getNetwork:getNetwork"))
