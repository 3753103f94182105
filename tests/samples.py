"""Values that several tests start from."""

import json
from datetime import UTC, datetime
from typing import Any

from adaptive.delivery.beacon import Beacon
from adaptive.delivery.policy import initial
from adaptive.edge.policy import Policy, Tier, dump
from adaptive.monitoring.notice import Notice, Phase, notice_id
from adaptive.ports import OriginSecret
from adaptive.settings.delivery import IngestSettings, ScoreSettings
from adaptive.settings.experiments import JudgeSettings, RecordSettings
from adaptive.settings.monitoring import (
    ExperienceRules,
    KeepEventsSettings,
    MergeRollupsSettings,
    NotifySettings,
    QuerySettings,
    RollupLists,
    RollUpSettings,
    SamplingRules,
)
from adaptive.settings.prediction import (
    Deployed,
    ForecastSettings,
    FunctionSize,
    RecommendSettings,
)
from adaptive.settings.rules import Recipe, ScoreRules, Target

RULES = ScoreRules(
    target=Target(lcp_ms=2_500, inp_ms=200, share=0.75),
    image_weight={Tier.FULL: 1, Tier.STANDARD: 0.6, Tier.LITE: 0.3, Tier.MINIMAL: 0.2},
    script_weight={Tier.FULL: 1, Tier.STANDARD: 1, Tier.LITE: 0.25, Tier.MINIMAL: 0.25},
    value={Tier.FULL: 1, Tier.STANDARD: 0.8, Tier.LITE: 0.54, Tier.MINIMAL: 0.3},
    default_tier=Tier.FULL,
    recipes={
        "thrifty": Recipe(tier=Tier.LITE, image_weight=0.15, script_weight=0.25, value=0.4),
        "whole": Recipe(tier=Tier.LITE, image_weight=0.3, script_weight=1, value=0.54),
        "rebuilt": Recipe(tier=Tier.MINIMAL, image_weight=0.2, script_weight=0.1, value=0.3),
    },
)
POLICY = Policy(
    image_prefixes=("/img/",),
    widths=(320, 640, 960, 1280, 1920),
    max_width={
        Tier.FULL: 1920,
        Tier.STANDARD: 1280,
        Tier.LITE: 960,
        Tier.MINIMAL: 960,
        "thrifty": 640,
    },
    formats=("avif", "webp", "jpg"),
    bundles={
        "/js/shop.js": {
            **dict.fromkeys((Tier.LITE, Tier.MINIMAL, "thrifty"), "/js/shop.lite.js"),
            "rebuilt": "/js/shop.new.js",
        }
    },
    default_tier=Tier.FULL,
    phone_width=1170,
    desktop_width=1400,
    originals={"/img/narrow.jpg": 700, "/img/icon.png": 64},
    own_origin=False,
    recipes={"thrifty": Tier.LITE, "whole": Tier.LITE, "rebuilt": Tier.MINIMAL},
)
INGEST = IngestSettings(
    sessions_table="sessions",
    operations_table="operations",
    beacon_stream="beacons",
    origin_secret="origin-secret",  # noqa: S106 - its name
    visitor_ttl_s=7_776_000,
    session_beacons_per_minute=120,
    sender_beacons_per_minute=3_000,
    holdout_share=0.05,
    holdout_salt="salt",
    rules=RULES,
)
SCORE = ScoreSettings(
    sessions_table="sessions",
    operations_table="operations",
    dead_letter_bucket="dead-letters",
    session_ttl_s=86_400,
    rules=RULES,
)
INITIAL = initial(RULES, holdout_share=INGEST.holdout_share)
ORIGIN = OriginSecret("sent-by-cloudfront", "sent-from-the-next-rotation-on")
EXPERIENCE = ExperienceRules(
    performance=0.5,
    engagement=0.3,
    calm=0.2,
    visible_ms=20_000,
    scroll_depth=0.5,
    bounce_share=0.4,
)
ROLL_UP = RollUpSettings(
    rollups_table="rollups",
    tallies_table="tallies",
    dead_letter_bucket=SCORE.dead_letter_bucket,
    holdout_share=INGEST.holdout_share,
    holdout_salt=INGEST.holdout_salt,
    lists=RollupLists(
        page_groups=("front", "product"),
        countries=("DE", "FR"),
        releases=("1.0", "1.1"),
        conversions=("checkout",),
    ),
    experience=EXPERIENCE,
    outcome_ttl_s=30 * 86_400,
)
MERGE = MergeRollupsSettings(
    rollups_table=ROLL_UP.rollups_table,
    tallies_table=ROLL_UP.tallies_table,
    operations_table=INGEST.operations_table,
    lists=ROLL_UP.lists,
)
NOTIFY = NotifySettings(
    site="demo-shop",
    queue_url="http://127.0.0.1/queue",
    sent_table="sent",
    topic="arn:aws:sns:us-east-1:123456789012:alerts",
    topic_severities=("page", "ticket"),
    destination_secret="destinations",  # noqa: S106 - its name
    destinations={
        "team": {"kind": "slack", "severities": ("page", "ticket", "info")},
        "office": {"kind": "teams", "severities": ("page",)},
        "oncall": {"kind": "pagerduty", "severities": ("page",)},
        "own": {"kind": "webhook", "severities": ("page", "ticket")},
    },
)
RECORD = RecordSettings(
    experiments_table="experiments",
    operations_table="operations",
    dead_letter_bucket=SCORE.dead_letter_bucket,
    holdout_share=INGEST.holdout_share,
    holdout_salt=INGEST.holdout_salt,
    rules=RULES,
    countries=("DE", "FR"),
    conversions=("checkout",),
    currency="EUR",
    cap_cents=50_000,
    experience=EXPERIENCE,
)
QUERY = QuerySettings(
    rollups_table=ROLL_UP.rollups_table,
    tallies_table=ROLL_UP.tallies_table,
    operations_table="operations",
    sessions_table=INGEST.sessions_table,
    alerts_table="operations",  # any of that kind
    delivered_table="delivered",
    experiments_table="experiments",
    predictions_table="predictions",
    alert_bus="alerts",
    site_bucket="site",
    policy=dump(POLICY),
    quality_floor={
        Tier.FULL: 80,
        Tier.STANDARD: 70,
        Tier.LITE: 57,
        Tier.MINIMAL: 45,
        "thrifty": 35,
    },
    families=("all", "country"),
    currency="EUR",
    egress_per_gb=0.085,
    holdout_share=INGEST.holdout_share,
    holdout_salt=INGEST.holdout_salt,
    rules=RULES,
    lists=ROLL_UP.lists,
)
FORECAST = ForecastSettings(
    operations_table=INGEST.operations_table,
    rollups_table=ROLL_UP.rollups_table,
    predictions_table="predictions",
    lists=ROLL_UP.lists,
    families=("all", "device", "country"),
    limits={"lcp_ms": 2_500.0},
    time_zone="UTC",
    least_views=20,
    horizon_h=48,
)
RECOMMEND = RecommendSettings(
    rollups_table=ROLL_UP.rollups_table,
    predictions_table=FORECAST.predictions_table,
    operations_table=INGEST.operations_table,
    alerts_table=INGEST.operations_table,  # any of that kind
    holdout_share=INGEST.holdout_share,
    rules=RULES,
    lists=ROLL_UP.lists,
    limits=FORECAST.limits,
    anomaly_rules={"odd-lcp": "lcp_ms"},
    least_views=20,
    deployed=Deployed(
        stream="provisioned",
        shards=1,
        requests_per_second=500,
        cdn_ttl_s=86_400,
        functions={"ingest": FunctionSize(memory_mib=512), "render": FunctionSize(memory_mib=512)},
    ),
)
JUDGE = JudgeSettings(
    experiments_table=RECORD.experiments_table,
    operations_table=RECORD.operations_table,
    alerts_table=INGEST.operations_table,  # any of that kind
    alert_bus="alerts",
    holdout_share=INGEST.holdout_share,
    rules=RULES,
)
SAMPLING = SamplingRules(
    rates={"converting": 1, "failing": 1, "slow": 0.1, "normal": 0.01, "fast": 0.001},
    slow_ms=4_000,
    fast_ms=1_200,
)
KEEP_EVENTS = KeepEventsSettings(
    event_stream="raw-events",
    holdout_share=INGEST.holdout_share,
    holdout_salt=INGEST.holdout_salt,
    lists=ROLL_UP.lists,
    sampling=SAMPLING,
)
TREATED = "AAAAAAAAAAAAAAAAAAAAAA"
HELD_OUT = "AAAAAAAAAAAAAAAAAAAAAT"


