"""Imports go one way: settings know nothing of what is made of them, and no module imports itself by a detour."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.program import ROOT

PACKAGES = ("config", "components")


def modules() -> dict[str, Path]:
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imported(source: str, known: Mapping[str, object]) -> set[str]:
    """Modules of ours that a module's text imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
            names |= within or {node.module}
    return names & known.keys()


MODULES = modules()
IMPORTS = {name: imported(path.read_text(), MODULES) for name, path in MODULES.items()}
# the list of subjects finds them by name
IMPORTS["config.areas.registry"] |= {
    name for name in MODULES if name.startswith("config.areas.") and name[-5:] == ".area"
}


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Modules of which each imports the next, and the last one the first; nothing where there are none."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[list[str]]:
        if name in path:
            yield list(path[path.index(name) :])
        elif name not in done:
            for other in sorted(imports[name]):
                yield from visit(other, (*path, name))
            done.add(name)

    return next((found for name in sorted(imports) for found in visit(name, ())), [])


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}) == ["b", "d"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    known = {"a.b": 0, "a": 0, "c": 0}
    assert imported("import c\ndef f():\n    from a import b\n", known) == {"c", "a.b"}


def test_no_imports_go_in_a_circle() -> None:
    assert len(IMPORTS) > 60
    assert circle(IMPORTS) == []


def test_settings_import_nothing_of_the_content_but_the_subjects_models() -> None:
    for name in MODULES:
        if name.startswith("config.settings"):
            foreign = {other for other in IMPORTS[name] if not other.startswith("config.settings.")}
            assert all(other.startswith("config.areas.") and other.endswith(".model") for other in foreign), name


def test_a_subjects_model_imports_the_base_of_the_settings_alone() -> None:
    models = [name for name in MODULES if name.startswith("config.areas.") and name.endswith(".model")]
    assert len(models) >= 8
    for name in models:
        assert IMPORTS[name] == {"config.settings.base"}, name


def test_content_knows_no_components() -> None:
    assert not [
        name for name in MODULES if name.startswith("config.") for other in IMPORTS[name] if other[:6] == "compon"
    ]
