import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import beacon
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.cloudwatch_door import MAX_BATCH_BYTES, MAX_EVENTS, translate
from adaptive.delivery.foreign import Sender
from adaptive.errors import BeaconError

UNKNOWN = Sender(None, 0)
SESSION = "0d6b8f2e-6f54-4c0e-9f6f-3f1f6a0f7b11"


def event(kind: str, details: Any = None, **metadata: Any) -> dict[str, Any]:
    """As the agent writes it: JSON within JSON."""
    page = {"pageId": "/hats.html", "interaction": 0, **metadata}
    return {
        "id": "9b2f0c86-7c2a-4d35-8f8e-1a7f9d1c2b3a",
        "timestamp": 1_763_752_000,
        "type": f"com.amazon.rum.{kind}",
        "metadata": json.dumps(page),
        "details": json.dumps(details or {}),
    }


OPENED = event("page_view_event", {"pageId": "/hats.html", "interaction": 0})
LOADED = event(
    "performance_navigation_event",
    {
        "navigationType": "reload",
        "dns": 20,
        "connect": 60,
        "tlsTime": 40,
        "domContentLoadedEventStart": 1200,
        "duration": 2500,
    },
)
PAINTED = event("first_contentful_paint_event", {"value": 900})
ANSWERED = event("time_to_first_byte_event", {"value": 400})
LCP = event(
    "largest_contentful_paint_event",
    {
        "value": 1800,
        "attribution": {
            "element": "#hero",
            "timeToFirstByte": 400,
            "resourceLoadDelay": 100,
            "resourceLoadTime": 1200,
            "elementRenderDelay": 100,
        },
    },
)
CLS = event("cumulative_layout_shift_event", {"value": 0.125})
INP = event("interaction_to_next_paint_event", {"value": 120})


def batch(*events: Any, **changes: Any) -> bytes:
    body = {
        "BatchId": "b6b5c1d2-55a4-4c3d-8f0e-2a2b7a9c1d11",
        "AppMonitorDetails": {"id": "00000000-0000-0000-0000-000000000000", "version": "1.0.0"},
        "UserDetails": {"userId": "u", "sessionId": SESSION},
        "SessionMetadata": {"deviceType": "mobile", "domain": "shop.example"},
        "RumEvents": list(events),
    }
    return json.dumps({**body, **changes}).encode()


def taken(*events: Any, tier: str | None = None, at_s: float = 1) -> tuple[Beacon, ...]:
    parsed = beacon.parse(translate(batch(*events), Sender.of(tier, at_s=at_s)))
    assert parsed.rejections == ()
    return parsed.beacons


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b"[" * 100_000, 400),
        (batch(), 422),
        (batch(OPENED, UserDetails={}), 422),
        (batch(OPENED, UserDetails=None), 422),
        (batch(OPENED, UserDetails={"sessionId": 1}), 422),
        (batch(OPENED, RumEvents={}), 422),
        (batch(*[OPENED] * (MAX_EVENTS + 1)), 413),
        (batch("event"), 422),
        (batch({**OPENED, "details": "{"}), 422),
        (batch({**OPENED, "details": "[]"}), 422),
        (batch({**OPENED, "metadata": None}), 422),
        (b" " * (MAX_BATCH_BYTES + 1), 413),
        (gzip.compress(b" " * 50_000_000), 413),
        (gzip.compress(batch(OPENED))[:-9], 400),
        (b"\x1f\x8bnot gzip", 400),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(BeaconError) as refusal:
        translate(body, UNKNOWN)
    assert refusal.value.status == status


def test_a_gzipped_batch_is_the_same_batch() -> None:
    body = batch(OPENED, LOADED, LCP)
    assert translate(gzip.compress(body), UNKNOWN) == translate(body, UNKNOWN)


