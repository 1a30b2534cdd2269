"""Colour profiles."""

import io

from PIL import Image, ImageCms


def to_srgb(image: Image.Image, icc: bytes) -> Image.Image | None:
    """A picture of 8 bits as sRGB, by the colour profile that it has.

    None: the profile is damaged, or is not for a picture of this kind.
    """
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
