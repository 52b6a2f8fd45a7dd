"""Image references: where each image comes from, in which world."""

import re

import pytest

from config import images


def test_as_it_comes() -> None:
    table = images.table()
    assert images.reference("prometheus") == f"prom/prometheus:{table['prometheus'].tag}"
    assert images.reference("cadvisor").startswith("ghcr.io/google/cadvisor:")


def test_from_a_mirror_under_the_same_repository() -> None:
    assert images.reference("cadvisor", "mirror.internal:5000").startswith("mirror.internal:5000/google/cadvisor:")


def test_from_the_air_gapped_kit() -> None:
    assert images.reference("prometheus", images.AIRGAP_REGISTRY).startswith("airgap.local/prom/prometheus:")


@pytest.mark.parametrize("name", images.table())
def test_every_image_is_pinned_and_its_licence_known(name: str) -> None:
    image = images.table()[name]
    assert image.tag not in {"", "latest"}
    assert re.search(r"\d", image.tag)
    assert image.licence


def test_an_unknown_image_is_an_error() -> None:
    with pytest.raises(KeyError):
        images.reference("nginx")


@pytest.mark.parametrize("name", images.OWN)
def test_our_own_images_are_named_by_their_content(name: str) -> None:
    assert re.fullmatch(rf"airgap\.local/autonomica/{name}:[0-9a-f]{{12}}", images.own_reference(name))


def test_what_the_kit_doesnt_build_keeps_its_official_name_there() -> None:
    grafana = images.table()["grafana"]
    assert images.reference("grafana", images.AIRGAP_REGISTRY) == f"grafana/grafana:{grafana.tag}"
    assert images.reference("grafana", "mirror.internal") == f"mirror.internal/grafana/grafana:{grafana.tag}"


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "AGPL-3.0-or-later", "MIT AND AGPL-3.0-only"])
def test_nothing_under_the_agpl_is_the_kits(licence: str) -> None:
    image = images.table()["redis"]
    assert image.in_kit
    assert not image.model_copy(update={"licence": licence}).in_kit


def test_an_archive_knows_an_image_by_its_official_name() -> None:
    assert images.official_name("cadvisor").startswith("ghcr.io/google/cadvisor:v")
    for name, image in images.table().items():
        assert images.official_name(name).endswith(f"{image.repository}:{image.tag}")
        of_kit = image.airgap_tag or image.tag if image.in_kit else image.tag
        assert images.official_name(name, images.AIRGAP_REGISTRY).endswith(f":{of_kit}")
