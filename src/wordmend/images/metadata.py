"""What an image file tells about its picture: colour profile, EXIF, XMP, resolution, texts."""

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import IFDRational, ImageFileDirectory_v2, TiffImageFile

from wordmend.images.picture import Metadata

_Tag = ExifTags.Base
DESCRIPTIVE_TAGS = (
    _Tag.DocumentName,
    _Tag.ImageDescription,
    _Tag.Make,
    _Tag.Model,
    _Tag.PageName,
    _Tag.Software,
    _Tag.DateTime,
    _Tag.Artist,
    _Tag.HostComputer,
    _Tag.Copyright,
)
"""Tags of the main directory that are texts about the picture, and don't say how its pixels are stored."""
XMP_TEXT = "XML:com.adobe.xmp"
"""The name under which PNG keeps XMP."""
_ACROSS, _DOWN, _UNIT, _XMP, _ICC = 282, 283, 296, 700, 34675  # TIFF tags
_INCH, _CENTIMETRE = 2, 3
SUB_DIRECTORIES = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)


def metadata_of(image: Image.Image) -> tuple[Metadata, list[str]]:
    """What is told of the picture at which `image` stands; and what had to be left out.

    PNG tells all when it is loaded, TIFF before.
    """
    info, texts = image.info, {}
    if isinstance(image, TiffImageFile):  # what Pillow has in `info` may be of an earlier page
        tags = image.tag_v2
        info = {"icc_profile": tags.get(_ICC), "xmp": tags.get(_XMP), "dpi": _tiff_dpi(tags)}
    icc = info.get("icc_profile")
    xmp = info.get("xmp", info.get(XMP_TEXT))
    if isinstance(image, PngImageFile):
        texts = {
            str(key): str(value)
            for key, value in image.text.items()
            if key != XMP_TEXT and not key.startswith("Raw profile type")
        }
    exif, left_out = None, []
    try:
        exif = _exif_of(image)
    except Exception:  # Pillow raises all sorts of errors, and it is no reason to leave a picture unrestored
        left_out.append("EXIF was damaged and is left out")
    if "photoshop" in info and image.format == "JPEG":
        left_out.append("IPTC is left out")
    metadata = Metadata(
        icc=bytes(icc) if icc else None,
        exif=exif,
        xmp=(xmp.encode() if isinstance(xmp, str) else bytes(xmp)) if xmp else None,
        dpi=_dpi(info.get("dpi")),
        texts=texts,
    )
    return metadata, left_out


def _exif_of(image: Image.Image) -> bytes | None:
    """EXIF without orientation and thumbnail, and of TIFF without what says how pixels are stored."""
    found, kept = image.getexif(), Image.Exif()
    for tag, value in found.items():
        if tag == _Tag.Orientation or tag in SUB_DIRECTORIES:
            continue
        if image.format != "TIFF" or tag in DESCRIPTIVE_TAGS:
            kept[tag] = value
    for directory in SUB_DIRECTORIES:
        if entries := found.get_ifd(directory):
            kept[directory] = dict(entries)
    return kept.tobytes() if len(kept) else None


def _tiff_dpi(tags: ImageFileDirectory_v2) -> tuple[float, float] | None:
    unit, across, down = tags.get(_UNIT, _INCH), tags.get(_ACROSS), tags.get(_DOWN)
    if unit not in (_INCH, _CENTIMETRE) or across is None or down is None:
        return None
    an_inch = 2.54 if unit == _CENTIMETRE else 1.0
    return float(across) * an_inch, float(down) * an_inch


def _dpi(dpi: object) -> tuple[float, float] | None:
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    try:
        across, down = (float(value) for value in dpi if isinstance(value, (int, float, IFDRational)))
    except (ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None
