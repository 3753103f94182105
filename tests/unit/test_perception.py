"""Our SSIMULACRA2 against the reference's."""

from pathlib import Path

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed
from ssimulacra2 import compute_ssimulacra2  # type: ignore[import-untyped]

from adaptive.delivery.encoding import encode, read_back
from adaptive.delivery.perception import AsDrawn, Judge
from tests import pictures
from tests.unit.test_quality import photo


@pytest.mark.parametrize(
    ("name", "image_format", "quality"),
    [("bg7.jpg", "avif", 40), ("profile_city.jpg", "webp", 60), ("bg3.jpg", "jpg", 80)],
)
def test_it_is_within_a_point_of_the_reference(
    name: str, image_format: str, quality: int, tmp_path: Path
) -> None:
    image = photo(name)
    shown = read_back(encode(image, image_format, quality))
    paths = [str(tmp_path / "original.png"), str(tmp_path / "shown.png")]
    for path, each in zip(paths, (image, shown), strict=True):
        each.write_to_file(path)
    assert Judge(image).score(shown) == pytest.approx(compute_ssimulacra2(*paths), abs=1)


def test_what_is_enlarged_looks_worse_and_is_compared_at_that_width() -> None:
    reference, small = photo(width=720), photo(width=600)
    judge = AsDrawn(reference, 720)
    assert judge.score(reference) == pytest.approx(100, abs=0.1)
    assert judge.score(photo(width=360)) < judge.score(small) < 97
    worse = read_back(encode(small, "avif", 40))
    assert judge.score(worse) < Judge(small).score(worse)


@pytest.mark.parametrize(
    "image",
    [pictures.gradient(1, 1), pictures.gradient(7, 4_000), pictures.half_transparent()],
    ids=["one pixel", "a pole", "transparent"],
)
def test_whatever_its_shape_a_picture_drawn_is_like_itself(image: pyvips.Image) -> None:
    assert AsDrawn(image, image.width).score(image) == pytest.approx(100, abs=0.1)
