"""Pictures that are known by what is in them, whatever becomes of the file that they came from."""

import shutil
from pathlib import Path

from wordmend.files import atomic_path, sha256_of

PICTURES = "pictures"
"""Folder of the pictures that were asked about, in the folder of annotations."""


def name_of(image_sha256: str) -> str:
    """What a picture's file is called where pictures are known by their hashes."""
    return f"{image_sha256[:16]}.png"


def lay_by_hash(picture: Path, folder: Path) -> Path:
    """Lay a copy of a picture into a folder, where it isn't there already; gives where it lies."""
    target = folder / name_of(sha256_of(picture))
    if not target.is_file():
        with atomic_path(target) as temporary:
            shutil.copyfile(picture, temporary)
    return target
