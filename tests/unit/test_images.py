"""Image references: where each image comes from, in which world."""

import re

import pulumi
import pytest

from config import images
from config.settings.base import AIRGAP_REGISTRY
from tests.support.program import run_program


def test_as_it_comes() -> None:
    table = images.table()
    assert images.reference("prometheus") == f"prom/prometheus:{table['prometheus'].tag}"
    assert images.reference("redis", "mirror.internal:5000") == f"mirror.internal:5000/redis:{table['redis'].tag}"


def test_a_registry_of_its_own_stays_until_a_mirror_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    image = images.Image(registry="quay.io", repository="a/b", tag="v1", licence="MIT", source="a.example")
    monkeypatch.setattr(images, "table", lambda: {"b": image})
    assert images.reference("b") == "quay.io/a/b:v1"
    assert images.reference("b", "mirror.internal:5000") == "mirror.internal:5000/a/b:v1"


def test_from_the_air_gapped_kit() -> None:
    assert images.reference("prometheus", AIRGAP_REGISTRY).startswith("airgap.local/prom/prometheus:")


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
    assert images.reference("grafana", AIRGAP_REGISTRY) == f"grafana/grafana:{grafana.tag}"
    assert images.reference("grafana", "mirror.internal") == f"mirror.internal/grafana/grafana:{grafana.tag}"


@pytest.mark.parametrize("licence", ["AGPL-3.0-only", "AGPL-3.0-or-later", "MIT AND AGPL-3.0-only"])
def test_nothing_under_the_agpl_is_the_kits(licence: str) -> None:
    image = images.table()["redis"]
    assert image.in_kit
    assert not image.model_copy(update={"licence": licence}).in_kit


def test_an_archive_knows_an_image_by_its_official_name() -> None:
    for name, image in images.table().items():
        assert images.official_name(name).endswith(f"{image.repository}:{image.tag}")
        of_kit = image.airgap_tag or image.tag if image.in_kit else image.tag
        assert images.official_name(name, AIRGAP_REGISTRY).endswith(f":{of_kit}")


def test_a_digest_goes_with_the_tag_but_not_into_the_kit(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "sha256:" + "0" * 64
    rows = {"caddy": images.table()["caddy"].model_copy(update={"digest": digest})}
    monkeypatch.setattr(images, "table", lambda: rows)
    assert images.reference("caddy", "mirror:5000") == f"mirror:5000/caddy:{rows['caddy'].tag}@{digest}"
    assert "@" not in images.reference("caddy", AIRGAP_REGISTRY)


def test_a_stack_that_demands_digests_refuses_an_image_without_one() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        run_program("prod", changes={"requireDigests": True})
    assert re.fullmatch(
        r"the image \S+:\S+ has no digest, which requireDigests demands: write those of all images with "
        r"`monitor images lock`, and commit config/images.yaml",
        str(refused.value),
    )


def test_a_stack_that_demands_digests_takes_images_that_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "sha256:" + "0" * 64
    rows = {name: row.model_copy(update={"digest": digest}) for name, row in images.table().items()}
    monkeypatch.setattr(images, "table", lambda: rows)
    graph = run_program("prod", changes={"requireDigests": True})
    names = [image.inputs["name"] for image in graph.of_type("docker:index/remoteImage:RemoteImage")]
    assert len(names) > 5
    assert all(name.endswith(f"@{digest}") or name.startswith("airgap.local/autonomica/") for name in names)


def test_images_that_are_built_here_have_no_digest_to_demand() -> None:
    with pytest.raises(pulumi.RunError, match=r"^requireDigests: images that are built on the spot have none; take"):
        run_program("prod", changes={"requireDigests": True, "imageRegistry": AIRGAP_REGISTRY})
