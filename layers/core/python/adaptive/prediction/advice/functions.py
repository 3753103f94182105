"""Room for `ingest`: concurrency reserved against the rest of the account, or paid ahead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from adaptive.prediction.advice.recommendation import Effect, Interval, Kind, Recommendation
from adaptive.prediction.advice.situation import likely, worst
from adaptive.prediction.advice.wording import SHARED, WORTH_USD, at_worst, site_lines
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation
    from adaptive.prediction.published import Published

_FULL = 0.7
_ROOM = 1.3
_INGEST = "ingest"


def of(situation: Situation) -> Iterator[Recommendation]:
    """Of what CloudWatch told of the functions."""
    yield from _reserve(situation)
    yield from _provision(situation)


def _reserve(situation: Situation) -> Iterator[Recommendation]:
    """Before functions together reach the account's limit, or `ingest` its own."""
    deployed = situation.deployed
    mine = situation.cloud(_INGEST, "concurrency")
    if mine is None:
        return
    reserved = deployed.functions[_INGEST].reserved
    place, _ = worst(mine)
    everything = [mine] if reserved else _all_of(situation)
    limit = reserved or deployed.account_concurrency

    def taken(ends: str) -> float:
        return sum(_at(each, ends, place) for each in everything)

    refused = situation.refused(_INGEST)
    if taken("high_95") <= _FULL * limit and not refused:
        return
    needed = math.ceil(max(mine.high_95[place], (reserved or 0) if refused else 0) * _ROOM)
    if needed > _FULL * deployed.account_concurrency:
        return  # reserved for one, it would starve the others: a higher quota is needed
    others = taken("expected") - mine.expected[place]
    before = Interval(
        expected=taken("expected") / limit,
        low=taken("low_80") / limit,
        high=taken("high_80") / limit,
    )
    yield Recommendation(
        kind=Kind.RESERVE_CONCURRENCY,
        subject=_INGEST,
        title=f"Reserve {needed} of the account's {deployed.account_concurrency} for ingest",
        evidence=(
            at_worst(mine, "calls of ingest at once"),
            f"all functions together take up to {taken('high_95'):,.0f} of {limit:,}",
            *((f"{refused:,.0f} calls were refused in the last day",) if refused else ()),
        ),
        probability=1.0 if refused else likely(mine, _FULL * limit - others),
        due_at=mine.begins_at + place * SHARED.hour,
        effect=Effect(
            family=CLOUD,
            value=_INGEST,
            measure="concurrency",
            unit="of what it can get",
            before=before,
            after=Interval(
                expected=mine.expected[place] / needed,
                low=mine.low_80[place] / needed,
                high=mine.high_80[place] / needed,
            ),
            limit=_FULL,
        ),
        usd_a_month=0.0,
        change=site_lines("cloud", {"ingest_reserved": needed}, {"ingest_reserved": reserved}),
        unsplit_because=SHARED.reason,
    )


def _provision(situation: Situation) -> Iterator[Recommendation]:
    """As much as pays for itself: what always runs."""
    size = situation.deployed.functions[_INGEST]
    running = situation.cloud(_INGEST, "running")
    if running is None or size.provisioned:
        return
    saved = {
        count: _saved(situation, running.expected, count)
        for count in range(1, math.ceil(max(running.expected)) + 1)
    }
    best = max(saved, key=saved.__getitem__, default=0)
    if not best or saved[best] < WORTH_USD:
        return
    used = sum(min(each, best) for each in running.expected) / best / len(running.expected)
    _, peak = worst(running)
    yield Recommendation(
        kind=Kind.PROVISION_CONCURRENCY,
        subject=_INGEST,
        title=f"Pay ahead for {best} of ingest, which are used {used:.0%} of the time",
        evidence=(
            at_worst(running, "calls of ingest at once, in the mean of an hour"),
            "provisioned concurrency is cheaper above 60 % of use, and starts no call cold",
        ),
        probability=0.0,
        due_at=None,
        effect=Effect(
            family=CLOUD,
            value=_INGEST,
            measure="running",
            unit="calls at once",
            before=peak,
            after=peak,
        ),
        usd_a_month=-saved[best],
        change=site_lines("cloud", {"ingest_provisioned": best}, {"ingest_provisioned": None}),
        unsplit_because=SHARED.reason,
    )


def _saved(situation: Situation, running: tuple[float, ...], count: int) -> float:
    """Dollars a month, if so many are provisioned."""
    prices = situation.prices
    gigabytes = situation.deployed.functions[_INGEST].memory_mib / 1_024
    used = sum(min(each, count) for each in running) / len(running)
    cheaper = prices["lambda_arm_gb_s"] - prices["lambda_arm_provisioned_run_gb_s"]
    ahead = count * prices["lambda_arm_provisioned_gb_s"]
    return MONTH_S * gigabytes * (used * cheaper - ahead)


def _all_of(situation: Situation) -> list[Published]:
    return [
        found
        for name in situation.deployed.functions
        if (found := situation.cloud(name, "concurrency")) is not None
    ]


def _at(found: Published, ends: str, place: int) -> float:
    values: tuple[float, ...] = getattr(found, ends)
    return values[min(place, len(values) - 1)]
