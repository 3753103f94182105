"""What the simulated fortnight shows of adaptation: image deliveries by the hour, the holdout's
sessions by the day, and one experiment that did harm and was rolled back.

Assumed, in the proportions that docs/performance.md measured on the demo shop; signed by WHO.
"""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from adaptive.delivery import delivered
from adaptive.delivery.delivered import Hour, Sent
from adaptive.delivery.tally import ORIGINAL
from adaptive.delivery.trial import BASELINE, CANDIDATE, HOLDOUT
from adaptive.edge.policy import CONTROL
from adaptive.experiments import cells
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.holdout import stratum_of
from adaptive.experiments.registry import PARTITION
from adaptive.experiments.rollout import JUDGE, Standing, State, move
from adaptive.experiments.tallies import ArmTally
from adaptive.monitoring.dimension import Dimensions
from adaptive.monitoring.rollup import Field
from adaptive.ports import NEVER_S, Versioned, Write
from local.history.story import WHO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.monitoring.counting import Groups

_SHARD = -1
_PHOTOGRAPHS = 0.6  # of a page's requests
_ORIGINAL_BYTES = 345_000  # of a photograph, on average
_FORMATS = {"avif": 0.68, "webp": 0.31, "jpg": 0.01}
_SESSIONS_A_DAY = 2_300
_FASTER = {CANDIDATE: -0.24, BASELINE: 0.0}  # logarithms of LCP
_BUYS = {CANDIDATE: 0.041, BASELINE: 0.034}
_KILOBYTES = {CANDIDATE: 610, BASELINE: 3_800}
_HARMFUL = Experiment.model_validate(
    {
        "name": "lite-for-all",
        "hypothesis": "The lightest pictures for everybody make pages faster and cost no sales",
        "changes": {"tiers_on": ["minimal"], "default_tier": "minimal"},
        "primary": "lcp",
        "minimum_effect": 0.03,
        "guardrails": {"lcp": 0.0, "inp": 0.05, "conversion": 0.0},
        "steps": (0.05, 0.25, 0.5, 1),
        "step_hours": 6,
        "bake_hours": 24,
        "maximum_days": 14,
    }
)


def deliveries(groups: Groups, hour: int) -> Write:
    """What the CDN's logs would say of an hour of views; `hour` is its first minute."""
    draw = Random(f"delivered {hour}")  # noqa: S311 - not a secret
    views: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for (_, dimensions), group in groups.items():
        tier = Dimensions.read(dimensions).tier
        views[tier] += group.fields[Field.REQUESTS]
        sent[tier] += group.fields[Field.BYTES] - group.fields[Field.SCRIPT_BYTES]
    tiers = {
        ORIGINAL if tier == CONTROL else tier: _sent(
            round(_PHOTOGRAPHS * requests), sent[tier], draw, is_original=tier == CONTROL
        )
        for tier, requests in sorted(views.items())
        if requests
    }
    at = datetime.fromtimestamp(hour * 60, UTC)
    body = Hour(tiers=tiers, logs=[WHO]).model_dump_json().encode()
    expires_at_s = hour * 60 + delivered.KEPT_S
    return Write(delivered.key_of(at), Versioned(body, 1), None, expires_at_s)


def _sent(requests: int, sent_bytes: int, draw: Random, *, is_original: bool) -> Sent:
    hits = round(requests * draw.uniform(0.955, 0.985))
    failing = 0 if is_original else round(requests * draw.uniform(0, 0.004))
    saved = 0 if is_original else max(requests * _ORIGINAL_BYTES - sent_bytes, 0)
    shares = {"jpg": 1.0} if is_original else _FORMATS
    return Sent(
        requests=requests,
        hits=hits,
        fallbacks=failing,
        whole=requests - failing,
        bytes_sent=sent_bytes,
        bytes_saved=saved,
        formats={name: round(share * requests) for name, share in shares.items()},
    )


