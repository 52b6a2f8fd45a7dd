"""The bill of materials: valid, complete, the same for the same components."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.model.component import Component, ComponentType

from airgap.catalog import TOOLS
from airgap.errors import KitError
from airgap.sbom import Program, bill, image_component, own_component, read_programs, tool_component
from config.images import table

DIGEST = "sha256:" + "3" * 64


def components(document: str) -> dict[str, dict[str, Any]]:
    return {component["bom-ref"]: component for component in json.loads(document)["components"]}


def test_every_image_with_version_licence_and_digest() -> None:
    rows = {name: image.model_copy(update={"digest": DIGEST}) for name, image in table().items()}
    rows["caddy"] = rows["caddy"].model_copy(update={"registry": "ghcr.io"})
    found = components(bill([image_component(name, image) for name, image in rows.items()]))
    assert set(found) == {f"image/{name}" for name in rows}
    prometheus, elsewhere = found["image/prometheus"], found["image/caddy"]
    assert (prometheus["name"], prometheus["version"]) == ("prom/prometheus", rows["prometheus"].tag)
    assert prometheus["licenses"] == [{"expression": "Apache-2.0"}]
    assert prometheus["hashes"] == [{"alg": "SHA-256", "content": "3" * 64}]
    assert elsewhere["purl"].endswith("?repository_url=ghcr.io")


def test_an_image_without_a_digest_has_none() -> None:
    image = table()["caddy"].model_copy(update={"digest": None})
    caddy = components(bill([image_component("caddy", image)]))["image/caddy"]
    assert "hashes" not in caddy
    assert caddy["purl"] == f"pkg:docker/caddy@{image.tag}"


def test_modules_of_a_program_as_they_were_built() -> None:
    said = {
        "GoVersion": "go1.27.3",
        "Main": {"Path": "here"},
        "Deps": [
            {"Path": "github.com/prometheus/common", "Version": "v0.72.1", "Sum": "h1:x"},
            {"Path": "k8s.io/api", "Version": "v1.0.0", "Replace": {"Path": "example.org/fork", "Version": "v2.0.0"}},
        ],
    }
    tool = TOOLS["node_exporter"]
    one, other = Program.model_validate(said), Program.model_validate({"GoVersion": "go1.27.3"})
    found = components(bill([tool_component(tool, {"one": one, "other": other})]))["kit/node_exporter"]
    assert found["version"] == tool.version
    assert [part["purl"] for part in found["components"]] == [
        "pkg:golang/example.org/fork@v2.0.0",
        "pkg:golang/github.com/prometheus/common@v0.72.1",
        "pkg:golang/std@1.27.3",
    ]


def test_a_built_program_is_read_and_a_script_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.org/hello\n\ngo 1.26\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    (tmp_path / "script").write_text("#!/bin/sh\n")
    subprocess.run(["go", "build", "-o", "hello", "."], cwd=tmp_path, check=True)
    programs = read_programs(tmp_path, ["hello", "script"])
    assert list(programs) == ["hello"]
    assert programs["hello"].go.startswith("go1.")
    (tmp_path / "broken").write_bytes(b"\x7fELF and nothing more")
    with pytest.raises(KitError, match="broken can't be read"):
        read_programs(tmp_path, ["broken"])


def test_packages_of_our_own_images_with_their_licences() -> None:
    folder = Path(next(path for path in sys.path if path.endswith("site-packages")))
    found = components(bill([own_component("demo", folder)]))["own/demo"]
    packages = {part["name"]: part for part in found["components"]}
    assert packages["cyclonedx-python-lib"]["licenses"] == [{"license": {"name": "Apache Software License"}}]
    assert packages["requests"]["purl"].startswith("pkg:pypi/requests@")
    assert sum("licenses" in part for part in packages.values()) > 0.8 * len(packages)


def test_the_same_components_give_the_same_document() -> None:
    first, second = (
        json.loads(bill([image_component(name, image) for name, image in table().items()])) for _ in range(2)
    )
    assert first["serialNumber"] == second["serialNumber"]
    assert first["components"] == second["components"]
    assert first["serialNumber"] != json.loads(bill([image_component("redis", table()["redis"])]))["serialNumber"]


def test_what_is_not_valid_is_not_written() -> None:
    wrong = Component(name="x", type=ComponentType.LIBRARY, version="1", bom_ref="image/x")
    twice = Component(name="y", type=ComponentType.LIBRARY, version="1", bom_ref="image/x", mime_type="nonsense")
    with pytest.raises(KitError, match="the bill of materials isn't valid CycloneDX"):
        bill([wrong, twice])