def wire_beacon(**changes: Any) -> dict[str, Any]:
    """A slow first view, as the agent sends it."""
    beacon: dict[str, Any] = {
        "view_id": "view-0001",
        "sequence": 0,
        "page": "/index.html",
        "navigation": "navigate",
        "vitals": {"lcp_ms": 5200.5, "fcp_ms": 2400, "ttfb_ms": 900, "inp_ms": 420, "cls": 0.01},
    }
    return {**beacon, **changes}


def beacon(**changes: Any) -> Beacon:
    return Beacon.model_validate(wire_beacon(**changes))


def envelope(*beacons: dict[str, Any]) -> bytes:
    return json.dumps({"schema": 1, "beacons": list(beacons or (wire_beacon(),))}).encode()


def edge_event(
    uri: str = "/img/hero.jpg", *, method: str = "GET", **headers: str
) -> dict[str, Any]:
    """A CloudFront viewer-request event; header names with `_` for `-`."""
    return {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "viewer-request",
                        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
                    },
                    "request": {
                        "clientIp": "203.0.113.178",
                        "method": method,
                        "uri": uri,
                        "querystring": "",
                        "headers": {
                            name.replace("_", "-"): [{"key": name.replace("_", "-"), "value": text}]
                            for name, text in headers.items()
                        },
                    },
                }
            }
        ]
    }


def notice(**changes: Any) -> Notice:
    """Phones in Germany wait for LCP, since a release eight minutes before."""
    since = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
    fields: dict[str, Any] = {
        "phase": Phase.FIRING,
        "rule": "slow-lcp",
        "severity": "page",
        "group": {"page_group": "product"},
        "title": "Product pages are slow",
        "summary": "LCP at the 75th percentile is 4,812 ms, above 4,000 ms for 5 minutes.",
        "since": since,
        "at": since.replace(minute=19),
        "value": 4812.4,
        "threshold": 4000,
        "unit": "ms",
        "views_affected": 1834,
        "share_affected": 0.41,
        "concentration": [
            {"dimension": "country", "value": "DE", "share_of_excess": 0.82},
            {"dimension": "device", "value": "phone", "share_of_excess": 0.76},
        ],
        "change": {"kind": "release", "name": "2026.47.1", "at": since.replace(minute=6)},
        "dashboard_url": "https://shop.example.com/dashboard/?from=2026-11-22T09:00Z",
        "runbook_url": "https://shop.example.com/runbooks/slow-lcp",
        **changes,
    }
    told = {name: fields[name] for name in ("rule", "group", "since", "phase")}
    return Notice.model_validate({"id": notice_id(**told, number=0), **fields})
