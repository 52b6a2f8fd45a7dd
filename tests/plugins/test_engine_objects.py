"""Networks, volumes and images against a real engine."""

from __future__ import annotations

from typing import Any

import docker
import pytest

from tests.plugins.provider import IMAGE, NETWORK, VOLUME, Provider, Refused

pytestmark = pytest.mark.engine


def _label(value: str) -> list[dict[str, str]]:
    return [{"label": "plugtest", "value": value}]


def test_a_network_lives_and_dies(provider: Provider, engine: Any, name: str) -> None:
    id, inputs, outputs = provider.make(
        NETWORK,
        name=name,
        internal=True,
        attachable=True,
        labels=_label("a"),
        options={"com.docker.network.bridge.enable_icc": "false"},
        ipamConfigs=[{"subnet": "10.213.7.0/24", "gateway": "10.213.7.254"}],
    )
    made = engine.networks.get(id).attrs
    assert (made["Name"], made["Internal"], made["Attachable"]) == (name, True, True)
    assert made["Labels"] == {"plugtest": "a"}
    assert made["Options"] == {"com.docker.network.bridge.enable_icc": "false"}
    assert made["IPAM"]["Config"] == [{"Subnet": "10.213.7.0/24", "Gateway": "10.213.7.254"}]
    assert (outputs["driver"], outputs["scope"]) == ("bridge", "local")

    assert provider.read(NETWORK, id, inputs, outputs) == (id, inputs, outputs)

    provider.delete(NETWORK, id, inputs, outputs)
    assert engine.networks.list(names=[name]) == []
    assert provider.read(NETWORK, id, inputs, outputs)[0] == ""
    provider.delete(NETWORK, id, inputs, outputs)  # gone already is fine


def test_a_network_is_imported_by_name(provider: Provider, engine: Any, name: str) -> None:
    pool = docker.types.IPAMPool(subnet="10.213.8.0/24", gateway="10.213.8.1")
    made = engine.networks.create(name, internal=True, ipam=docker.types.IPAMConfig(pool_configs=[pool]))
    id, inputs, _ = provider.read(NETWORK, name)
    assert id == made.id
    program = provider.checked(
        NETWORK, name=name, internal=True, ipamConfigs=[{"subnet": "10.213.8.0/24", "gateway": "10.213.8.1"}]
    )
    assert not provider.diff(NETWORK, inputs, program).changes


def test_a_second_network_of_a_name_is_refused(provider: Provider, engine: Any, name: str) -> None:
    engine.networks.create(name)
    with pytest.raises(Refused) as refused:
        provider.make(NETWORK, name=name)
    assert "already exists" in refused.value.message
    assert f"docker network rm {name}" in refused.value.message
    assert "pulumi import" in refused.value.message


def test_an_overlapping_subnet_names_the_other_network(provider: Provider, name: str) -> None:
    provider.make(NETWORK, name=f"{name}-first", ipamConfigs=[{"subnet": "10.213.9.0/24"}])
    with pytest.raises(Refused) as refused:
        provider.make(NETWORK, name=f"{name}-second", ipamConfigs=[{"subnet": "10.213.9.128/25"}])
    assert "Pool overlaps" in refused.value.message
    assert f"10.213.9.128/25 overlaps with network '{name}-first' (10.213.9.0/24)" in refused.value.message


