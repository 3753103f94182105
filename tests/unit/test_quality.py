from collections.abc import Callable
from itertools import count

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.delivery import encoding, perception, quality
from adaptive.delivery.perception import Judge
from tests import pictures

FORMATS = ("avif", "webp", "jpg")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """As in `render`; with two AVIF comes out otherwise."""
    pyvips.concurrency_set(1)


def photo(name: str = "bg7.jpg", width: int = 640) -> pyvips.Image:
    whole = pyvips.Image.new_from_buffer(pictures.photo(name), "")
    return whole.thumbnail_image(width).copy_memory()


def stopped() -> float:
    return 0


def score(image: pyvips.Image, body: bytes) -> float:
    return Judge(image).score(encoding.read_back(body))


def shown(image: pyvips.Image, image_format: str, chosen: int) -> float:
    return score(image, encoding.encode(image, image_format, chosen))


def reached(image: pyvips.Image, image_format: str, floor: float) -> bytes:
    return quality.reach(image, image_format, floor, clock=stopped).body


def slow(each_s: float) -> Callable[[], float]:
    ticks = count(1)
    return lambda: next(ticks) * each_s


def test_a_picture_is_like_itself() -> None:
    assert Judge(photo()).score(photo()) == pytest.approx(100, abs=0.1)


def test_another_picture_is_not() -> None:
    assert Judge(photo()).score(photo("bg2.jpg").resize(1, vscale=428 / 331)) < 0


@pytest.mark.parametrize("image_format", FORMATS)
def test_more_quality_looks_better(image_format: str) -> None:
    scores = [shown(photo(), image_format, chosen) for chosen in (20, 40, 60, 80)]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    "image",
    [
        pictures.gradient(1, 1),
        pictures.gradient(7, 4_000),
        pictures.gradient(4_000, 9),
        pictures.gradient(200, 3_000),
        pictures.gradient().colourspace("b-w"),
        pictures.half_transparent(),
        pyvips.Image.black(300, 300).copy(interpretation="srgb"),
    ],
    ids=["one pixel", "a pole", "a rail", "a tower", "grey", "transparent", "one band"],
)
def test_no_shape_is_too_odd_to_be_judged(image: pyvips.Image) -> None:
    for image_format in FORMATS:
        assert reached(image, image_format, 70)


def test_what_no_quality_can_reach_ends_at_the_best() -> None:
    noise = pyvips.Image.gaussnoise(256, 256, mean=128, sigma=60, seed=1).cast("uchar")
    colours = noise.bandjoin([noise.rot90(), noise.rot180()]).copy(interpretation="srgb")
    best = encoding.encode(colours, "jpg", 95)
    assert reached(colours, "jpg", 99) == best


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("floor", [45, 57, 70, 80])
def test_the_floor_is_reached_and_hardly_passed(floor: float, image_format: str) -> None:
    image = photo()
    assert floor <= score(image, reached(image, image_format, floor)) < floor + 2.5


def test_dark_and_light_pictures_look_as_good_and_weigh_what_they_must() -> None:
    made = {
        name: reached(photo(name), "avif", 57)
        for name in ("bg2.jpg", "bg3.jpg", "bg7.jpg", "profile_city.jpg")
    }
    scores = [score(photo(name), body) for name, body in made.items()]
    assert max(scores) < min(scores) + 3
    sizes = [len(body) for body in made.values()]
    assert max(sizes) > 2 * min(sizes)


def test_when_time_is_up_the_first_trial_has_corrected_the_guess() -> None:
    image = photo("profile_city.jpg")
    hurried = quality.reach(image, "avif", 57, clock=slow(quality.WHILE_ASKED.seconds))
    assert score(image, hurried.body) == pytest.approx(57.5, abs=2)
    assert hurried.score is None


@pytest.mark.parametrize("image_format", FORMATS)
def test_what_is_said_to_be_reached_is_what_the_picture_scores(image_format: str) -> None:
    image = photo()
    for floor in (48, 70):
        found = quality.reach(image, image_format, floor, clock=stopped)
        assert found.score == pytest.approx(score(image, found.body), abs=0.01)


def test_of_a_picture_that_cannot_reach_its_floor_nothing_else_is_claimed() -> None:
    noise = pyvips.Image.gaussnoise(256, 256, mean=128, sigma=60, seed=1).cast("uchar")
    grey = noise.bandjoin([noise, noise]).copy(interpretation="srgb")
    found = quality.reach(grey, "webp", 99, clock=stopped)
    assert score(grey, found.body) < 99
    assert found.score == pytest.approx(score(grey, found.body), abs=0.01)


def test_a_large_picture_is_said_to_reach_what_its_part_does() -> None:
    image = photo(width=1280)
    found = quality.reach(image, "webp", 57, clock=stopped)
    assert found.score == pytest.approx(score(image, found.body), abs=4)


def test_a_large_picture_is_judged_by_a_part_of_it() -> None:
    part = perception.sample(photo(width=1920))
    assert (part.width, part.height) == (512, 512)
    whole = photo(width=960)
    assert perception.sample(whole) is whole


def test_the_part_speaks_for_the_whole() -> None:
    image = photo(width=1280)
    part = perception.sample(image)
    assert shown(part, "avif", 55) == pytest.approx(shown(image, "avif", 55), abs=4)


def test_our_own_avif_can_be_read_and_nobody_elses_afterwards() -> None:
    avif = encoding.encode(photo(), "avif", 50)
    assert encoding.read_back(avif).width == 640
    with pytest.raises(pyvips.Error, match="blocked"):
        pyvips.Image.heifload_buffer(avif)


def climbed(score_of: Callable[[int], float], *, target: float) -> int:
    """Where the search at leisure comes to rest if a picture scores so."""
    curve = ((30.0, 24.0), (45.0, 33.0), (57.0, 41.0))
    chosen, tried = 33, dict[int, float]()
    while chosen not in tried:
        tried[chosen] = score_of(chosen)
        chosen = quality._bounded(quality._next(tried, target, curve))  # noqa: SLF001
        if chosen in tried:
            chosen = quality._bounded(quality._beyond(tried, target, chosen))  # noqa: SLF001
    return min(each for each in tried if tried[each] >= target)


@pytest.mark.parametrize(
    "scores",
    [
        lambda at: at + 12.5,
        lambda at: at // 2 * 2 + 12.5,  # AVIF: two qualities, one picture
        lambda at: 50.5 if at > 28 else at + 14,
        lambda at: 12 if at < 60 else at,
        lambda at: at + 14 - 3 * (at % 3 == 0),  # not monotone
    ],
    ids=["a line", "pairs", "a plain", "a cliff", "a saw"],
)
def test_a_search_with_time_ends_next_to_what_is_too_little(
    scores: Callable[[int], float],
) -> None:
    found = climbed(scores, target=46)
    assert scores(found) >= 46
    assert min(scores(found - 1), scores(found - 2)) < 46
