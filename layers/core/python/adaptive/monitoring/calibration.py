"""The tiers' weights as this site's rollups show them, with 95 % intervals.

A rollup has sums, not single views, so the spread comes from time: the hours are cut into twelve
stretches, and each is left out once (the jackknife with groups, Wu 1986,
https://doi.org/10.1214/aos/1176350142).

Tiers are not drawn by lot: slow devices and later, warmer views get the poorer ones. So bytes per
view make a poorer tier look lighter than it is, and INP makes it look slower. An image weight is
therefore an estimate with a bias to the low side; a script weight lies between the two, and is left
alone if it does already.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adaptive.edge.policy import Tier
from adaptive.errors import TooLittleDataError
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.settings.rules import ScoreRules

LEAST_HOURS = 24
LEAST_VIEWS = 1_000
"""Measured views of a tier, and as many with an INP for its script's weight."""

_STRETCHES = 12
_T_95 = 2.201  # Student's t, two-sided, of 11 degrees of freedom
_LEAST_WEIGHT = 0.01

Hour = dict[Tier, Rollup]
"""What the treatment's views of one hour add up to, by tier."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """95 % lie between `low` and `high`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Weights:
    """A tier against `full`, None where there is too little of it; `script_inp` by median INP."""

    views: int
    image: Estimate | None = None
    script_bytes: Estimate | None = None
    script_inp: Estimate | None = None


def weigh(hours: Sequence[Hour]) -> dict[Tier, Weights]:
    """What the rollups show of each tier below `full`; raises TooLittleDataError."""
    if len(hours) < LEAST_HOURS:
        raise TooLittleDataError(f"{len(hours)} hours of rollups, {LEAST_HOURS} are needed")
    stretches = _stretches(hours)
    measured = {tier: sum(each[tier].fields[Field.MEASURED] for each in stretches) for tier in Tier}
    if measured[Tier.FULL] < LEAST_VIEWS:
        raise TooLittleDataError(
            f"{measured[Tier.FULL]:,} measured views at tier full, {LEAST_VIEWS:,} are needed: "
            "it is what the others are weighed against"
        )
    found: dict[Tier, Weights] = {
        tier: _weights(stretches, tier, measured[tier]) for tier in Tier if tier != Tier.FULL
    }
    if not any(each.image for each in found.values()):
        raise TooLittleDataError(
            f"no tier below full has {LEAST_VIEWS:,} measured views: "
            + ", ".join(f"{tier} {each.views:,}" for tier, each in found.items())
        )
    return found


def propose(rules: ScoreRules, weights: dict[Tier, Weights]) -> dict[str, dict[Tier, float]]:
    """`image_weight` and `script_weight` by tier: as they are wherever the data allow that."""
    images, scripts = dict(rules.image_weight), dict(rules.script_weight)
    for tier, found in weights.items():
        if found.image and not found.image.low <= images[tier] <= found.image.high:
            images[tier] = found.image.value
        if found.script_bytes and found.script_inp:
            low, high = sorted((found.script_bytes.low, found.script_inp.high))
            scripts[tier] = min(max(scripts[tier], low), high)
    return {"image_weight": _falling(images), "script_weight": _falling(scripts)}


def _falling(by_tier: dict[Tier, float]) -> dict[Tier, float]:
    """No tier above the richer one, as a policy must be."""
    most, found = 1.0, {}
    for tier in Tier:
        most = min(most, max(round(by_tier[tier], 3), _LEAST_WEIGHT))
        found[tier] = most
    return found


def _stretches(hours: Sequence[Hour]) -> list[Hour]:
    found: list[Hour] = []
    for number in range(_STRETCHES):
        start, end = (len(hours) * each // _STRETCHES for each in (number, number + 1))
        found.append({tier: total(hours[start:end], tier) for tier in Tier})
    return found


def total(hours: Sequence[Hour], tier: Tier) -> Rollup:
    """All of a tier's views."""
    whole = Rollup()
    for hour in hours:
        if tier in hour:
            whole.add(hour[tier])
    return whole


def _weights(stretches: Sequence[Hour], tier: Tier, views: int) -> Weights:
    if views < LEAST_VIEWS:
        return Weights(views)
    taps = total(stretches, tier).count("inp_ms"), total(stretches, Tier.FULL).count("inp_ms")

    def against_full(per_view: Callable[[Rollup], float | None]) -> Estimate | None:
        return _jackknife(stretches, lambda some: _ratio(some, tier, per_view))

    return Weights(
        views,
        image=against_full(lambda all_: _per_view(all_, Field.BYTES) - _scripts(all_)),
        script_bytes=against_full(_scripts),
        script_inp=against_full(lambda all_: all_.quantile("inp_ms", 0.5))
        if min(taps) >= LEAST_VIEWS
        else None,
    )


def _ratio(
    some: Sequence[Hour], tier: Tier, per_view: Callable[[Rollup], float | None]
) -> float | None:
    above, below = per_view(total(some, tier)), per_view(total(some, Tier.FULL))
    return above / below if above and below else None


def _per_view(whole: Rollup, field: Field) -> float:
    return whole.fields[field] / max(whole.fields[Field.MEASURED], 1)


def _scripts(whole: Rollup) -> float:
    return _per_view(whole, Field.SCRIPT_BYTES)


def _jackknife(
    stretches: Sequence[Hour], statistic: Callable[[Sequence[Hour]], float | None]
) -> Estimate | None:
    """On the logarithm, since it is a ratio; None where it cannot be had of every part."""
    whole = statistic(stretches)
    parts = [statistic([*stretches[:at], *stretches[at + 1 :]]) for at in range(len(stretches))]
    logs = [math.log(each) for each in parts if each]
    if not whole or len(logs) < len(stretches):
        return None
    mean, count = sum(logs) / len(logs), len(logs)
    error = math.sqrt((count - 1) / count * sum((each - mean) ** 2 for each in logs))
    off = math.exp(_T_95 * error)
    return Estimate(whole, whole / off, whole * off)
