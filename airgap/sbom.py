"""The software bill of materials: what the stack's images hold, as CycloneDX JSON."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from pydantic import BaseModel, ConfigDict, Field

from airgap import golang
from airgap.catalog import TOOLS, Tool
from airgap.errors import KitError
from airgap.own_images import dependencies
from airgap.places import REPO, cache_dir
from airgap.report import Report, Silent
from airgap.tools import tool_folders
from config.images import OWN, Image, own_tag, table


class Module(BaseModel):
    """A Go module in a program, as `go version -m -json` lists it; what replaces it is what was built."""

    model_config = ConfigDict(extra="ignore")

    path: str = Field(alias="Path")
    version: str = Field(alias="Version", default="")
    replaced_by: "Module | None" = Field(alias="Replace", default=None)


class Program(BaseModel):
    """What a built program says of itself."""

    model_config = ConfigDict(extra="ignore")

    go: str = Field(alias="GoVersion")
    modules: tuple[Module, ...] = Field(alias="Deps", default=())


def write_sbom(path: Path, *, report: Report | None = None, cache: Path | None = None) -> int:
    """Write the bill of materials; how many components are in it. Builds the programs that aren't there yet.

    Raises:
        KitError: a program can't be built or read, dependencies can't be had, or the result isn't valid.
    """
    report, cache = report or Silent(), cache or cache_dir()
    folders = tool_folders(TOOLS, report=report, cache=cache)
    components = [
        *(image_component(name, image) for name, image in table().items()),
        *(tool_component(tool, read_programs(folders[name], tool.programs)) for name, tool in TOOLS.items()),
        *(own_component(name, dependencies(name, REPO / name / "requirements.txt", cache)) for name in OWN),
    ]
    text = bill(components)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return len(components) + sum(len(component.components) for component in components)


def bill(components: Sequence[Component]) -> str:
    """The document; the same components give the same one, but for its time.

    Raises:
        KitError: it isn't what the schema of CycloneDX 1.6 asks for.
    """
    root = Component(name="autonomica-monitoring", type=ComponentType.APPLICATION, bom_ref="autonomica-monitoring")
    bom = Bom(components=components, metadata=BomMetaData(component=root))
    bom.register_dependency(root, components)
    parts = sorted(str(part.bom_ref) for component in components for part in (component, *component.components))
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(parts))
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    if problem := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise KitError(f"the bill of materials isn't valid CycloneDX: {problem}")
    return text + "\n"


def image_component(name: str, image: Image) -> Component:
    """An image of the table."""
    place = PackageURL("docker", *_namespace(image.repository), image.digest or image.tag, _registry(image))
    return Component(
        name=image.repository,
        type=ComponentType.CONTAINER,
        version=image.tag,
        bom_ref=f"image/{name}",
        purl=place,
        licenses=[LicenseExpression(image.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=image.digest.removeprefix("sha256:"))]
        if image.digest
        else [],
    )


def tool_component(tool: Tool, programs: Mapping[str, Program]) -> Component:
    """What the kit builds, with the modules of all its programs and the Go they were built with."""
    modules = {
        (chosen.path, chosen.version)
        for program in programs.values()
        for module in program.modules
        for chosen in [module.replaced_by or module]
    } | {("std", program.go.removeprefix("go")) for program in programs.values()}
    return Component(
        name=tool.name,
        type=ComponentType.APPLICATION,
        version=tool.version.removeprefix("v"),
        bom_ref=f"kit/{tool.name}",
        components=[
            _library(f"kit/{tool.name}", PackageURL("golang", *_namespace(path), version))
            for path, version in sorted(modules)
        ],
    )


def own_component(name: str, folder: Path) -> Component:
    """One of our own programs, with the Python packages in its image."""
    return Component(
        name=name,
        type=ComponentType.APPLICATION,
        version=own_tag(name),
        bom_ref=f"own/{name}",
        components=list(_packages(f"own/{name}", folder)),
    )


def read_programs(folder: Path, names: Iterable[str]) -> dict[str, Program]:
    """What the built programs in a folder say of themselves; scripts say nothing.

    Raises:
        KitError: it can't be read.
    """
    golang.find_go()
    programs = {}
    for name in names:
        with (folder / name).open("rb") as file:
            if file.read(4) != b"\x7fELF":
                continue
        command = ["go", "version", "-m", "-json", str(folder / name)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise KitError(f"what is in {folder / name} can't be read: {result.stderr.strip()}")
        document = json.loads(result.stdout)
        programs[name] = Program.model_validate(document[0] if isinstance(document, list) else document)
    return programs


def _packages(owner: str, folder: Path) -> Iterator[Component]:
    found = {
        (one.metadata["Name"].lower().replace("_", "-"), one.version): one for one in distributions(path=[str(folder)])
    }
    for (name, version), one in sorted(found.items()):
        component = _library(owner, PackageURL("pypi", None, name, version))
        if expression := one.metadata.json.get("license_expression"):
            component.licenses.add(LicenseExpression(str(expression)))
        elif licences := [line for line in one.metadata.get_all("Classifier", ()) if line.startswith("License ::")]:
            component.licenses.update(DisjunctiveLicense(name=line.rpartition(" :: ")[2]) for line in licences)
        elif (text := str(one.metadata.json.get("license", ""))) and "\n" not in text:
            component.licenses.add(DisjunctiveLicense(name=text))
        yield component


def _library(owner: str, purl: PackageURL) -> Component:
    name = f"{purl.namespace}/{purl.name}" if purl.namespace else purl.name
    return Component(
        name=name, type=ComponentType.LIBRARY, version=purl.version, purl=purl, bom_ref=f"{owner}/{purl.to_string()}"
    )


def _namespace(path: str) -> tuple[str | None, str]:
    namespace, _, name = path.rpartition("/")
    return namespace or None, name


def _registry(image: Image) -> dict[str, str] | None:
    return {"repository_url": image.registry} if image.registry else None
