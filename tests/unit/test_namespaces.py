"""A key under a misspelt namespace is refused: nobody would read it, and a part of the stack would silently go."""

import pytest
from pulumi.runtime import set_all_config

from config.settings import load as settings
from config.settings.errors import SettingsError
from tests.support.program import PROJECT


def test_a_misspelt_namespace_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_project", lambda: PROJECT)
    monkeypatch.setattr("pulumi.get_stack", lambda: "prod")
    set_all_config({"autonomica-monitorin:redis": "{}"}, [])
    with pytest.raises(SettingsError) as refused:
        settings.load()
    set_all_config({}, [])
    assert "autonomica-monitorin:redis: 'autonomica-monitorin' is no namespace" in str(refused.value)
    assert f"is '{PROJECT}' meant?" in str(refused.value)


@pytest.mark.parametrize("name", [f"{PROJECT}:redis", "pulumi:tags", "docker:host", "grafana:url", "aws:region"])
def test_other_providers_namespaces_are_none_of_our_business(name: str) -> None:
    assert settings.misspelt_namespaces([name], PROJECT) == []
