"""What happens on links that do not vary, and when they change for good: settling and recovery."""

from __future__ import annotations

import random
import timeit
from dataclasses import replace
from itertools import product

from adaptive.delivery import score, tier
from adaptive.delivery.session import Prior, SessionState
from adaptive.edge.policy import Tier
from bench.control import judge
from bench.control.link import Link
from bench.control.policies import SITE, Ours
from bench.control.sessions import Session, beacon, plan

_MBPS = (0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 8, 20)
_RTTS_S = (0.03, 0.1, 0.3)
_SLOWDOWNS = (1, 4, 6)
_VIEWS = 20
_SETTLED_AFTER = 3
_GOOD, _BAD = 20.0, 0.4  # Mbit/s
_HALF = 8
_OTHERS = Prior(fixed_ms=700, moved_ms=800, inp_ms=150, lcp_spread=0.6, of="DE,phone,fast")


def figures() -> dict[str, float]:
    """Shares of sessions, page views, and microseconds on this machine."""
    sessions = [
        _session(Link.steady(mbps, rtt_s=rtt_s), slowdown)
        for mbps, rtt_s, slowdown in product(_MBPS, _RTTS_S, _SLOWDOWNS)
    ]
    settled = [_is_settled(session) for session in sessions]
    return {
        "steady_settled_share": sum(settled) / len(settled),
        "views_to_drop": _views_until(_GOOD, _BAD, Tier.FULL, left=True),
        "views_to_climb_back": _views_until(_BAD, _GOOD, Tier.FULL, left=False),
        "update_and_choose_us": _cost_us(),
    }


def _session(link: Link, slowdown: int) -> Session:
    """A visit of many views of one page, in which every tap is alike."""
    chance = random.Random(0)  # noqa: S311 - a simulation
    visit = plan(chance, link, slowdown)
    first = replace(visit.plans[0], patience=1, task=1, taps=True, template=0)
    plans = [replace(first, begins_s=20.0 * n, connected=n > 0) for n in range(_VIEWS)]
    return Session(link, slowdown, tuple(plans))


def _is_settled(session: Session) -> bool:
    views = judge.play(session, Ours(SITE.rules), 1)
    return len({view.tier for view in views[_SETTLED_AFTER:]}) == 1


def _views_until(first: float, then: float, goal: Tier, *, left: bool) -> int:
    """Views of the second link before one is served `goal`, or another if `left`."""
    policy = Ours(SITE.rules)
    for mbps in (first, then):
        session = _session(Link.steady(mbps, rtt_s=0.05), 1)
        before: Tier | None = None
        for number in range(_HALF if mbps == first else _VIEWS):
            served = policy.state.tier or SITE.delivery.default_tier
            if mbps == then and (served == goal) is not left:
                return number
            view = session.view(number, served, before)
            at = number if mbps == first else number + _HALF
            policy.after(beacon(at, view, session.plans[number]))
            before = served
    return _VIEWS


def _cost_us() -> float:
    """The least of many short runs: this machine has other work."""
    rules = SITE.rules
    policy = Ours(rules, lambda _: _OTHERS)
    session = _session(Link.steady(1.4, rtt_s=0.1), 4)
    state, report = SessionState(), None
    for number, each in enumerate(session.plans):
        served = policy.state.tier or SITE.delivery.default_tier
        report = beacon(number, session.view(number, served, served), each)
        state = policy.state
        policy.after(report)
    assert report is not None  # noqa: S101 - a session has views
    runs, rounds = 100, 200
    update = min(timeit.repeat(lambda: score.update(state, report), number=runs, repeat=rounds))
    after = policy.state
    choose = min(timeit.repeat(lambda: tier.choose(after, rules), number=runs, repeat=rounds))
    return (update + choose) / runs * 1e6
