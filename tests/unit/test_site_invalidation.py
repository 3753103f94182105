import pytest

from local.adaptive_site.failure import SiteError
from local.adaptive_site.invalidation import paths_of

IMAGES = ("/img/",)


@pytest.mark.parametrize("path", ["", "img/a.jpg", "https://shop.example/a"])
def test_what_is_no_path_is_refused_with_the_cure(path: str) -> None:
    with pytest.raises(SiteError, match='it must start with "/"'):
        paths_of([path], IMAGES)


def test_an_image_goes_with_its_renditions_and_the_front_page_with_its_folder() -> None:
    changed = ["/img/a.jpg", "/js/a.js", "/index.html", "/img/b*"]
    assert paths_of(changed, IMAGES) == ("/", "/img/a.jpg*", "/img/b*", "/index.html", "/js/a.js")


def test_what_is_not_ascii_is_escaped() -> None:
    assert paths_of(["/ä b.js"], IMAGES) == ("/%C3%A4%20b.js",)


def test_many_images_are_one_wildcard() -> None:
    changed = ["/js/a.js", *(f"/img/{n}.jpg" for n in range(16))]
    assert paths_of(changed, IMAGES) == ("/img/*", "/js/a.js")


def test_what_is_more_than_cloudfront_takes_is_everything() -> None:
    assert paths_of([f"/{n}" for n in range(3001)], IMAGES) == ("/*",)
    assert paths_of([f"/{n}/*" for n in range(16)], IMAGES) == ("/*",)
    assert len(paths_of([f"/{n}" for n in range(3000)], IMAGES)) == 3000
