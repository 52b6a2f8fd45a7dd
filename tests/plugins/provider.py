"""A plugin under test, spoken to over gRPC as the Pulumi engine does it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from airgap.plugins.docker.plugin import docker_plugin
from airgap.plugins.protocol.servicer import ProviderServicer
from airgap.plugins.protocol.values import Properties, decode, encode

CONTAINER = "docker:index/container:Container"
IMAGE = "docker:index/remoteImage:RemoteImage"
NETWORK = "docker:index/network:Network"
VOLUME = "docker:index/volume:Volume"
SOCKET = "unix:///var/run/docker.sock"

_grpc: Any = grpc
_empty: Any = empty_pb2


class Refused(Exception):
    """The plugin answered with an error."""

    def __init__(self, error: Any) -> None:
        super().__init__(error.details())
        self.message: str = error.details()
        self.code = error.code()
        # What the engine keeps of a resource that was made but isn't right.
        self.kept: Any = None
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status: Any = status_pb2.Status()
                status.ParseFromString(value)
                self.kept = provider_pb2.ErrorResourceInitFailed()
                status.details[0].Unpack(self.kept)


@dataclass
class Diff:
    """What the plugin says a change does."""

    changes: bool
    replaces: list[str]
    delete_first: bool
    detail: dict[str, str]


@dataclass
class Provider:
    """A client of one plugin; properties are plain values, `Secret` and `UNKNOWN` included."""

    stub: Any

    def configure(self, **config: Any) -> None:
        self._call("Configure", provider_pb2.ConfigureRequest(args=encode(config), acceptSecrets=True))

    def check_config(self, **config: Any) -> tuple[Properties, list[str]]:
        answer = self._call(
            "CheckConfig", provider_pb2.CheckRequest(urn=_urn("pulumi:providers:docker", "p"), news=encode(config))
        )
        return decode(answer.inputs), [failure.reason for failure in answer.failures]

    def check(
        self, token: str, inputs: Properties, olds: Properties | None = None, name: str = "x"
    ) -> tuple[Properties, list[str]]:
        request = provider_pb2.CheckRequest(
            urn=_urn(token, name), name=name, type=token, olds=encode(olds or {}), news=encode(inputs), randomSeed=b"7"
        )
        answer = self._call("Check", request)
        return decode(answer.inputs), [failure.reason for failure in answer.failures]

    def checked(self, token: str, **inputs: Any) -> Properties:
        """The inputs as the plugin completes them; they must be right."""
        result, failures = self.check(token, inputs)
        assert failures == []
        return result

    def diff(
        self, token: str, olds: Properties, news: Properties, outputs: Properties | None = None, *, name: str = "x"
    ) -> Diff:
        answer = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id="1",
                urn=_urn(token, name),
                olds=encode(outputs if outputs is not None else olds),
                old_inputs=encode(olds),
                news=encode(news),
            ),
        )
        kinds = provider_pb2.PropertyDiff.Kind
        return Diff(
            changes=answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
            replaces=list(answer.replaces),
            delete_first=answer.deleteBeforeReplace,
            detail={path: kinds.Name(edit.kind) for path, edit in answer.detailedDiff.items()},
        )

    def create(
        self, token: str, inputs: Properties, *, preview: bool = False, timeout: float = 0, name: str = "x"
    ) -> tuple[str, Properties]:
        request = provider_pb2.CreateRequest(
            urn=_urn(token, name), properties=encode(inputs), preview=preview, timeout=timeout
        )
        answer = self._call("Create", request)
        return answer.id, decode(answer.properties)

    def make(self, token: str, **inputs: Any) -> tuple[str, Properties, Properties]:
        """Checks and creates; gives id, inputs and outputs."""
        complete = self.checked(token, **inputs)
        id, outputs = self.create(token, complete)
        return id, complete, outputs

    def read(
        self, token: str, id: str, inputs: Properties | None = None, outputs: Properties | None = None
    ) -> tuple[str, Properties, Properties]:
        """Id ("" if gone), inputs and outputs."""
        request = provider_pb2.ReadRequest(
            id=id, urn=_urn(token, "x"), inputs=encode(inputs or {}), properties=encode(outputs or {})
        )
        answer = self._call("Read", request)
        return answer.id, decode(answer.inputs), decode(answer.properties)

    def update(
        self, token: str, id: str, outputs: Properties, olds: Properties, news: Properties, *, preview: bool = False
    ) -> Properties:
        request = provider_pb2.UpdateRequest(
            id=id,
            urn=_urn(token, "x"),
            olds=encode(outputs),
            old_inputs=encode(olds),
            news=encode(news),
            preview=preview,
        )
        return decode(self._call("Update", request).properties)

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties, *, timeout: float = 0) -> None:
        request = provider_pb2.DeleteRequest(
            id=id, urn=_urn(token, "x"), properties=encode(outputs), old_inputs=encode(inputs), timeout=timeout
        )
        self._call("Delete", request)

    def cancel(self) -> None:
        self._call("Cancel", _empty.Empty())

    def _call(self, method: str, request: Any) -> Any:
        try:
            return getattr(self.stub, method)(request)
        except _grpc.RpcError as error:
            raise Refused(error) from None


def _urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::project::{token}::{name}"


@contextmanager
def running_provider(host: str = SOCKET) -> Iterator[Provider]:
    """The Docker plugin served in this process."""
    server = _grpc.server(ThreadPoolExecutor(max_workers=16))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(docker_plugin()), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    channel = _grpc.insecure_channel(f"127.0.0.1:{port}")
    stub_class: Any = provider_pb2_grpc.ResourceProviderStub
    provider = Provider(stub_class(channel))
    provider.configure(host=host)
    try:
        yield provider
    finally:
        channel.close()
        server.stop(grace=None)