def experiments(begin: int, days: int, *, holdout_share: float) -> Iterator[Write]:
    """The holdout's whole days from a minute on, and the experiment in the midst of them."""
    first = datetime.fromtimestamp(begin * 60, UTC)
    for day in range(days):
        at = (first + timedelta(days=day)).date().isoformat()
        yield from _cells(HOLDOUT, stratum_of(at, 1 - holdout_share), Random(f"holdout {at}"), 1)  # noqa: S311
    standing = Standing(experiment=_HARMFUL)
    began = first + timedelta(days=days // 2, hours=9)
    for hours, target, who, why in (
        (0, State.CANARY, WHO, "would the lightest pictures do?"),
        (6, State.RAMP, JUDGE, "96 sessions at 5% without harm: on to 25%"),
        (
            *(13, State.ROLLED_BACK, JUDGE),
            "conversion is worse by 41.0%, proven: 3.2% at least, allowed: 0.0%, by 930 sessions",
        ),
    ):
        standing = move(standing, target, at=began + timedelta(hours=hours), who=who, why=why)
        if standing.decision:
            key = f"log#{_HARMFUL.name}", f"{standing.decision.number:06}"
            body = standing.decision.model_dump_json().encode()
            yield Write(key, Versioned(body, 1), None, NEVER_S)
    body = standing.model_copy(update={"done": True}).model_dump_json().encode()
    yield Write((PARTITION, _HARMFUL.name), Versioned(body, 1), None, NEVER_S)
    draw = Random("harmful")  # noqa: S311
    stratum = stratum_of(began.date().isoformat(), 0.25)
    yield from _cells(standing.key, stratum, draw, -3.2, sessions=1_900, share=0.25)


def _cells(
    key: str,
    stratum: str,
    draw: Random,
    buys: float,
    *,
    sessions: int = _SESSIONS_A_DAY,
    share: float = 0.95,
) -> Iterator[Write]:
    """A day; `buys` says how much of the usual gain in sales there is."""
    tallies = {(scope, arm): ArmTally() for scope in cells.SCOPES for arm in (BASELINE, CANDIDATE)}
    for _ in range(sessions):
        arm = CANDIDATE if draw.random() < share else BASELINE
        tally = ArmTally.of(_outcome(draw, arm, buys))
        tallies[cells.ASSIGNED, arm].add(tally)
        if draw.random() < _EXPOSED:
            tallies[cells.EXPOSED, arm].add(tally)
    for (scope, arm), tally in tallies.items():
        [place] = cells.keys(key, stratum, arm, scope, (), _SHARD)
        yield Write(place, Versioned(tally.encode(), 1), None, NEVER_S)


_EXPOSED, _FAILING = 0.55, 0.01


def _outcome(draw: Random, arm: str, buys: float) -> dict[str, tuple[int, int]]:
    """As `experiments.course.outcome` has it, in each metric's units."""
    before = draw.gauss(math.log(1_900), 0.45)
    known = round(1_000 * before)
    lcp = 0.6 * before + 0.4 * draw.gauss(math.log(1_900), 0.45) + _FASTER[arm]
    inp = draw.gauss(math.log(95), 0.6) + 0.3 * _FASTER[arm]
    views = min(1 + int(draw.expovariate(0.45)), 50)
    chance = _BUYS[BASELINE] + buys * (_BUYS[arm] - _BUYS[BASELINE])
    sold = draw.random() < chance
    return {
        "lcp": (round(1_000 * lcp), known),
        "inp": (round(1_000 * inp), round(1_000 * math.log(95))),
        "good_lcp": (views if lcp < math.log(2_500) else 0, views),
        "bounce": (int(draw.random() < 0.33 + 0.1 * _FASTER[arm]), known),
        "conversion": (int(sold), known),
        "revenue": (round(draw.lognormvariate(8.5, 0.5)) if sold else 0, known),
        "bytes": (round(views * _KILOBYTES[arm] * draw.uniform(0.4, 0.7)), views),
        "errors": (int(draw.random() < _FAILING), views),
        "views": (views, known),
    }
