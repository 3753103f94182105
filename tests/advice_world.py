"""Situations that recommendations are made from: a quiet site, to which each test adds trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adaptive.delivery.policy import Policy
from adaptive.edge.policy import Tier
from adaptive.monitoring import vital
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import INDEX
from adaptive.prediction.advice.recommendation import Kind, Recommendation
from adaptive.prediction.advice.situation import Situation
from adaptive.prediction.cloud import FAMILY as CLOUD
from adaptive.prediction.history import History
from adaptive.prediction.prices import listed
from adaptive.prediction.published import Breach, Published
from adaptive.prediction.recommend import recommend
from adaptive.settings.prediction import Deployed, FunctionSize
from tests.samples import INITIAL

AT = datetime(2026, 11, 20, 12, 20, tzinfo=UTC)
BEGIN = AT.replace(minute=0)
HOUR = int(BEGIN.timestamp()) // 3_600
LIMITS = {"lcp_ms": 2_500.0, "ttfb_ms": 800.0}
DEPLOYED = Deployed(
    stream="provisioned",
    shards=1,
    requests_per_second=500,
    cdn_ttl_s=86_400,
    functions={name: FunctionSize(memory_mib=512) for name in ("ingest", "score", "render")},
    tables={"sessions": "Sessions-ABC"},
    heroes=("/img/fjord.jpg",),
    renditions_per_image=72,
    script_kilobytes={"product": 400.0},
    heavy_bundles={"/js/shop.js": {Tier.LITE: "/js/lite.js", Tier.MINIMAL: "/js/lite.js"}},
    releases=("v41", "v42"),
    origin_host="origin.example.com",
    origin_regions=("us-east-1",),
)
QUIET = Situation(
    at=AT, deployed=DEPLOYED, policy=INITIAL, prices=listed(), limits=LIMITS, burst=2.0
)


def forecast(  # noqa: PLR0913 - whatever differs
    family: str,
    value: str,
    measure: str,
    hours: Sequence[float],
    *,
    uncertain: float = 0.2,
    breach: float | None = None,
    limit: float = 2_500.0,
) -> Published:
    low, high = (
        tuple(each * factor for each in hours) for factor in (1 - uncertain, 1 + uncertain)
    )
    return Published(
        family=family,
        value=value,
        measure=measure,
        begins_at=BEGIN,
        expected=tuple(hours),
        low_80=low,
        high_80=high,
        low_95=low,
        high_95=high,
        highest=tuple(max(hours) * (1 + uncertain * each / 8) for each in range(-10, 11)),
        breach=None if breach is None else Breach(limit=limit, within_h=24, probability=breach),
        shares={},
        error=None,
        naive_error=None,
    )


def seen(
    views: int,
    *,
    lcp_ms: float | None = None,
    ttfb_ms: float | None = None,
    script_bytes: int = 0,
    failing: int = 0,
) -> Rollup:
    """Vitals spread from half to one and a half times the value."""
    rollup = Rollup()
    rollup.fields[Field.VIEWS] = rollup.fields[Field.MEASURED] = views
    rollup.fields[Field.BYTES] = views * 1_000_000 + script_bytes * views
    rollup.fields[Field.SCRIPT_BYTES] = script_bytes * views
    rollup.fields[Field.FAILING] = failing
    for name, middle in (("lcp_ms", lcp_ms), ("ttfb_ms", ttfb_ms)):
        if middle is not None:
            for number in range(views):
                value = middle * (0.5 + number / views)
                rollup.codes[vital.code_of(INDEX[name], value)] += 1
    return rollup


def past(values: Mapping[str, Sequence[float]]) -> History:
    """Up to now."""
    first = HOUR - max(map(len, values.values()))
    history = History(first)
    for place in range(HOUR - first):
        history.put(first + place, {name: each[place] for name, each in values.items()})
    return history


def given(
    *forecasts: Published,
    recent: Mapping[Cell, Rollup] | None = None,
    by_hour: Mapping[Cell, Mapping[int, Rollup]] | None = None,
    past: Mapping[Cell, History] | None = None,
    policy: Policy = INITIAL,
    **deployed: Any,
) -> Situation:
    return replace(
        QUIET,
        forecasts={(each.family, each.value, each.measure): each for each in forecasts},
        recent=recent or {},
        by_hour=by_hour or {},
        past=past or {},
        policy=policy,
        deployed=DEPLOYED.model_copy(update=deployed),
    )


def cloud(part: str, measure: str, hours: Sequence[float], **of_it: Any) -> Published:
    return forecast(CLOUD, part, measure, hours, **of_it)


def views(peak: float, *, uncertain: float = 0.2) -> Published:
    """Of the busiest hour, in the middle of quieter ones."""
    return forecast("all", "", "views", (peak / 4, peak, peak / 4), uncertain=uncertain)


def found(situation: Situation, kind: Kind) -> list[Recommendation]:
    return [each for each in recommend(situation) if each.kind is kind]


def only(situation: Situation, kind: Kind) -> Recommendation:
    [one] = found(situation, kind)
    return one
