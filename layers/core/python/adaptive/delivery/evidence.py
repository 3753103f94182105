"""What one page view tells about the next, at whichever tier.

An LCP is `fixed_ms`, which no tier changes, and `moved_ms`, in which bytes moved: at another tier
that part is longer or shorter as there are more or fewer bytes. INP goes with the script likewise.
Opening the connection counts for neither: the next view finds it open.
"""

from collections.abc import Sequence
from dataclasses import replace

from adaptive.delivery.beacon import Beacon, Vitals
from adaptive.delivery.behaviour import MainThread
from adaptive.delivery.connection import connection_of
from adaptive.delivery.session import AtFull, Prior, View
from adaptive.edge.policy import CONTROL, Tier
from adaptive.settings.rules import Connection, ScoreRules

HALF_LIFE_VIEWS = 2.0
HALF_LIFE_MINUTES = 10.0

_LOADS = {"navigate", "reload", "back-forward"}
"""Navigations that load over the network; the others (bfcache, prerender, soft) tell nothing about
it."""

_HALF_LIFE_MS = HALF_LIFE_MINUTES * 60_000

USUAL = Prior(fixed_ms=700, moved_ms=700, inp_ms=80)
"""A view like most on the web: 64 million loads in mPulse, 2026-08, have an LCP p75 of 2.1 s."""

_SLOW_MOVED_MS = {"slow-2g": 16_000.0, "2g": 12_000.0, "3g": 3_000.0}
_SMALL_MEMORY_GIB = 2
_SLOW_INP_MS = 200.0
_SAVING = 2.0  # times the moved part of who asks for fewer bytes: chosen, not measured
_MOST_MS = 600_000.0
_TASK_OVER_INP = 1.6  # median of 96 views of the demo shop: bench/control/measured.csv


def of(beacon: Beacon) -> View | None:
    """What a report tells, None if nothing loaded in sight."""
    if beacon.hidden or beacon.navigation not in _LOADS:
        return None
    fixed_ms, moved_ms = _split(beacon)
    inp_ms = beacon.vitals.inp_ms
    adapted = None if beacon.tier == CONTROL else beacon.tier
    return View(
        view_id=beacon.view_id,
        sequence=beacon.sequence,
        tier=Tier(adapted) if adapted else Tier.FULL,
        recipe=beacon.recipe if adapted else None,
        vitals=beacon.vitals,
        fixed_ms=fixed_ms,
        moved_ms=moved_ms,
        inp_ms=_inp_guess_ms(beacon.main_thread) if inp_ms is None else inp_ms,
        inp_guessed=inp_ms is None,
        started_at_ms=beacon.clock.started_at_ms if beacon.clock else None,
    )


def merged(known: View, newer: View) -> View:
    """A later report of a view supersedes, and keeps what it does not repeat."""
    split_by = known if newer.fixed_ms is None else newer
    measured = not newer.inp_guessed or (newer.inp_ms is not None and known.inp_guessed)
    inp_by = newer if measured else known
    started_at_ms = newer.started_at_ms
    return View(
        newer.view_id,
        newer.sequence,
        known.tier,
        _merged(known.vitals, newer.vitals),
        split_by.fixed_ms,
        split_by.moved_ms,
        inp_by.inp_ms,
        inp_by.inp_guessed,
        known.started_at_ms if started_at_ms is None else started_at_ms,
        known.recipe,
    )


def _merged(known: Vitals, newer: Vitals) -> Vitals:
    lacking = {
        name: value for name, value in known if value is not None and getattr(newer, name) is None
    }
    return newer.model_copy(update=lacking) if lacking else newer


def prior(beacon: Beacon, measured: Prior | None = None) -> Prior:
    """What stands for a view before the first: what was measured of such visitors, else what is
    usual; slower by what the browser says of itself. That it is on 3g is known already of visitors
    with such a connection.
    """
    found = measured or USUAL
    network, device = beacon.network, beacon.device
    if network:
        moved_ms = found.moved_ms
        if network.ect in _SLOW_MOVED_MS and not found.of.endswith(",slow"):
            moved_ms = max(moved_ms, _SLOW_MOVED_MS[network.ect])
        if network.save_data:
            moved_ms = min(moved_ms * _SAVING, _MOST_MS)
        if moved_ms != found.moved_ms:
            found = replace(found, moved_ms=moved_ms)
    if device and device.memory_gib and device.memory_gib <= _SMALL_MEMORY_GIB:
        found = replace(found, inp_ms=max(found.inp_ms, _SLOW_INP_MS))
    return found


