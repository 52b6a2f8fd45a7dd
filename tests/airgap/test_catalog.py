"""The catalogue, the pinned modules and the image table say the same."""

import re
from pathlib import Path

import pytest

from airgap.catalog import TOOLS
from airgap.golang import TOOLCHAIN
from airgap.images.recipes import RECIPES
from config.images import table


def _pinned(tool: str) -> str:
    """The version of the module that the first package is in, from go.mod."""
    package = TOOLS[tool].packages[0]
    module = package.partition("/cmd/")[0].removesuffix("/python").removesuffix("/pkg")
    text = (TOOLCHAIN / tool / "go.mod").read_text()
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", text, re.MULTILINE)
    assert found, f"{module} isn't in {tool}/go.mod"
    return found[1]


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if tool.packages != (".",)])
def test_a_tool_calls_itself_what_it_was_built_from(name: str) -> None:
    pinned = _pinned(name)
    if name == "prometheus":  # v0.316.0 is the module version of release 3.16.0
        pinned = re.sub(r"^v0\.(\d)(\d\d)\.", lambda m: f"v{m[1]}.{int(m[2])}.", pinned)
    assert TOOLS[name].version.removeprefix("v") == pinned.removeprefix("v")


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.tool])
def test_an_image_holds_the_version_its_tag_names(name: str) -> None:
    image = table()[name]
    tag = (image.airgap_tag or image.tag).removeprefix("v").removesuffix("-alpine")
    assert tag == TOOLS[RECIPES[name].tool or ""].version.removeprefix("v")


def test_every_image_of_the_table_can_be_built_but_those_under_the_agpl() -> None:
    """Nothing under the AGPL is built or shipped here, whatever could be: such an image is the official one or none."""
    under_it = {name for name, image in table().items() if "AGPL" in image.licence.upper()}
    assert under_it == {"grafana"}, "the column still says it"
    assert set(RECIPES) == set(table()) - under_it


@pytest.mark.parametrize("folder", [path.parent for path in TOOLCHAIN.rglob("go.mod")], ids=lambda path: path.name)
def test_every_toolchain_is_pinned_by_hash(folder: Path) -> None:
    assert (folder / "go.sum").read_text().count("h1:") > 3


def test_no_toolchain_is_forgotten() -> None:
    by_itself = {name for name, image in table().items() if image.go}
    assert {path.name for path in TOOLCHAIN.iterdir()} == set(TOOLS) - by_itself


def test_a_module_by_itself_is_pinned_at_its_images_tag() -> None:
    for name, image in table().items():
        if image.go:
            copy = TOOLS[name].copy
            assert copy is not None
            assert (copy.module, copy.sum) == (image.source, image.go.sum)
            assert copy.version.removeprefix("v") == image.tag.removeprefix("v")
            assert RECIPES[name].entrypoint == (image.go.program,)


def test_programs_of_images_come_from_their_tool() -> None:
    for recipe in RECIPES.values():
        assert set(recipe.programs) <= set(TOOLS[recipe.tool].programs if recipe.tool else ())
