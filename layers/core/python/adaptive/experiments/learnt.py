"""What past experiments teach the optimiser, and the order that it makes of what it would try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.experiments import cells
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.effect import compare
from adaptive.experiments.metric import METRICS
from adaptive.experiments.optimiser import Lesson
from adaptive.experiments.rollout import State
from adaptive.experiments.search import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adaptive.delivery.policy import Enacted, Policy
    from adaptive.experiments.optimiser import Proposal
    from adaptive.experiments.registry import Registry
    from adaptive.experiments.rollout import Standing
    from adaptive.experiments.search import Search

_SEARCHED = {"target", "default_tier"}


def lessons(
    registry: Registry, history: Sequence[Enacted], initial: Policy, search: Search
) -> list[Lesson]:
    """Of every experiment with sessions enough, whatever it was judged by; `history` is the
    policy's, newest first. Of everybody in the arms: worths of different experiments must add up.
    Raises UnavailableError.
    """
    found = []
    metric = METRICS[search.metric]
    for entry in registry.all():
        standing = entry.standing
        by_stratum = cells.read(registry.store, standing.key, cells.ASSIGNED)
        effect = compare(metric, cells.strata_of(by_stratum, metric.name))
        if effect is None or not effect.error or standing.started_at is None:
            continue
        baseline = _in_force(standing, history, initial)
        changed = baseline.model_copy(update=standing.experiment.changes.update)
        others = standing.experiment.changes.update.keys() - _SEARCHED
        if others or changed.target.inp_ms != baseline.target.inp_ms:
            continue
        low = effect.estimate - effect.error
        found.append(
            Lesson(
                Point.of(baseline),
                Point.of(changed),
                effect.improvement,
                abs(effect.relative(effect.estimate) - effect.relative(low)),
                was_harmful=standing.state is State.ROLLED_BACK,
            )
        )
    return found


def _in_force(standing: Standing, history: Sequence[Enacted], initial: Policy) -> Policy:
    """The policy that the experiment began on."""
    began = standing.started_at
    return next((each.policy for each in history if began and each.at <= began), initial)


def order(search: Search, proposal: Proposal, policy: Policy, *, known: set[str]) -> Experiment:
    """To be declared and started by whoever wants it; `known` are names that are taken."""
    point = proposal.point
    stem = f"auto-{point.lcp_ms:.0f}-{point.share * 100:.0f}-{point.default_tier}"
    again = (f"{stem}-{number}" for number in range(2, len(known) + 3))
    name = next(each for each in (stem, *again) if each not in known)
    words = METRICS[search.metric].words
    return Experiment(
        name=name,
        hypothesis=f"By what was learnt so far, {words} gets better by {proposal.gain:+.1%} "
        f"(give or take {proposal.error:.1%})",
        changes=search.changes(point, policy),
        primary=search.metric,
        minimum_effect=search.minimum_effect,
        guardrails=search.guardrails,
    )
