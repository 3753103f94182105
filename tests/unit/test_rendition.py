import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Tier
from adaptive.errors import RenditionError
from tests.samples import POLICY

NAMES = st.from_regex(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,20}){1,4}\.(jpe?g|JPG)", fullmatch=True)
RENDITIONS = st.sampled_from(list(Tier)).flatmap(
    lambda tier: st.builds(
        Rendition,
        original=NAMES.map(lambda name: "/img" + name),
        width=st.sampled_from(POLICY.widths_of(tier)),
        tier=st.just(tier),
        format=st.sampled_from(POLICY.formats),
    )
)
PATH = "/img/hero.jpg/960w.lite.avif"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/img/hero.jpg",
        "img/hero.jpg/960w.lite.avif",
        "//img/hero.jpg/960w.lite.avif",
        "/img//hero.jpg/960w.lite.avif",
        "/img/hero.jpg//960w.lite.avif",
        "/img/../secret.jpg/960w.lite.avif",
        "/img/%2e%2e/secret.jpg/960w.lite.avif",
        "/img/..%2fsecret.jpg/960w.lite.avif",
        "/img/./hero.jpg/960w.lite.avif",
        "/img/.hidden.jpg/960w.lite.avif",
        "/img/her%6f.jpg/960w.lite.avif",
        "/img/hero.jpg/960w%2elite.avif",
        "/img\\hero.jpg/960w.lite.avif",
        "/img/hero.jpg\0/960w.lite.avif",
        "/img/hero.jpg/960w.lite.avif\n",
        "/img/hero.jpg/960w.lite.avif/",
        "/img/hero.jpg/960w.lite.avif?x=1",
        "/img/hero.jpg/960w.lite.avif#x",
        "/img/hérö.jpg/960w.lite.avif",
        "/js/hero.jpg/960w.lite.avif",
        "/secret.jpg/960w.lite.avif",
        "/img/hero.gif/960w.lite.avif",
        "/img/hero.svg/960w.lite.avif",
        "/img/hero/960w.lite.avif",
        "/img/hero.jpg/960w.control.avif",
        "/img/hero.jpg/960w.LITE.avif",
        "/img/hero.jpg/960w.huge.avif",
        "/img/hero.jpg/960w.lite.gif",
        "/img/hero.jpg/960w.lite.jpeg",
        "/img/hero.jpg/960w.lite.AVIF",
        "/img/hero.png/960w.lite.jpg",
        "/img/hero.jpg/961w.lite.avif",
        "/img/hero.jpg/0960w.lite.avif",
        "/img/hero.jpg/-960w.lite.avif",
        "/img/hero.jpg/0w.lite.avif",
        "/img/hero.jpg/w.lite.avif",
        "/img/hero.jpg/960.0w.lite.avif",
        "/img/hero.jpg/9e2w.lite.avif",
        "/img/hero.jpg/96\u0660w.lite.avif",  # a digit, but not one of ours
        f"/img/hero.jpg/{10**400}w.lite.avif",
        "/img/hero.jpg/1280w.lite.avif",
        "/img/hero.jpg/640w.lite.avif/960w.lite.avif",
        f"/img/{'x' * 1_000}.jpg/960w.lite.avif",
    ],
    ids=ascii,
)
def test_a_path_that_the_edge_never_asks_for_is_not_found(path: str) -> None:
    with pytest.raises(RenditionError) as refused:
        Rendition.parse(path, POLICY)
    assert refused.value.status == 404


@given(st.text(max_size=200) | st.text("/imghero.jp960wlitav%2", max_size=60).map("/img/".__add__))
def test_garbage_is_never_a_rendition(path: str) -> None:
    with pytest.raises(RenditionError):
        Rendition.parse(path, POLICY)


@given(RENDITIONS)
def test_a_path_that_is_written_is_read_back(rendition: Rendition) -> None:
    assert Rendition.parse(rendition.path, POLICY) == rendition


@given(RENDITIONS, st.integers(0, 200), st.characters())
def test_a_path_means_one_rendition_or_none(rendition: Rendition, at: int, char: str) -> None:
    path = rendition.path[:at] + char + rendition.path[at + 1 :]
    try:
        parsed = Rendition.parse(path, POLICY)
    except RenditionError:
        return
    assert parsed.path == path


def test_a_png_may_become_what_can_be_transparent() -> None:
    parsed = Rendition.parse("/img/a/logo.png/320w.full.webp", POLICY)
    assert parsed == Rendition("/img/a/logo.png", 320, Tier.FULL, "webp")
