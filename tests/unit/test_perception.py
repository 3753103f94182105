"""Our SSIMULACRA2 against the reference's."""

from pathlib import Path

import pytest
from ssimulacra2 import compute_ssimulacra2  # type: ignore[import-untyped]

from adaptive.delivery.encoding import encode, read_back
from adaptive.delivery.perception import Judge
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