def at_full(beacon: Beacon, rules: ScoreRules) -> AtFull | None:
    """What a report counts as among all visitors' views; INP only once it is measured for good."""
    view = of(beacon)
    if view is None:
        return None
    lcp_ms = moved_ms = inp_ms = None
    served = rules.as_served(view.tier, view.recipe)
    if view.fixed_ms is not None and view.moved_ms is not None:
        moved_ms = min(view.moved_ms / served.images, _MOST_MS)
        lcp_ms = min(view.fixed_ms + moved_ms, _MOST_MS)
    if view.inp_ms is not None and beacon.final and not view.inp_guessed:
        inp_ms = min(view.inp_ms / served.scripts, _MOST_MS)
    if lcp_ms is None and inp_ms is None:
        return None
    return AtFull(lcp_ms=lcp_ms, moved_ms=moved_ms, inp_ms=inp_ms)


def connection(beacon: Beacon) -> Connection | None:
    """The class of the visitor's connection, None if the report does not tell."""
    network, timing = beacon.network, beacon.timing
    return connection_of(
        ect=network.ect if network else None,
        rtt_ms=network.rtt_ms if network else None,
        tcp_ms=timing.tcp_ms if timing else None,
    )


def weights(views: Sequence[View]) -> list[float]:
    """How much each view counts by its age in views and minutes; the newest counts 1."""
    newest_ms = views[-1].started_at_ms if views else None
    found = []
    age = len(views)
    for view in views:
        age -= 1
        halvings = age / HALF_LIFE_VIEWS
        began_ms = view.started_at_ms
        if newest_ms is not None and began_ms is not None and began_ms < newest_ms:
            halvings += (newest_ms - began_ms) / _HALF_LIFE_MS
        found.append(0.5**halvings)
    return found


def lcp_at(view: View, tier: Tier, rules: ScoreRules) -> float | None:
    """The view's LCP in ms as it would have been at `tier`'s own, on an open connection."""
    if view.fixed_ms is None or view.moved_ms is None:
        return None
    served = rules.as_served(view.tier, view.recipe)
    return view.fixed_ms + view.moved_ms * rules.image_weight[tier] / served.images


def inp_at(view: View, tier: Tier, rules: ScoreRules) -> float | None:
    """The view's INP in ms as it would have been at `tier`'s own."""
    if view.inp_ms is None:
        return None
    return view.inp_ms * rules.script_weight[tier] / rules.as_served(view.tier, view.recipe).scripts


def _split(beacon: Beacon) -> tuple[float | None, float | None]:
    """The fixed and the moved part of LCP, ms; without sub-parts all after the first byte moved."""
    lcp_ms = beacon.vitals.lcp_ms
    if lcp_ms is None:
        return None, None
    ttfb_ms = min(beacon.vitals.ttfb_ms or 0, lcp_ms)
    connect_ms = 0.0
    if timing := beacon.timing:
        connect_ms = (timing.dns_ms or 0) + (timing.tcp_ms or 0) + (timing.tls_ms or 0)
        connect_ms = min(connect_ms, ttfb_ms)
    moved_ms = lcp_ms - ttfb_ms
    if beacon.lcp and beacon.lcp.load_duration_ms is not None:
        answer_ms = ttfb_ms - connect_ms
        moved_ms = min(max(beacon.lcp.load_duration_ms - answer_ms, 0), moved_ms)
    return lcp_ms - connect_ms - moved_ms, moved_ms


def _inp_guess_ms(main_thread: MainThread | None) -> float | None:
    """What a tap would have waited, from the mean long task."""
    if main_thread is None or main_thread.long_tasks is None:
        return None
    return (main_thread.long_task_ms or 0) / max(main_thread.long_tasks, 1) / _TASK_OVER_INP
