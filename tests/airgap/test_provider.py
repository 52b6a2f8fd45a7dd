"""Our build of Pulumi's Docker provider is the one that the Python package is made for: asked over its own protocol."""

import subprocess
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import grpc
import pulumi_docker as docker
import pytest
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict, ParseDict
from pulumi._types import input_type_py_to_pulumi_names
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from airgap.catalog import TOOLS
from airgap.tools import ensure_tools
from tests.support.program import Recorded, Secret, run_program

pytestmark = pytest.mark.engine

ARGUMENTS: dict[str, type] = {
    "docker:index/container:Container": docker.ContainerArgs,
    "docker:index/network:Network": docker.NetworkArgs,
    "docker:index/remoteImage:RemoteImage": docker.RemoteImageArgs,
    "docker:index/volume:Volume": docker.VolumeArgs,
}


def opened(value: Any) -> Any:
    """A value with the secrets in it as they are."""
    if isinstance(value, dict):
        return {key: opened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [opened(each) for each in value]
    return value.value if isinstance(value, Secret) else value


def struct(value: dict[str, Any]) -> Any:
    """As the protocol has it."""
    return ParseDict(opened(value), struct_pb2.Struct())  # type: ignore[attr-defined,no-untyped-call]


class Provider:
    """The running plugin."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def check(self, resource: Recorded, **changes: Any) -> tuple[dict[str, Any], list[str]]:
        """The inputs as the provider takes them, and what it finds wrong with them."""
        news = struct({**resource.inputs, **changes})
        answer = self.stub.Check(provider_pb2.CheckRequest(urn=resource.urn, news=news))
        inputs: dict[str, Any] = MessageToDict(answer.inputs)  # type: ignore[no-untyped-call]
        return inputs, [failure.reason for failure in answer.failures]

    def replaced_by(self, resource: Recorded, **changes: Any) -> set[str]:
        """For which of these changes a resource is replaced, beside what only an engine could fill in."""
        olds, news = (struct(self.check(resource, **more)[0]) for more in ({}, changes))
        with_changes, without = (
            self.stub.Diff(provider_pb2.DiffRequest(id="x", urn=resource.urn, olds=olds, old_inputs=olds, news=inputs))
            for inputs in (news, olds)
        )
        return set(with_changes.replaces) - set(without.replaces)

    def deletes_first(self, resource: Recorded) -> bool:
        """Whether the old one goes before the new one comes, where it is replaced for another name."""
        olds, news = (struct(self.check(resource, **more)[0]) for more in ({}, {"name": "other"}))
        request = provider_pb2.DiffRequest(id="x", urn=resource.urn, olds=olds, old_inputs=olds, news=news)
        return bool(self.stub.Diff(request).deleteBeforeReplace)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    program = ensure_tools(["pulumi-resource-docker"]) / "pulumi-resource-docker"
    running = subprocess.Popen([program, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert running.stdout
        port = int(running.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:  # type: ignore[no-untyped-call]
            yield Provider(channel)
    finally:
        running.kill()
        running.wait()


@pytest.fixture(scope="module")
def resources() -> list[Recorded]:
    """Everything of the demo, which has all parts but Grafana, and of production."""
    graphs = [run_program(stack) for stack in ("dev", "prod")]
    return [resource for graph in graphs for resource in graph.resources if resource.type.startswith("docker:")]


def test_it_is_the_version_of_the_python_package(provider: Provider) -> None:
    version = provider.stub.GetPluginInfo(empty_pb2.Empty()).version  # type: ignore[attr-defined]
    assert version == TOOLS["pulumi-resource-docker"].version == metadata.version("pulumi-docker")


def test_it_takes_every_input_that_the_program_sends(provider: Provider, resources: list[Recorded]) -> None:
    assert {resource.type for resource in resources} == ARGUMENTS.keys()
    for resource in resources:
        inputs, wrong = provider.check(resource)
        assert not wrong, f"{resource.name}: {wrong}"
        assert not set(resource.inputs) - set(inputs), resource.name


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_it_knows_the_python_packages_names_and_no_others(
    provider: Provider, resources: list[Recorded], kind: str
) -> None:
    resource = next(resource for resource in resources if resource.type == kind)
    names = input_type_py_to_pulumi_names(ARGUMENTS[kind]).values()
    assert "name" in names

    def unknown(name: str) -> bool:
        return f"Examine values at '{resource.name}.{name}'." in str(
            [reason for reason in provider.check(resource, **{name: "1"})[1] if "unknown key" in reason]
        )

    assert [name for name in [*names, "noSuchInput"] if unknown(name)] == ["noSuchInput"]


@pytest.mark.parametrize(
    ("kind", "changes", "replaces"),
    [
        ("container", {"image": "sha256:other"}, {"image"}),
        ("container", {"command": ["other"]}, {"command"}),
        ("container", {"memory": 97}, set()),
        ("container", {"restart": "no"}, set()),
        ("network", {"internal": True}, {"internal"}),
        ("volume", {"driver": "other"}, {"driver"}),
    ],
)
def test_it_replaces_what_cannot_be_changed(
    provider: Provider, resources: list[Recorded], kind: str, changes: dict[str, Any], replaces: set[str]
) -> None:
    usual = [one for one in resources if not one.inputs.get("internal") and one.inputs.get("start", True)]
    resource = next(one for one in usual if f"/{kind}:" in one.type)
    assert provider.replaced_by(resource, **changes) == replaces


def test_an_old_container_goes_first_of_itself(provider: Provider, resources: list[Recorded]) -> None:
    """The others go first where the program says so."""
    kinds = {resource.type: provider.deletes_first(resource) for resource in resources}
    assert [kind for kind, first in kinds.items() if first] == ["docker:index/container:Container"]
