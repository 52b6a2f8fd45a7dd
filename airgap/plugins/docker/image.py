# ruff: noqa: ARG002 - every resource type has the same calls, whether it needs their arguments or not
"""docker:index/remoteImage:RemoteImage."""

from __future__ import annotations

from typing import Any, Final

from airgap.plugins.docker.engine import Engine, EngineError, NotFound
from airgap.plugins.protocol.drift import given
from airgap.plugins.protocol.errors import PluginError
from airgap.plugins.protocol.operation import Operation
from airgap.plugins.protocol.resource import Created, Found
from airgap.plugins.protocol.schema import Change, Schema, boolean, text, texts
from airgap.plugins.protocol.values import UNKNOWN, Properties

SCHEMA: Final = Schema(
    token="docker:index/remoteImage:RemoteImage",  # noqa: S106 - a type token
    fields={
        "name": text(required=True),
        "keepLocally": boolean(change=Change.UPDATE),
        "forceRemove": boolean(change=Change.UPDATE),
        "pullTriggers": texts(),
        "platform": text(),
    },
)

_ID_LENGTH: Final = len("sha256:") + 64


class ImageResource:
    """Images by name: one the engine has is used, another is pulled.

    Their id is `<image id><name>`, as the official plugin's.
    """

    schema = SCHEMA

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def preview(self, inputs: Properties, olds: Properties) -> Properties:
        return {**(olds or {"imageId": UNKNOWN, "repoDigest": UNKNOWN}), **given(inputs)}

    def create(self, operation: Operation, inputs: Properties) -> Created:
        image = find_or_pull(self.engine, operation, inputs["name"], inputs.get("platform"))
        return Created(image["Id"] + inputs["name"], _outputs(image, inputs))

    def read(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> Found | None:
        operation.proceed()
        name = inputs.get("name") or (id[_ID_LENGTH:] if id.startswith("sha256:") else id)
        try:
            with self.engine.step(f"read image '{name}'") as api:
                image = api.inspect_image(name)
        except NotFound:
            return None
        inputs = inputs or {"name": name}
        return Found(image["Id"] + name, _outputs(image, inputs), inputs)

    def update(
        self, operation: Operation, id: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Properties:
        image = find_or_pull(self.engine, operation, news["name"], news.get("platform"))
        return _outputs(image, news)

    def delete(self, operation: Operation, id: str, inputs: Properties, outputs: Properties) -> None:
        settings = {**outputs, **inputs}
        if settings.get("keepLocally"):
            return
        operation.proceed()
        name = settings.get("name") or id[_ID_LENGTH:]
        try:
            with self.engine.step(f"remove image '{name}'") as api:
                api.remove_image(name, force=bool(settings.get("forceRemove")))
        except NotFound:
            return
        except EngineError as error:
            if error.status == 409:
                raise PluginError(f"{error}; set keepLocally=True to leave the image on the host") from None
            raise


def find_or_pull(engine: Engine, operation: Operation, name: str, platform: str | None = None) -> dict[str, Any]:
    """The image as the engine describes it, pulled if the engine doesn't have it.

    Raises:
        PluginError: it can't be had; carries the engine's words and what to do.
    """
    operation.proceed()
    try:
        return _inspect(engine, name)
    except NotFound:
        if name.startswith("sha256:"):
            raise PluginError(
                f"the engine has no image with the id {name}; it was removed: run 'pulumi up --refresh'"
            ) from None
    operation.log.info(operation.urn, f"pulling {name}")
    try:
        operation.run(lambda: _pull(engine, name, platform))
        return _inspect(engine, name)
    except EngineError as error:
        raise PluginError(
            f"image '{name}' isn't on the Docker host and can't be pulled: {error.reason}; "
            "check its name and the host's access to the registry ('docker pull' shows more), or build it there first"
        ) from None


def _inspect(engine: Engine, name: str) -> dict[str, Any]:
    with engine.step(f"read image '{name}'") as api:
        image: dict[str, Any] = api.inspect_image(name)
        return image


def _pull(engine: Engine, name: str, platform: str | None) -> None:
    repository, tag = _split(name)
    with engine.step(f"pull image '{name}'") as api:
        for progress in api.pull(repository, tag=tag, platform=platform, stream=True, decode=True):
            if "error" in progress:
                reason = " ".join(str(progress["error"]).split())
                raise EngineError(f"can't pull image '{name}': {reason}", 500, reason)


def _split(name: str) -> tuple[str, str]:
    """Repository and tag (or digest) of an image's name; the tag is `latest` if there is none."""
    if "@" in name:
        repository, digest = name.split("@", 1)
        head, colon, tag = repository.rpartition(":")
        return (head if colon and "/" not in tag else repository), digest
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")


def _outputs(image: dict[str, Any], inputs: Properties) -> Properties:
    repository, _ = _split(inputs["name"])
    digests = image.get("RepoDigests") or []
    # An image that was built here has no digest from a registry.
    digest = next((item for item in digests if item.split("@")[0] == repository), "")
    return {**given(inputs), "imageId": image["Id"], "repoDigest": digest}
