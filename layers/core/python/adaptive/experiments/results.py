"""What an experiment has shown so far: numbers, intervals and plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.delivery.trial import BASELINE, CANDIDATE
from adaptive.experiments import cells, words
from adaptive.experiments.effect import compare
from adaptive.experiments.evidence import ALPHA, TUNED, is_mismatched
from adaptive.experiments.heterogeneity import is_novelty, unlike_the_rest
from adaptive.experiments.holdout import day_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.quantile import compare_at
from adaptive.experiments.tallies import ArmTally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.experiments.cells import Arms
    from adaptive.experiments.effect import Effect
    from adaptive.ports import VersionedStore

QUANTILE = 0.75


@dataclass(frozen=True, slots=True)
class Change:
    """Of one metric: relative to the control's `level`, or in points (0.01) if it is a share.

    `low` and `high` hold at every look, 95 %; `sessions` of both arms.
    """

    metric: str
    words: str
    estimate: float
    low: float
    high: float
    level: float
    in_points: bool
    sessions: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Results:
    """`exposed` are those whom the arms would have served differently, `assigned` everybody.

    `unlike` are the segments that the primary metric moves otherwise in than elsewhere, each with
    its change; `novelty`: whether the effect of the days' second half is another than the first's.
    """

    exposed: tuple[Change, ...]
    assigned: tuple[Change, ...]
    sessions: tuple[int, int]
    is_mismatched: bool
    unlike: dict[str, Change]
    novelty: bool

    def told(self, who: str) -> str:
        """One sentence: what is proven, then what is not."""
        proven = [each.words for each in self.exposed if each.low > 0 or each.high < 0]
        others = [each.words for each in self.exposed if each.low <= 0 <= each.high]
        if not self.exposed:
            return f"{who}: too few sessions to say anything"
        return f"{who}: {', '.join(proven + others)}"


def read(store: VersionedStore, key: str, *, primary: str = "lcp", since: str = "") -> Results:
    """Of what is counted under that key, from a day on; raises UnavailableError."""
    exposed = _since(cells.read(store, key, cells.EXPOSED), since)
    assigned = _since(cells.read(store, key, cells.ASSIGNED), since)
    by_segment = cells.read_segments(store, key, cells.EXPOSED)
    segments = {name: _since(strata, since) for name, strata in by_segment.items()}
    return Results(
        exposed=_changes(exposed),
        assigned=_changes(assigned),
        sessions=_sessions(assigned),
        is_mismatched=is_mismatched(assigned) or is_mismatched(exposed),
        unlike=_unlike(exposed, segments, primary),
        novelty=_is_novelty(exposed, primary),
    )


def change_of(effect: Effect, *, name: str = "") -> Change:
    """An effect, told."""
    low, high = effect.interval(alpha=ALPHA, rho2=TUNED)
    numbers = (effect.estimate, low, high)
    if not effect.metric.is_share:
        numbers = tuple(map(effect.relative, numbers))  # type: ignore[assignment]
    return Change(
        name or effect.metric.name,
        words.told(effect, alpha=ALPHA, rho2=TUNED, name=name),
        *numbers,
        level=effect.level,
        in_points=effect.metric.is_share,
        sessions=(effect.n, effect.m),
    )


def _changes(by_stratum: Mapping[str, Arms]) -> tuple[Change, ...]:
    found = []
    for name, metric in METRICS.items():
        if effect := compare(metric, cells.strata_of(by_stratum, name)):
            found.append(change_of(effect))
    arms = [_whole(by_stratum, arm) for arm in (BASELINE, CANDIDATE)]
    if effect := compare_at(METRICS["lcp"], QUANTILE, arms[0].buckets, arms[1].buckets):
        found.append(change_of(effect, name="LCP p75 of sessions"))
    return tuple(found)


def _unlike(
    whole: Mapping[str, Arms], segments: Mapping[str, Mapping[str, Arms]], primary: str
) -> dict[str, Change]:
    metric = METRICS[primary]
    effect = compare(metric, cells.strata_of(whole, primary))
    effects = {
        name: found
        for name, strata in segments.items()
        if (found := compare(metric, cells.strata_of(strata, primary)))
    }
    if effect is None:
        return {}
    return {name: change_of(effects[name]) for name in sorted(unlike_the_rest(effect, effects))}


def _is_novelty(by_stratum: Mapping[str, Arms], primary: str) -> bool:
    days = sorted({day_of(stratum) for stratum in by_stratum})
    middle = days[len(days) // 2] if days else ""
    halves = [
        {name: arms for name, arms in by_stratum.items() if (day_of(name) >= middle) is late}
        for late in (False, True)
    ]
    early, late = (compare(METRICS[primary], cells.strata_of(each, primary)) for each in halves)
    return early is not None and late is not None and is_novelty(early, late)


def _since(by_stratum: Mapping[str, Arms], day: str) -> dict[str, Arms]:
    return {name: arms for name, arms in by_stratum.items() if day_of(name) >= day}


def _whole(by_stratum: Mapping[str, Arms], arm: str) -> ArmTally:
    whole = ArmTally()
    for arms in by_stratum.values():
        whole.add(arms.get(arm, ArmTally()))
    return whole


def _sessions(by_stratum: Mapping[str, Arms]) -> tuple[int, int]:
    return (_whole(by_stratum, BASELINE).sessions, _whole(by_stratum, CANDIDATE).sessions)