def test_a_load_says_what_ours_would() -> None:
    (load,) = taken(OPENED, LOADED, PAINTED, ANSWERED, LCP, tier="lite")
    read = load.model_dump(exclude_none=True)
    del read["view_id"]
    assert read == {
        "sequence": 1_000,
        "final": False,
        "page": "/hats.html",
        "navigation": "reload",
        "hidden": False,
        "tier": "lite",
        "vitals": {"lcp_ms": 1800, "fcp_ms": 900, "ttfb_ms": 400},
        "lcp": {
            "ttfb_ms": 400,
            "load_delay_ms": 100,
            "load_duration_ms": 1200,
            "render_delay_ms": 100,
        },
        "timing": {
            "dns_ms": 20,
            "tcp_ms": 60,
            "tls_ms": 40,
            "dom_content_loaded_ms": 1200,
            "load_ms": 2500,
        },
        "device": {"mobile": True},
    }


def test_a_later_batch_is_the_same_view_later() -> None:
    batches = [(OPENED, ANSWERED), (LCP,), (CLS, INP)]
    views = [taken(*events, at_s=at_s)[0] for at_s, events in enumerate(batches)]
    assert len({view.view_id for view in views}) == 1
    assert [view.sequence for view in views] == [0, 1_000, 2_000]
    assert [view.final for view in views] == [False, False, True]
    assert (views[-1].vitals.cls, views[-1].vitals.inp_ms) == (0.125, 120)


def test_each_page_of_a_batch_is_a_view() -> None:
    second = event("page_view_event", {}, pageId="/caps.html", interaction=1)
    first, soft = taken(OPENED, LOADED, second)
    assert (first.page, first.navigation) == ("/hats.html", "reload")
    assert (soft.page, soft.navigation) == ("/caps.html", "soft-navigation")
    assert first.view_id != soft.view_id


def test_neither_query_nor_fragment_is_kept() -> None:
    (view,) = taken(event("page_view_event", pageId="/hats.html?q=secret#top"))
    assert view.page == "/hats.html"


@pytest.mark.parametrize("value", [-1, 1e12, "NaN", None, True, [], {}, "9" * 5_000])
def test_a_value_that_makes_no_sense_is_left_out(value: Any) -> None:
    odd = event("interaction_to_next_paint_event", {"value": value})
    (view,) = taken(OPENED, PAINTED, odd)
    assert view.vitals.inp_ms is None
    assert view.vitals.fcp_ms == 900


def test_errors_are_counted_once_each_with_how_often() -> None:
    broken = {"type": "TypeError", "message": "x is not a\tfunction", "filename": "/js/a.js?v=1"}
    rejected = {"type": "unhandledrejection", "message": "no https://a.example/b?token=1 there"}
    (view,) = taken(
        event("js_error_event", broken),
        event("js_error_event", broken),
        event("js_error_event", rejected),
    )
    assert [each.model_dump(exclude_none=True) for each in view.errors or ()] == [
        {"kind": "error", "message": "x is not a function", "source": "/js/a.js", "count": 2},
        {"kind": "rejection", "message": "no https://a.example/b there", "count": 1},
    ]


def test_events_that_say_nothing_of_loading_are_a_view_all_the_same() -> None:
    (view,) = taken(event("http_event", {"url": "x"}), event("unheard_of", {"value": 1}))
    assert view.vitals.lcp_ms is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
KINDS = st.sampled_from(
    [
        *("page_view_event", "performance_navigation_event", "largest_contentful_paint_event"),
        *("interaction_to_next_paint_event", "cumulative_layout_shift_event", "other"),
    ]
)
EVENT = st.builds(
    lambda kind, details, page: event(kind, details, pageId=page),
    KINDS,
    st.dictionaries(st.sampled_from(["value", "attribution", "dns", "navigationType"]), JSON),
    JSON,
)


@given(st.lists(EVENT, min_size=1, max_size=5))
def test_whatever_is_sent_becomes_beacons_or_is_refused(events: list[Any]) -> None:
    try:
        beacon.parse(translate(batch(*events), UNKNOWN))
    except BeaconError:
        return


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_become_beacons_or_are_refused(body: bytes, compressed: bool) -> None:  # noqa: FBT001 - Hypothesis
    with pytest.raises(BeaconError):
        translate(gzip.compress(body) if compressed else body, UNKNOWN)
