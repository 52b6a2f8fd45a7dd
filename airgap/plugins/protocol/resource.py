"""What a plugin implements for each resource type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.schema import Schema
from airgap.plugins.protocol.values import Properties


class Created(NamedTuple):
    """A resource that was made: its provider id and its outputs."""

    id: str
    outputs: Properties


class Found(NamedTuple):
    """A resource that was read: its id, its outputs, and its inputs as reality has them."""

    id: str
    outputs: Properties
    inputs: Properties


class Resource(Protocol):
    """A resource type. Inputs and outputs come in and go out as plain values: the servicer keeps track of secrets."""

    schema: Schema

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        """The outputs the resource will have; `olds` are the present ones, empty for a new resource."""

    def create(self, operation: Operation, inputs: Properties) -> Created:
        """Makes the resource."""

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        """Looks at reality. Without inputs it is an import: `id` may be a name then. None if it doesn't exist."""

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        """Applies the new inputs in place and gives the outputs."""

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        """Removes the resource; that it is gone already is fine."""


@dataclass(frozen=True)
class Plugin:
    """A plugin: its name in messages ("Docker"), the version it follows, its configuration and its resource types."""

    name: str
    package: str
    version: str
    config: Schema
    configure: Callable[[Properties], None]
    resources: Mapping[str, Resource]
