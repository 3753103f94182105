"""What the cells say of an experiment, at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.delivery.trial import BASELINE, CANDIDATE
from adaptive.experiments import cells, guardrail, mismatch, sequential
from adaptive.experiments.effect import compare
from adaptive.experiments.holdout import share_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.rollout import Evidence, standing_share
from adaptive.experiments.tallies import ArmTally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.cells import Arms
    from adaptive.experiments.effect import Effect
    from adaptive.experiments.rollout import Standing
    from adaptive.ports import VersionedStore

ALPHA = 0.05
TUNED = sequential.tuned(ALPHA, 2_500)
"""Narrowest at 5,000 sessions an arm."""


def evidence_of(
    store: VersionedStore, standing: Standing, *, is_fresh: bool, budget_is_spent: bool
) -> Evidence:
    """By those whom the arms would have served differently; raises UnavailableError."""
    experiment = standing.experiment
    exposed = cells.read(store, standing.key, cells.EXPOSED)
    assigned = cells.read(store, standing.key, cells.ASSIGNED)
    effects = effects_of(exposed, {experiment.primary, *experiment.guardrails})
    primary = effects[experiment.primary]
    return Evidence(
        breaches=tuple(guardrail.breaches(effects, experiment.guardrails)),
        is_mismatched=is_mismatched(assigned) or is_mismatched(exposed),
        is_fresh=is_fresh,
        budget_is_spent=budget_is_spent,
        improvement=primary.improvement if primary else None,
        at_least=primary.improvement_bound(alpha=ALPHA, rho2=TUNED) if primary else None,
        sessions=sum(
            arms.get(CANDIDATE, ArmTally()).sessions
            for stratum, arms in exposed.items()
            if share_of(stratum) == round(standing_share(standing), 6)
        ),
    )


def effects_of(by_stratum: Mapping[str, Arms], metrics: set[str]) -> dict[str, Effect | None]:
    """By metric; None where there is too little to compare."""
    return {
        name: compare(METRICS[name], cells.strata_of(by_stratum, name)) for name in sorted(metrics)
    }


def is_mismatched(by_stratum: Mapping[str, Arms]) -> bool:
    """Whether the arms have other shares of the sessions than planned. Those of visitors who keep
    their arm do not count: an arm that brings them back more often has done no wrong.
    """
    return mismatch.is_mismatch(
        [
            (
                arms.get(CANDIDATE, ArmTally()).drawn,
                arms.get(BASELINE, ArmTally()).drawn,
                share_of(stratum),
            )
            for stratum, arms in by_stratum.items()
        ]
    )
