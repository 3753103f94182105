from collections.abc import Callable

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery import encoding, imaging
from adaptive.delivery.credits import credited
from adaptive.delivery.perception import Judge
from adaptive.delivery.quality import AT_LEISURE
from adaptive.errors import ImageError
from tests import pictures

FORMATS = ("avif", "webp", "jpg")


def render(
    original: bytes,
    width: int = 320,
    image_format: str = "avif",
    *,
    floor: float = 60,
    pixel_limit: int = 10_000_000,
) -> imaging.Rendered:
    target = imaging.Target(width, image_format, floor)
    return imaging.render(original, target, pixel_limit=pixel_limit, clock=lambda: 0)


def pixels(rendered: imaging.Rendered) -> pyvips.Image:
    return encoding.read_back(rendered.body)


@pytest.mark.parametrize("name", pictures.NO_IMAGES)
def test_what_is_no_image_is_refused(name: str) -> None:
    with pytest.raises(ImageError) as refused:
        render(pictures.NO_IMAGES[name])
    assert refused.value.status == 415


def test_a_bomb_is_refused_on_its_header_alone() -> None:
    bomb = pictures.png_claiming(50_000, 50_000)  # decoding it would fail: the pixels are missing
    assert len(bomb) < 100
    with pytest.raises(ImageError, match="50000 x 50000 x 1 pixels, more than 10000000") as refused:
        render(bomb)
    assert refused.value.status == 413


def test_every_frame_counts_against_the_pixel_limit() -> None:
    animation = pictures.animation(10, width=100, height=100)
    with pytest.raises(ImageError, match="100 x 100 x 10 pixels"):
        render(animation, pixel_limit=99_999)
    assert render(animation, pixel_limit=100_000).body == animation


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("left", [0.5, 0.97])
@pytest.mark.parametrize("save", [pictures.jpeg, pictures.png, pictures.webp])
def test_half_a_file_makes_no_half_picture(
    save: Callable[[pyvips.Image], bytes], left: float, image_format: str
) -> None:
    whole = save(pyvips.Image.new_from_buffer(pictures.photo("bg.jpg"), ""))
    with pytest.raises((pyvips.Error, ImageError)):
        render(whole[: int(len(whole) * left)], image_format=image_format)


@pytest.mark.parametrize("save", ["heifsave_buffer", "gifsave_buffer", "tiffsave_buffer"])
def test_no_other_decoder_can_be_reached(save: str) -> None:
    render(pictures.jpeg())
    valid = getattr(pictures.gradient(), save)(
        **({"compression": "av1"} if save == "heifsave_buffer" else {})
    )
    with pytest.raises(pyvips.Error, match="blocked"):
        getattr(pyvips.Image, save.replace("save", "load"))(valid)


def test_xml_is_never_parsed() -> None:
    render(pictures.jpeg())
    with pytest.raises(pyvips.Error, match="blocked"):
        pyvips.Image.svgload_buffer(pictures.SVG)


@pytest.mark.parametrize(
    ("image_format", "media_type"),
    [("avif", "image/avif"), ("webp", "image/webp"), ("jpg", "image/jpeg")],
)
def test_a_photograph_becomes_each_format_at_the_asked_width(
    image_format: str, media_type: str
) -> None:
    original = pictures.photo()
    rendered = render(original, 960, image_format)
    image = pixels(rendered)
    assert (image.width, image.height) == (rendered.width, rendered.height) == (960, 643)
    assert rendered.media_type == media_type
    assert len(rendered.body) < len(original) / 4


