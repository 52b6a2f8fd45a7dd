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
