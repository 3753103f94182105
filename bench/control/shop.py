"""The demo shop as measured on a phone: bytes per page and tier, milliseconds per bundle."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from adaptive.edge.policy import Tier
from bench.control.page import Device, Item, Page

PAGES_FILE = Path(__file__).with_name("pages.json")
MEASURED_FILE = Path(__file__).with_name("measured.csv")

PARSE_MS, LAYOUT_MS, PAINT_MS = 56.0, 30.0, 18.0
"""Fitted by `bench.control.fit` to measured.csv, on a processor without slowdown."""

INP_MS = {"full": 80.0, "lite": 16.0}
"""Measured alike, per unit of slowdown: the median of the least of three runs, at 4x and 6x."""

LONG_TASK = 1.6
"""The mean long task over INP, measured alike."""


def bundle(tier: Tier) -> str:
    """Which of the shop's two scripts a tier runs."""
    return "lite" if tier in {Tier.LITE, Tier.MINIMAL} else "full"


@cache
def pages(tier: Tier) -> tuple[Page, ...]:
    """The shop's pages at a tier."""
    raw: dict[str, dict[str, Any]] = json.loads(PAGES_FILE.read_text(encoding="utf-8"))
    return tuple(_page(name, by_tier[tier]) for name, by_tier in sorted(raw.items()))


def device(slowdown: float) -> Device:
    """How long a processor so many times slower than the measured one works on a page."""
    return Device(PARSE_MS * slowdown, LAYOUT_MS * slowdown, PAINT_MS * slowdown)


def inp_ms(tier: Tier, slowdown: float) -> float:
    """What a tap typically waits."""
    return INP_MS[bundle(tier)] * slowdown


def _page(name: str, raw: dict[str, Any]) -> Page:
    items = tuple(Item(*each) for each in raw["items"])
    return Page(name, raw["document_bytes"], raw["hero"], items)
