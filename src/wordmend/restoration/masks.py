"""Which mask is of which picture."""

from pathlib import Path, PurePosixPath

from wordmend.errors import ParameterError
from wordmend.images.photos import list_pictures


def find_masks(mask: str | None, input_path: Path) -> dict[str, Path]:
    """Masks by the picture's name without its suffix.

    Args:
        mask: a picture, or a folder of pictures named as those of the input; None: there are none.
        input_path: a picture, or a folder.

    Raises:
        ParameterError: there is no such mask or folder, or a picture has two.
    """
    if mask is None:
        return {}
    path = Path(mask)
    if not path.exists():
        raise ParameterError(f"mask {path} does not exist")
    if path.is_dir() == input_path.is_file():
        wanted = "picture" if input_path.is_file() else "folder"
        raise ParameterError(f"mask {path} must be a {wanted}, as input {input_path} is one")
    if path.is_file():
        return {input_path.with_suffix("").name: path}
    found: dict[str, Path] = {}
    for name, file in list_pictures(path)[0]:
        stem = PurePosixPath(name).with_suffix("").as_posix()
        if stem in found:
            raise ParameterError(f"mask {path} has two of one name: {found[stem].name}, {file.name}")
        found[stem] = file
    return found
