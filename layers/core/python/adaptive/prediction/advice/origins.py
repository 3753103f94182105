"""A Region more for the origin, where visitors are many, and far from it.

The site's own origin is known by a name; Route 53's latency records let that name mean the nearest
of several servers, and CloudFront's edges ask it from where they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from adaptive.monitoring.dimension import Cell
from adaptive.prediction.advice.recommendation import (
    Change,
    Effect,
    Interval,
    Kind,
    Recommendation,
)
from adaptive.prediction.advice.situation import WITHIN_H, exceeded_at, worst
from adaptive.prediction.advice.wording import at_worst
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation

_NEAREST = {
    "US": "us-east-1", "CA": "ca-central-1", "MX": "us-east-1", "BR": "sa-east-1",
    "GB": "eu-west-2", "IE": "eu-west-1", "DE": "eu-central-1", "NL": "eu-central-1",
    "PL": "eu-central-1", "AT": "eu-central-1", "CH": "eu-central-1", "FR": "eu-west-3",
    "ES": "eu-west-3", "IT": "eu-central-1", "SE": "eu-north-1", "IN": "ap-south-1",
    "JP": "ap-northeast-1", "KR": "ap-northeast-2", "AU": "ap-southeast-2",
    "SG": "ap-southeast-1", "ZA": "af-south-1",
}  # fmt: skip
_LIKELY = 0.5
_LEAST_SHARE = 0.05
_NEARER = 0.6  # of the country's TTFB: what the best served country has
_LEAST_VIEWS = 300
_TTL_S = 60
_ASKING = 13
"""CloudFront's regional edge caches: each asks for the name once in the record's life."""
_LOOK_UPS_A_MONTH = MONTH_S / _TTL_S * _ASKING


def of(situation: Situation) -> Iterator[Recommendation]:
    """For each country that is forecast, if the site has an origin of its own."""
    deployed = situation.deployed
    if not deployed.origin_host:
        return
    near = _best_served(situation)
    for country, region in _NEAREST.items():
        found = situation.forecast("country", country, "ttfb_ms")
        cell = Cell("country", country)
        if (
            near is None
            or found is None
            or found.breach is None
            or found.breach.probability <= _LIKELY
            or situation.share_of(cell) < _LEAST_SHARE
            or region in deployed.origin_regions
        ):
            continue
        _, peak = worst(found, hours=WITHIN_H)
        if near > _NEARER * peak.expected:
            continue
        yield Recommendation(
            kind=Kind.ADD_ORIGIN_REGION,
            subject=country,
            title=f"Serve {country} from an origin in {region}, too",
            evidence=(
                at_worst(found, "ms to the first byte (p75)"),
                f"{near:,.0f} ms where visitors are near the origin",
                f"{situation.share_of(cell):.0%} of views are from {country}",
            ),
            probability=found.breach.probability,
            due_at=exceeded_at(found, found.breach.limit),
            effect=Effect(
                family="country",
                value=country,
                measure="ttfb_ms",
                unit="ms",
                before=peak,
                after=Interval(expected=near, low=near, high=peak.high),
                limit=found.breach.limit,
            ),
            # What a server there costs is the site's own to know.
            usd_a_month=_LOOK_UPS_A_MONTH * situation.prices["route53_latency_query"],
            change=Change(
                how="command",
                do=_record("UPSERT", deployed.origin_host, region),
                undo=_record("DELETE", deployed.origin_host, region),
            ),
            unsplit_because="an edge asks one origin for all of its visitors",
        )


def _best_served(situation: Situation) -> float | None:
    """TTFB (p75, ms) of the last day in the country that has the least of it."""
    found = [
        value
        for cell, rollup in situation.recent.items()
        if cell.family == "country"
        and rollup.count("ttfb_ms") >= _LEAST_VIEWS
        and (value := rollup.quantile("ttfb_ms", 0.75)) is not None
    ]
    return min(found, default=None)


def _record(action: str, host: str, region: str) -> str:
    """$ZONE is the hosted zone's id, $SERVER the name of the new server: only the site has them."""
    records: dict[str, Any] = {
        "Name": host,
        "Type": "CNAME",
        "SetIdentifier": region,
        "Region": region,
        "TTL": _TTL_S,
        "ResourceRecords": [{"Value": "'$SERVER'"}],
    }
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": records}]}
    return (
        "aws route53 change-resource-record-sets --hosted-zone-id $ZONE "
        f"--change-batch '{json.dumps(batch)}'"
    )
