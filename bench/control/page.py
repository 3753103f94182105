"""The page model: when is the largest paint of a page of these bytes, on this link and processor?

The document is asked for first; its style sheet, scripts and photographs once it is there. What is
in flight shares the link by weight (the style sheet and the hero before the rest, as Chromium
asks). A paint needs document, style sheet and a layout; the largest paint the hero besides, and a
main thread that is not busy with the script. The few constants of the processor are fitted to real
runs of the demo shop: see `bench.control.fit`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.control.link import Link

_SEGMENT = 1_460  # bytes
_FIRST_WINDOW = 10 * _SEGMENT  # RFC 6928
_DOUBLINGS = 20  # as good as no window at all
_HEADERS = 300  # bytes of an answer that only says "not modified"
_SHAKES = 3  # round trips before the first request: DNS, TCP, TLS 1.3


@dataclass(frozen=True, slots=True)
class Item:
    """One file: `urgent` ones come first; `late` ones are asked for after the layout."""

    kind: str
    size_bytes: int
    urgent: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of one tier weighs; the document first, the hero among the rest."""

    name: str
    document_bytes: int
    hero: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """Milliseconds of work, already multiplied by how slow the processor is."""

    parse_ms: float
    layout_ms: float
    paint_ms: float


@dataclass(frozen=True, slots=True)
class Transport:
    """How bytes travel: `shakes` round trips to connect, `window` whether TCP starts slowly,
    `at_once` how many files; `weight` of what is urgent against the rest; `server_ms` to answer.
    """

    shakes: int = _SHAKES
    window: bool = True
    at_once: int = 100
    weight: float = 8
    server_ms: float = 13


@dataclass(frozen=True, slots=True)
class Loaded:
    """When things happened, ms after the navigation began; bytes that moved."""

    connect_ms: float
    ttfb_ms: float
    fcp_ms: float
    lcp_ms: float
    load_ms: float
    hero_start_ms: float
    hero_end_ms: float
    image_bytes: int
    script_bytes: int
    all_bytes: int
    requests: int


def load(
    page: Page,
    link: Link,
    device: Device,
    *,
    at_s: float,
    transport: Transport,
    cached: frozenset[str] = frozenset(),
) -> Loaded:
    """One view that begins at `at_s`; `cached` kinds are only revalidated."""
    rtt_s = link.rtt_s
    shakes_s = transport.shakes * rtt_s
    asked_s = at_s + shakes_s
    first_s = asked_s + rtt_s + transport.server_ms / 1_000
    document_bytes = _HEADERS if "document" in cached else page.document_bytes
    wire = _Wire(link, transport, first_s)
    document_s = wire.run([(first_s, document_bytes, 1.0, True)])[0]
    parsed_s = document_s + device.parse_ms / 1_000
    found_s = parsed_s + rtt_s + transport.server_ms / 1_000
    sizes = [_HEADERS if each.kind in cached else each.size_bytes for each in page.items]
    flows = [
        (
            found_s + (device.layout_ms / 1_000 if each.late else 0),
            size,
            transport.weight if each.urgent else 1.0,
            each.urgent,
        )
        for each, size in zip(page.items, sizes, strict=True)
    ]
    ends = wire.run(flows)
    styled_s = max(
        (end for end, each in zip(ends, page.items, strict=True) if each.kind == "style"),
        default=document_s,
    )
    fcp_s = styled_s + device.layout_ms / 1_000
    hero_s = ends[page.hero] if page.hero >= 0 else fcp_s
    lcp_s = max(hero_s, fcp_s) + device.paint_ms / 1_000
    images = sum(size for size, each in zip(sizes, page.items, strict=True) if each.kind == "image")
    scripts = sum(
        size for size, each in zip(sizes, page.items, strict=True) if each.kind == "script"
    )
    return Loaded(
        connect_ms=shakes_s * 1_000,
        ttfb_ms=(first_s - at_s) * 1_000,
        fcp_ms=(fcp_s - at_s) * 1_000,
        lcp_ms=(lcp_s - at_s) * 1_000,
        load_ms=(max(ends) - at_s) * 1_000,
        hero_start_ms=(parsed_s - at_s) * 1_000,
        hero_end_ms=(hero_s - at_s) * 1_000,
        image_bytes=images,
        script_bytes=scripts,
        all_bytes=document_bytes + sum(sizes),
        requests=1 + len(sizes),
    )


class _Wire:
    """One connection's worth of link: weighted sharing, and TCP's slow start per view."""

    def __init__(self, link: Link, transport: Transport, first_s: float) -> None:
        self._link = link
        self._transport = transport
        self._first_s = first_s

    def run(self, flows: Sequence[tuple[float, float, float, bool]]) -> list[float]:
        """When each of (from s, bytes, weight) is through; the first asked are the first served."""
        ends = [0.0] * len(flows)
        waiting = sorted(range(len(flows)), key=lambda i: (flows[i][0], not flows[i][3], i))
        waiting.reverse()
        active: list[tuple[float, int]] = []  # (service per weight at which it ends, flow)
        weights = 0.0
        served = 0.0  # bytes per unit of weight so far
        now = flows[waiting[-1]][0]
        while active or waiting:
            while (
                waiting and flows[waiting[-1]][0] <= now and len(active) < self._transport.at_once
            ):
                flow = waiting.pop()
                _, size, weight, _ = flows[flow]
                heapq.heappush(active, (served + size / weight, flow))
                weights += weight
            if not active:
                now = flows[waiting[-1]][0]
                continue
            until = self._after(now, (active[0][0] - served) * weights)
            if waiting and len(active) < self._transport.at_once and flows[waiting[-1]][0] < until:
                later = flows[waiting[-1]][0]
                served += self._between(now, later) / weights
                now = later
                continue
            served, flow = heapq.heappop(active)
            weights -= flows[flow][2]
            now = ends[flow] = until
        return ends

    def _after(self, now: float, size: float) -> float:
        """When `size` bytes from `now` on are through."""
        rtt_s = self._link.rtt_s
        while self._transport.window and rtt_s:
            turn = int((now - self._first_s) / rtt_s + 1e-9)
            window = _FIRST_WINDOW * float(1 << min(turn, _DOUBLINGS))
            end = self._first_s + (turn + 1) * rtt_s
            could = self._link.delivered(end) - self._link.delivered(now)
            may = window * (end - now) / rtt_s
            if could <= may:
                break
            if size <= may:
                return now + (end - now) * size / may
            size -= may
            now = end
        return self._link.when(self._link.delivered(now) + size)

    def _between(self, now: float, later: float) -> float:
        """Bytes that are through between the two."""
        could = self._link.delivered(later) - self._link.delivered(now)
        if not self._transport.window or not self._link.rtt_s:
            return could
        low, high = 0.0, could
        if self._after(now, high) <= later:
            return could
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if self._after(now, middle) <= later else (low, middle)
        return low
