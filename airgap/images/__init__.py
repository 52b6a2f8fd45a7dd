"""Local images that stand in for the official ones where no image registry can be reached."""

from airgap.images.ensure import ImageResult, ensure_images

__all__ = ["ImageResult", "ensure_images"]
