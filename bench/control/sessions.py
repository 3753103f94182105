"""Visitors on a link: when they begin their views, what each is like at a tier, and its beacon."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adaptive.delivery.beacon import Beacon
from adaptive.edge.policy import Tier
from bench.control import shop
from bench.control.page import Transport, load

if TYPE_CHECKING:
    import random

    from bench.control.link import Link
    from bench.control.page import Loaded

MOST_VIEWS = 20
_READING_S = 15.0  # median of a view; log-normal, like dwell times on the web
_READING_SPREAD = 0.8
_SHORTEST_S = 4.0
_KEPT_ALIVE_S = 60.0
_INTERACTS = 0.7  # share of views in which somebody taps
_INP_SPREAD = 0.25
_TO_OPEN = Transport()
_OPEN = replace(_TO_OPEN, shakes=0)

CODE = frozenset({"document", "style", "script"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a visitor does, whatever is served; `patience` is the luck of its INP, `taps` whether
    anybody taps, so that the beacon has one.
    """

    begins_s: float
    template: int
    connected: bool
    patience: float
    task: float
    taps: bool


@dataclass(frozen=True, slots=True)
class View:
    """What happened; `inp_ms` is what a tap waits, or would have waited."""

    tier: Tier
    loaded: Loaded
    inp_ms: float
    task_ms: float


@dataclass(slots=True)
class Session:
    """One visitor on one link, with a processor so many times slower than a desktop's."""

    link: Link
    slowdown: int
    plans: tuple[Plan, ...]
    _seen: dict[tuple[int, Tier, bool], View] = field(default_factory=dict)

    def view(self, number: int, tier: Tier, before: Tier | None) -> View:
        """View `number` at a tier; the tier before decides what of the code is cached."""
        code_cached = before is not None and shop.bundle(before) == shop.bundle(tier)
        key = (number, tier, code_cached)
        if key not in self._seen:
            self._seen[key] = self._load(self.plans[number], tier, code_cached=code_cached)
        return self._seen[key]

    def _load(self, plan: Plan, tier: Tier, *, code_cached: bool) -> View:
        cached = CODE if code_cached else frozenset[str]()
        loaded = load(
            shop.pages(tier)[plan.template],
            self.link,
            shop.device(self.slowdown),
            at_s=plan.begins_s,
            transport=_OPEN if plan.connected else _TO_OPEN,
            cached=cached,
        )
        typical_ms = shop.inp_ms(tier, self.slowdown)
        return View(
            tier, loaded, typical_ms * plan.patience, typical_ms * plan.task * shop.LONG_TASK
        )


def plan(chance: random.Random, link: Link, slowdown: int) -> Session:
    """A visit of 1 to 20 views that begins anywhere in the trace."""
    at_s = chance.uniform(0, link.times[-1])
    plans: list[Plan] = []
    gap_s = math.inf
    for _ in range(chance.randint(1, MOST_VIEWS)):
        patience = chance.lognormvariate(0, _INP_SPREAD)
        taps = chance.random() < _INTERACTS
        template = chance.randrange(len(shop.pages(Tier.FULL))) if plans else 0
        plans.append(
            Plan(
                at_s, template, gap_s < _KEPT_ALIVE_S, patience, chance.lognormvariate(0, 0.5), taps
            )
        )
        gap_s = _SHORTEST_S + chance.lognormvariate(math.log(_READING_S), _READING_SPREAD)
        at_s += gap_s
    return Session(link, slowdown, tuple(plans))


def beacon(number: int, view: View, plan: Plan) -> Beacon:
    """The last report of a view, as the agent would send it."""
    seen = view.loaded
    return Beacon.model_validate(
        {
            "view_id": f"view-{number:04}",
            "sequence": 1,
            "final": True,
            "page": "/",
            "navigation": "navigate",
            "tier": str(view.tier),
            "vitals": {
                "lcp_ms": min(seen.lcp_ms, 600_000),
                "fcp_ms": min(seen.fcp_ms, 600_000),
                "ttfb_ms": min(seen.ttfb_ms, 600_000),
                "cls": 0.01,
                **({"inp_ms": view.inp_ms} if plan.taps else {}),
            },
            "lcp": {
                "ttfb_ms": min(seen.ttfb_ms, 600_000),
                "load_delay_ms": min(seen.hero_start_ms - seen.ttfb_ms, 600_000),
                "load_duration_ms": min(seen.hero_end_ms - seen.hero_start_ms, 600_000),
                "render_delay_ms": min(max(seen.lcp_ms - seen.hero_end_ms, 0), 600_000),
            },
            "timing": {
                "dns_ms": seen.connect_ms / 3,
                "tcp_ms": seen.connect_ms / 3,
                "tls_ms": seen.connect_ms / 3,
                "load_ms": min(seen.load_ms, 600_000),
            },
            "transfer": {
                "requests": seen.requests,
                "bytes": seen.all_bytes,
                "image_bytes": seen.image_bytes,
                "script_bytes": seen.script_bytes,
            },
            "main_thread": {"long_tasks": 3, "long_task_ms": 3 * view.task_ms},
            "clock": {"started_at_ms": round(plan.begins_s * 1_000), "sent_after_ms": 10_000},
        }
    )
