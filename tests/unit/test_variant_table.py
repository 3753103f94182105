"""Every row of the table, and the docs that show it."""

import json
from pathlib import Path
from typing import Any

import pytest

from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import CONTROL, Tier, dump, of
from adaptive.edge.table import TABLE
from adaptive.edge.variant import explain
from tests.samples import POLICY, edge_event

DOCS = Path(__file__).parents[2] / "docs" / "variants.md"
NAMES = [row.name for _, _, rows in TABLE for row in rows]


def explained(
    uri: str = "/img/hero.jpg", *, method: str = "GET", query: str = "", **headers: str
) -> tuple[list[str], str]:
    request: dict[str, Any] = edge_event(uri, method=method, **headers)["Records"][0]["cf"][
        "request"
    ]
    explanation = explain({**request, "querystring": query}, POLICY)
    return explanation.rows, explanation.uri


# For each row a request that it answers, and what comes of it.
SHOWN: dict[str, tuple[dict[str, str], str]] = {
    "method": ({"method": "POST"}, "/img/hero.jpg"),
    "path": ({"uri": "/img/hero.svg"}, "/img/hero.svg"),
    "page-says": (
        {"uri": "/js/shop.js", "query": "tier=lite", "cookie": "ae_page=full; ae_tier=control"},
        "/js/shop.lite.js",
    ),
    "page-cookie": (
        {"uri": "/js/shop.js", "cookie": "ae_tier=control; ae_page=lite"},
        "/js/shop.lite.js",
    ),
    "control": ({"cookie": f"ae_tier={CONTROL}"}, "/img/hero.jpg"),
    "tier-cookie": ({"cookie": "ae_tier=standard", "ect": "2g"}, "1280w.standard.jpg"),
    "ect": ({"sec_ch_ect": "3g"}, "960w.lite.jpg"),
    "rtt": ({"rtt": "1400"}, "960w.minimal.jpg"),
    "downlink": ({"downlink": "0.6"}, "960w.lite.jpg"),
    "device-memory": ({"device_memory": "1"}, "960w.lite.jpg"),
    "default": ({}, "1920w.full.jpg"),
    "save-data": ({"save_data": "on"}, "960w.lite.jpg"),
    "recipe": ({"cookie": "ae_tier=lite; ae_recipe=thrifty"}, "640w.thrifty.jpg"),
    "twin": ({"uri": "/js/shop.js", "ect": "3g"}, "/js/shop.lite.js"),
    "w": ({"query": "a=b&w=500", "width": "1200"}, "640w.full.jpg"),
    "width": ({"width": "600", "viewport_width": "300", "dpr": "1"}, "640w.full.jpg"),
    "viewport": ({"sec_ch_viewport_width": "300", "dpr": "3"}, "960w.full.jpg"),
    "phone": ({"sec_ch_ua_mobile": "?1"}, "1280w.full.jpg"),
    "desktop": ({"sec_ch_ua_mobile": "?0"}, "1920w.full.jpg"),
    "original": ({"uri": "/img/narrow.jpg"}, "/img/narrow.jpg/640w.full.jpg"),
    "avif": ({"accept": "image/webp,image/avif"}, "1920w.full.avif"),
    "webp": ({"accept": "image/webp"}, "1920w.full.webp"),
    "jpeg": ({"accept": "image/*"}, "1920w.full.jpg"),
    "alpha": ({"uri": "/img/logo.png"}, "/img/logo.png"),
}


def test_every_row_is_shown_here_under_a_name_of_its_own() -> None:
    assert list(SHOWN) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_row_decides_and_is_named(name: str) -> None:
    request, expected = SHOWN[name]
    rows, uri = explained(**request)
    assert name in rows
    assert uri.endswith(expected)


@pytest.mark.parametrize(
    ("wanted", "tier", "expected"),
    [
        ("800", "minimal", 640),
        ("801", "minimal", 960),
        ("9999", "minimal", 960),
        ("641", "lite", 960),
    ],
)
def test_a_width_may_be_enlarged_as_far_as_its_tier_allows(
    wanted: str, tier: str, expected: int
) -> None:
    policy = of({**json.loads(dump(POLICY)), "upscale": {"minimal": 1.25}})
    request = edge_event(cookie=f"ae_tier={tier}", width=wanted)["Records"][0]["cf"]["request"]
    path = explain(request, policy).uri
    assert path == f"/img/hero.jpg/{expected}w.{tier}.jpg"
    assert Rendition.parse(path, policy).width == expected


def test_who_says_nothing_gets_what_the_site_takes_its_class_for() -> None:
    request = edge_event()["Records"][0]["cf"]["request"]
    narrow = of({**json.loads(dump(POLICY)), "phone_width": 600, "desktop_width": 900})
    phone = edge_event(sec_ch_ua_mobile="?1")["Records"][0]["cf"]["request"]
    assert explain(request, narrow).uri == "/img/hero.jpg/960w.full.jpg"
    assert explain(phone, narrow).uri == "/img/hero.jpg/640w.full.jpg"


def test_a_decision_is_explained_in_the_order_of_the_table() -> None:
    rows, uri = explained(
        "/img/narrow.jpg",
        rtt="300",
        downlink="0.6",
        save_data="on",
        query="w=640",
        accept="image/avif",
    )
    assert rows == ["rtt", "downlink", "save-data", "w", "original", "avif"]
    assert uri == "/img/narrow.jpg/640w.lite.avif"


@pytest.mark.parametrize(
    ("hints", "tier"),
    [
        ({"ect": "4g", "rtt": "50", "downlink": "10", "device_memory": "8"}, Tier.FULL),
        ({"ect": "3g", "device_memory": "0.5"}, Tier.MINIMAL),
        ({"sec_ch_ect": "2g", "downlink": "1.9"}, Tier.MINIMAL),
        ({"rtt": "269.9"}, Tier.FULL),
        ({"rtt": "270"}, Tier.LITE),
        ({"sec_ch_rtt": "2000"}, Tier.MINIMAL),
        ({"downlink": "0.05"}, Tier.MINIMAL),
        ({"downlink": "0.07"}, Tier.LITE),
        ({"downlink": "0.69"}, Tier.LITE),
        ({"sec_ch_downlink": "0.7"}, Tier.FULL),
        ({"downlink": "0"}, Tier.FULL),
        ({"device_memory": "2"}, Tier.STANDARD),
        ({"sec_ch_device_memory": "4"}, Tier.FULL),
        ({"rtt": "NaN", "downlink": "-1", "device_memory": "1e309", "ect": "3G"}, Tier.FULL),
        ({"rtt": "9" * 10_000, "downlink": "0.1, 0.1", "device_memory": "½"}, Tier.FULL),
    ],
)
def test_of_what_an_unmeasured_visitor_says_the_poorest_counts(
    hints: dict[str, str], tier: Tier
) -> None:
    rows, uri = explained(**hints)
    assert f".{tier}." in uri
    assert ("default" in rows) == (tier is Tier.FULL)


def test_the_docs_show_the_table_as_it_is() -> None:
    lines = ["| question | row | when | then |", "| --- | --- | --- | --- |"]
    for question, rule, rows in TABLE:
        asked = f"**{question}** {rule}"
        for row in rows:
            lines.append(f"| {asked} | `{row.name}` | {row.when} | {row.then} |")
            asked = ""
    shown = [line for line in DOCS.read_text().splitlines() if line.startswith("| ")]
    assert shown[: len(lines)] == lines
