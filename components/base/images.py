"""Images: one resource for each image that the stack uses, made when it is first asked for."""

from dataclasses import dataclass

import pulumi
import pulumi_docker as docker

from config import images


@dataclass(frozen=True, kw_only=True)
class ImagesArgs:
    """The registry that holds the whole table, instead of each image's own; whether all of them need a digest."""

    mirror: str | None = None
    require_digests: bool = False


class Images(pulumi.ComponentResource):
    """The images of a stack (`autonomica:monitoring:Images`), one `RemoteImage` each.

    An image that the engine has is used as it is, one it lacks is pulled. None is removed from the engine when
    the stack goes: others may use it.
    """

    def __init__(self, name: str, args: ImagesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("autonomica:monitoring:Images", name, {}, opts)
        self._mirror = args.mirror
        self._require_digests = args.require_digests
        self._known: dict[str, docker.RemoteImage] = {}

    def image_id(self, name: str) -> pulumi.Output[str]:
        """The engine's id of an image of the table, or of one of our own programs.

        Raises:
            pulumi.RunError: it has no digest, and the stack demands one; what we build is named by its content.
        """
        if name not in self._known:
            if self._require_digests and name not in images.OWN and not images.table()[name].digest:
                raise pulumi.RunError(
                    f"the image {images.tagged(name, self._mirror)} has no digest, which requireDigests demands: write "
                    "those of all images with `monitor images lock`, and commit config/images.yaml"
                )
            reference = images.own_reference(name) if name in images.OWN else images.reference(name, self._mirror)
            self._known[name] = docker.RemoteImage(
                f"image-{name.replace('_', '-')}",
                name=reference,
                keep_locally=True,
                opts=pulumi.ResourceOptions(parent=self),
            )
        return self._known[name].image_id
