import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from adaptive.delivery.tally import ORIGINAL, Tally, tally
from tests.samples import POLICY

LITE = "/img/hero.jpg/960w.lite.avif"


@dataclass
class Sizes:
    known: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def original_bytes(self, path: str) -> int | None:
        self.asked.append(path)
        return self.known.get(path)


def line(path: str = LITE, result: Any = "Hit", **changes: Any) -> str:
    fields: dict[str, Any] = {
        "date": "2026-11-22",
        "time": "12:00:00",
        "cs-method": "GET",
        "cs-uri-stem": path,
        "sc-status": "200",
        "sc-bytes": "1000",
        "x-edge-result-type": result,
    }
    return json.dumps(fields | changes)


def tallied(*lines: str, sizes: Sizes | None = None) -> Tally:
    return tally(lines, POLICY, sizes or Sizes())


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "#Version: 1.0",
        "[]",
        "7",
        "{}",
        line()[:-1],
        line(LITE, "Hit", **{"sc-status": "-"}),
        line(LITE, "Hit", **{"sc-bytes": None}),
        line(result=[]),
    ],
)
def test_a_line_that_nobody_can_read_is_counted_and_stops_nothing(broken: str) -> None:
    found = tallied(line(), broken, line())
    assert (found.tiers["lite"].total.requests, found.unread) == (2, 1)


@pytest.mark.parametrize("path", ["/rum", "/js/shop.js", "/", "img/hero.jpg", "/IMG/hero.jpg"])
def test_what_is_no_image_is_not_counted(path: str) -> None:
    found = tallied(line(path))
    assert (found.tiers, found.unread) == ({}, 0)


@pytest.mark.parametrize(
    ("path", "image_format"),
    [
        ("/img/hero.jpg", "jpg"),
        ("/img/hero.JPEG", "jpg"),
        ("/img/logo.svg", "svg"),
        ("/img/hero.jpg/961w.lite.avif", "avif"),
        ("/img/hero.jpg/960w.vast.avif", "avif"),
        ("/img/", "other"),
        ("/img/a.%2e%0a", "other"),
        ("/img/" + "x" * 9_000, "other"),
    ],
)
def test_dimensions_are_words_of_closed_sets_whatever_the_path(
    path: str, image_format: str
) -> None:
    found = tallied(line(path))
    assert {tier: dict(each.requests_by_format) for tier, each in found.tiers.items()} == {
        ORIGINAL: {image_format: 1}
    }


def test_hits_and_requests_are_counted_by_tier_and_variants_by_format() -> None:
    webp = "/img/hero.jpg/640w.lite.webp"
    full = "/img/hero.jpg/1920w.full.avif"
    found = tallied(
        *(line(LITE, result) for result in ("Hit", "RefreshHit", "Miss", "Error", "LimitExceeded")),
        line(webp, "Hit"),
        line(full, "Miss"),
    )
    lite, rich = found.tiers["lite"], found.tiers["full"]
    assert (lite.total.requests, lite.total.hits) == (6, 3)
    assert lite.requests_by_format == {"avif": 5, "webp": 1}
    assert (rich.total.requests, rich.total.hits) == (1, 0)


def test_failures_are_what_was_answered_with_an_error() -> None:
    statuses = ("200", "206", "304", "000", "400", "404", "503")
    found = tallied(*(line(LITE, "Hit", **{"sc-status": status}) for status in statuses))
    assert found.tiers["lite"].total.failures == 3


def test_bytes_are_saved_against_the_original_where_all_of_the_image_was_sent() -> None:
    found = tallied(
        line(),
        line(),
        line(LITE, "Hit", **{"sc-status": "304", "sc-bytes": "300"}),
        line(LITE, "Hit", **{"cs-method": "HEAD", "sc-bytes": "300"}),
        line(LITE, "Hit", **{"sc-status": "206"}),
        sizes=Sizes({LITE: 50_000}),
    )
    lite = found.tiers["lite"]
    assert (lite.total.bytes_sent, lite.bytes_saved) == (2_000, 98_000)


def test_nothing_is_saved_where_the_original_was_sent_or_its_size_is_not_known() -> None:
    sizes = Sizes()
    found = tallied(line("/img/hero.jpg"), line(), sizes=sizes)
    assert [each.bytes_saved for each in found.tiers.values()] == [0, 0]
    assert sizes.asked == [LITE]


def test_only_the_most_requested_renditions_are_looked_up() -> None:
    many = [f"/img/{name}.jpg/960w.lite.avif" for name in ("a", "b", "c")]
    sizes = Sizes()
    lines = [line(path) for times, path in enumerate(many, start=1) for _ in range(times)]
    tally(lines, POLICY, sizes, look_ups=2)
    assert sizes.asked == [many[2], many[1]]


@pytest.mark.parametrize(
    ("path", "status", "fallbacks"),
    [(LITE, 307, 1), (LITE, 503, 1), (LITE, 200, 0), (LITE, 404, 0), ("/img/hero.jpg", 503, 0)],
)
def test_a_rendition_that_cannot_be_had_is_a_fallback(
    path: str, status: int, fallbacks: int
) -> None:
    [found] = tallied(line(path, **{"sc-status": str(status)})).tiers.values()
    assert found.total.fallbacks == fallbacks


def test_a_log_belongs_to_the_hour_of_its_newest_line() -> None:
    lines = [
        line(date="2026-11-02", time=time) for time in ("13:59:59", "14:00:01", "odd", "13:00:00")
    ]
    assert tallied(*lines).hour == "2026-11-02T14"
    assert tallied().hour == ""