@pytest.mark.parametrize("image_format", FORMATS)
def test_less_quality_is_fewer_bytes(image_format: str) -> None:
    sizes = [
        len(render(pictures.photo(), 640, image_format, floor=floor).body) for floor in (80, 60, 40)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_a_rendition_is_never_wider_than_its_original() -> None:
    assert render(pictures.png(), 1920).width == 600


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_rendition_is_never_heavier_than_its_original(image_format: str) -> None:
    noise = pyvips.Image.gaussnoise(256, 256, mean=128, sigma=60, seed=1).cast("uchar")
    frugal = render(pictures.jpeg(noise, quality=30), 256, "jpg", floor=45).body
    rendered = render(frugal, 1920, image_format, floor=90)
    assert (rendered.body, rendered.media_type) == (frugal, "image/jpeg")


def test_a_browser_that_takes_jpeg_only_never_gets_webp() -> None:
    frugal = pyvips.Image.new_from_buffer(pictures.photo("bg.jpg"), "").webpsave_buffer(Q=1)
    assert render(frugal, 1920, "jpg", floor=90).media_type == "image/jpeg"


@pytest.mark.parametrize("image_format", FORMATS)
def test_exif_turns_the_picture_upright_and_is_gone(image_format: str) -> None:
    image = pixels(render(pictures.rotated_jpeg(), 200, image_format))
    assert (image.width, image.height) == (200, 300)
    red, green, _ = image(190, 10)
    assert max(red, green) < 60  # the corner stored top left is shown top right
    metadata = {"icc-profile-data", "xmp-data", "iptc-data"}
    assert not metadata & set(image.get_fields())
    assert not [name for name in image.get_fields() if "GPS" in name]


@pytest.mark.parametrize("image_format", FORMATS)
def test_whose_picture_it_is_stays_and_where_it_was_taken_does_not(image_format: str) -> None:
    rendered = render(pictures.signed_jpeg(), 200, image_format)
    assert b"Camera 1" not in rendered.body
    image = pixels(rendered)
    told = {name: image.get(name) for name in image.get_fields() if name.startswith("exif-ifd")}
    assert told["exif-ifd0-Copyright"].startswith("(c) Jane Doe (all rights) ")
    assert told["exif-ifd0-Artist"].startswith("Jane Doe")
    assert not [text for text in told.values() if "libvips" in str(text)]
    assert not [name for name in told if "GPS" in name or "Model" in name]


@pytest.mark.parametrize("image_format", FORMATS)
def test_the_thumbnail_that_an_editor_put_in_is_gone(image_format: str) -> None:
    original = pictures.photo()
    thumbnail = pyvips.Image.new_from_buffer(original, "").get("jpeg-thumbnail-data")
    assert thumbnail not in render(original, 320, image_format).body


def test_a_credit_as_long_as_a_book_is_cut() -> None:
    long, short = (len(render(pictures.signed_jpeg("c" * size)).body) for size in (5_000, 200))
    assert long == short


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize(
    ("original", "copyright_"),
    [
        (pictures.described_jpeg("xmp-data", pictures.XMP.encode()), "Jane & Doe https://example."),
        (pictures.described_jpeg("iptc-data", pictures.IPTC), "Jane Doe "),
    ],
    ids=["XMP", "IPTC"],
)
def test_rights_told_elsewhere_move_to_exif(
    original: bytes, copyright_: str, image_format: str
) -> None:
    image = pixels(render(original, 200, image_format))
    assert image.get("exif-ifd0-Copyright").startswith(copyright_)
    assert image.get("exif-ifd0-Artist").startswith("Jane ")
    assert not {"xmp-data", "iptc-data"} & set(image.get_fields())


@pytest.mark.parametrize(
    "metadata",
    [
        b"",
        b"\x00\xff" * 100,
        b'<!DOCTYPE x [<!ENTITY a "&a;&a;">]><dc:rights><rdf:Alt><rdf:li>&a;</rdf:li>',
        b"<dc:rights><rdf:Alt><rdf:li" + b" " * 60_000,
        b"\x1c\x02\x74",
        b"\x1c\x02\x74\xff\xff",
    ],
)
@pytest.mark.parametrize("field", ["xmp-data", "iptc-data"])
def test_no_metadata_is_too_odd(field: str, metadata: bytes) -> None:
    image = pictures.gradient().copy()
    image.set_type(pyvips.GValue.blob_type, field, metadata)
    told = credited(image)
    exif = [told.get(name) for name in told.get_fields() if name.startswith("exif-")]
    assert "&a;&a;" not in str(exif)


def test_without_credits_there_is_no_metadata_at_all() -> None:
    photo = pyvips.Image.new_from_buffer(pictures.photo("bg3.jpg"), "")
    assert "jpeg-thumbnail-data" in photo.get_fields()
    assert b"Exif" not in render(pictures.photo("bg3.jpg"), 200, "jpg").body


@pytest.mark.parametrize("image_format", ["avif", "webp"])
def test_transparency_is_kept(image_format: str) -> None:
    image = pixels(render(pictures.png(pictures.half_transparent()), 300, image_format))
    assert image.bands == 4
    assert image(20, 100)[3] < 10
    assert image(280, 100)[3] > 245


def test_transparency_becomes_white_where_the_format_has_none() -> None:
    image = pixels(render(pictures.png(pictures.half_transparent()), 300, "jpg", floor=90))
    assert image.bands == 3
    assert min(image(20, 100)) > 245


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize(
    "original",
    [
        pictures.cmyk_jpeg(),
        pictures.png((pictures.gradient().cast("ushort") * 257).copy(interpretation="rgb16")),
    ],
    ids=["CMYK", "16 bits"],
)
def test_every_colour_space_becomes_srgb(original: bytes, image_format: str) -> None:
    image = pixels(render(original, 300, image_format, floor=85))
    assert (image.bands, image.format) == (3, "uchar")
    red, green, blue = image(290, 10)
    assert red > 180
    assert max(green, blue) < 90


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_wide_gamut_profile_is_applied(image_format: str) -> None:
    muted = (pictures.gradient() * 0 + [200, 60, 60]).cast("uchar").copy(interpretation="srgb")
    p3 = pictures.jpeg(muted.icc_transform("p3", input_profile="srgb"), quality=100)
    assert "icc-profile-data" in pyvips.Image.new_from_buffer(p3, "").get_fields()
    assert p3 != pictures.jpeg(muted, quality=100)
    assert pixels(render(p3, 300, image_format, floor=90))(150, 100) == pytest.approx(
        [200, 60, 60], abs=6
    )


def test_grey_stays_grey() -> None:
    grey = pictures.jpeg(pictures.gradient().colourspace("b-w"))
    red, green, blue = pixels(render(grey, 300))(290, 10)
    assert red == pytest.approx(green, abs=3) == pytest.approx(blue, abs=3)


@pytest.mark.parametrize(
    "animation",
    [pictures.animation(), pictures.png_claiming(60, 40, animated=True)],
    ids=["WebP", "APNG"],
)
def test_an_animation_stays_as_it_is(animation: bytes) -> None:
    rendered = render(animation)
    assert rendered.body == animation
    assert (rendered.width, rendered.height) == (60, 40)


def test_the_same_original_gives_the_same_bytes() -> None:
    assert render(pictures.photo()).body == render(pictures.photo()).body


@pytest.mark.parametrize(
    ("height", "drawn"), [(480, True), (2_600, False)], ids=["as drawn", "too large for that"]
)
def test_a_tall_picture_is_held_to_its_floor_at_its_own_width(height: int, *, drawn: bool) -> None:
    whole = pyvips.Image.new_from_buffer(pictures.photo(), "")
    original = pictures.jpeg(whole.thumbnail_image(480, height=height, size="force"))
    target = imaging.Target(480, "avif", 75, drawn=imaging.Drawn(576, 40))
    made = imaging.render(original, target, pixel_limit=10**8, clock=lambda: 0)
    image = pyvips.Image.new_from_buffer(original, "").copy_memory()
    assert (Judge(image).score(pixels(made)) < 65) is drawn


def test_a_narrow_original_is_enlarged_as_many_times_as_its_rendition() -> None:
    pole = pictures.gradient(7, 4_000).pngsave_buffer()
    target = imaging.Target(480, "webp", 45, AT_LEISURE, imaging.Drawn(576, 45))
    made = imaging.render(pole, target, pixel_limit=10**8, clock=lambda: 0)
    assert (made.width, made.height) == (7, 4_000)
    assert not imaging.falls_short(made.body, target, pole)