def test_a_network_in_use_is_waited_for_and_then_named(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(NETWORK, name=name)
    engine.containers.run(image, name=f"{name}-user", network=name, detach=True)
    with pytest.raises(Refused) as refused:
        provider.delete(NETWORK, id, inputs, outputs, timeout=1)
    assert f"used by: {name}-user" in refused.value.message
    engine.containers.get(f"{name}-user").remove(force=True)
    provider.delete(NETWORK, id, inputs, outputs)


def test_a_volume_lives_and_dies(provider: Provider, engine: Any, name: str) -> None:
    id, inputs, outputs = provider.make(
        VOLUME, name=name, labels=_label("a"), driverOpts={"type": "tmpfs", "device": "tmpfs"}
    )
    made = engine.volumes.get(id).attrs
    assert (made["Name"], made["Labels"]) == (name, {"plugtest": "a"})
    assert made["Options"] == {"type": "tmpfs", "device": "tmpfs"}
    assert outputs["mountpoint"] == made["Mountpoint"]
    assert provider.read(VOLUME, id, inputs, outputs) == (id, inputs, outputs)

    engine.volumes.get(id).remove()
    assert provider.read(VOLUME, id, inputs, outputs)[0] == ""
    provider.delete(VOLUME, id, inputs, outputs)


def test_a_retained_volume_is_taken_up_again_without_drift(provider: Provider, engine: Any, name: str) -> None:
    engine.volumes.create(name, labels={"plugtest": "old"})
    id, inputs, outputs = provider.make(VOLUME, name=name, labels=_label("new"))
    _, refreshed, _ = provider.read(VOLUME, id, inputs, outputs)
    assert not provider.diff(VOLUME, refreshed, inputs).changes, "its data would be lost"


def test_a_volume_made_anew_by_hand_is_seen(provider: Provider, engine: Any, name: str) -> None:
    id, inputs, outputs = provider.make(VOLUME, name=name, labels=_label("a"))
    engine.volumes.get(id).remove()
    engine.volumes.create(name, labels={"plugtest": "b"})
    _, refreshed, _ = provider.read(VOLUME, id, inputs, outputs)
    assert provider.diff(VOLUME, refreshed, inputs).replaces == ["labels"]


def test_a_volume_in_use_is_named_by_its_user(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(VOLUME, name=name)
    engine.containers.create(image, name=f"{name}-user", volumes=[f"{name}:/data"])
    with pytest.raises(Refused) as refused:
        provider.delete(VOLUME, id, inputs, outputs, timeout=1)
    assert f"used by: {name}-user" in refused.value.message


def test_a_volume_is_imported(provider: Provider, engine: Any, name: str) -> None:
    engine.volumes.create(name, labels={"plugtest": "a"})
    id, inputs, _ = provider.read(VOLUME, name)
    assert id == name
    assert not provider.diff(VOLUME, inputs, provider.checked(VOLUME, name=name, labels=_label("a"))).changes


def test_an_image_the_engine_has_is_used(provider: Provider, engine: Any, image: str) -> None:
    id, inputs, outputs = provider.make(IMAGE, name=image, keepLocally=True)
    assert outputs["imageId"] == engine.images.get(image).id
    assert outputs["repoDigest"] == ""
    assert id == outputs["imageId"] + image
    assert provider.read(IMAGE, id, inputs, outputs) == (id, inputs, outputs)
    assert provider.read(IMAGE, id)[1] == {"name": image}
    provider.delete(IMAGE, id, inputs, outputs)
    assert engine.images.get(image)


def test_an_image_that_is_not_kept_is_removed(provider: Provider, engine: Any, image: str, name: str) -> None:
    copy = f"plugin-tests.local/{name}:1"
    engine.images.get(image).tag(copy)
    id, inputs, outputs = provider.make(IMAGE, name=copy)
    engine.images.remove(copy)
    assert provider.read(IMAGE, id, inputs, outputs)[0] == ""
    engine.images.get(image).tag(copy)
    provider.delete(IMAGE, id, inputs, outputs)
    with pytest.raises(docker.errors.ImageNotFound):
        engine.images.get(copy)
    provider.delete(IMAGE, id, inputs, outputs)


def test_a_rebuilt_image_is_seen_by_a_refresh(provider: Provider, engine: Any, image: str, name: str) -> None:
    tag = f"plugin-tests.local/{name}:1"
    engine.images.get(image).tag(tag)
    id, inputs, outputs = provider.make(IMAGE, name=tag)
    container = engine.containers.create(image, name=name)
    other = container.commit(repository=f"plugin-tests.local/{name}", tag="1", changes=["LABEL rebuilt=1"])
    try:
        _, _, now = provider.read(IMAGE, id, inputs, outputs)
        assert now["imageId"] == other.id != outputs["imageId"]
    finally:
        engine.images.remove(tag, force=True)


def test_an_image_that_cannot_be_had_says_what_next(provider: Provider) -> None:
    with pytest.raises(Refused) as refused:
        provider.make(IMAGE, name="registry.invalid/no/such:1")
    message = refused.value.message
    assert message.startswith("image 'registry.invalid/no/such:1' isn't on the Docker host and can't be pulled: ")
    assert "registry.invalid" in message.split("can't be pulled: ")[1], "the engine's own words"
    assert "check its name and the host's access to the registry" in message
    assert "\n" not in message


def test_an_image_in_use_is_not_taken_away(provider: Provider, engine: Any, image: str, name: str) -> None:
    id, inputs, outputs = provider.make(IMAGE, name=image)
    engine.containers.create(engine.images.get(image).id, name=name)
    with pytest.raises(Refused) as refused:
        provider.delete(IMAGE, id, inputs, outputs)
    assert "set keepLocally=True to leave the image on the host" in refused.value.message
