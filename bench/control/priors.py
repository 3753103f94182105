"""What the rollups of a site would say of its visitors, from simulated sessions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from adaptive.delivery import evidence, prior
from adaptive.delivery.prior import NONE, Priors
from adaptive.monitoring import vital
from adaptive.monitoring.priors import measured
from adaptive.monitoring.rollup import Rollup
from bench.control import judge
from bench.control.policies import SITE, Ours
from bench.control.sessions import beacon

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.control.policies import Known
    from bench.control.sessions import Session


def learnt(sessions: Iterable[Session]) -> Priors:
    """As `merge_rollups` would measure it, from what these were served while it knew nothing."""
    sums: defaultdict[str, Rollup] = defaultdict(Rollup)
    for session in sessions:
        for number, view in enumerate(judge.play(session, Ours(SITE.rules), 1)):
            report = beacon(number, view, session.plans[number])
            told = evidence.at_full(report, SITE.rules)
            rollup = Rollup()
            for name in vital.AT_FULL:
                value = getattr(told, name.replace("_at_full", ""))
                if value is not None:
                    rollup.codes[vital.code_named(name, value)] += 1
            for cell in prior.names(NONE, _device(session), evidence.connection(report) or NONE):
                sums[cell].add(rollup)
    return Priors(through=0, cells=dict(measured(sums)))


def known(priors: Priors, session: Session) -> Known:
    """What is known of this visitor by his device and his first report's connection."""
    return lambda report: priors.of(
        country=None, device=_device(session), connection=evidence.connection(report)
    )


def _device(session: Session) -> str:
    return "desktop" if session.slowdown == 1 else "phone"
