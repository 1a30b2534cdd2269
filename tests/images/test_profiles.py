from PIL import Image, ImageCms

from wordmend.images.profiles import to_srgb

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def test_srgb_stays_what_it_is() -> None:
    converted = to_srgb(Image.new("RGB", (3, 2), (200, 100, 50)), SRGB)
    assert converted is not None and converted.size == (3, 2)
    found = converted.getpixel((0, 0))
    assert isinstance(found, tuple)
    assert all(abs(value - wanted) <= 1 for value, wanted in zip(found, (200, 100, 50), strict=True))


def test_a_profile_that_does_not_fit_converts_nothing() -> None:
    picture = Image.new("RGB", (3, 2))
    assert to_srgb(picture, bytes(300)) is None
    assert to_srgb(picture, LAB) is None
    assert to_srgb(Image.new("L", (3, 2)), SRGB) is None
