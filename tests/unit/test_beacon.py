import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.delivery.beacon import MAX_BEACONS, MAX_BODY_BYTES, Beacon, Envelope, parse
from adaptive.errors import BeaconError
from tests.samples import envelope, wire_beacon

EVERYTHING = json.loads((Path(__file__).parents[1] / "contracts/beacon-v1-all.json").read_bytes())[
    "beacons"
][0]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, ""),
        (b"{", 400, ""),
        (b"\xff\xfe{}", 400, ""),
        (b'{"schema":1,"beacons":[{"page":"\\ud800"}]}', 400, ""),
        (b"[" * 60_000, 400, ""),
        (b" " * (MAX_BODY_BYTES + 1), 413, ""),
        (b"null", 422, ""),
        (b'"text"', 422, ""),
        (b'{"beacons":[]}', 422, "schema"),
        (b'{"schema":2,"beacons":[]}', 422, "schema"),
        (b'{"schema":true,"beacons":[]}', 422, "schema"),
        (b'{"schema":"1","beacons":[]}', 422, "schema"),
        (b'{"schema":1}', 422, "beacons"),
        (b'{"schema":1,"beacons":{}}', 422, "beacons"),
        (b'{"schema":1,"beacons":[]}', 422, "beacons"),
        (b'{"schema":1,"beacons":[3]}', 422, "beacons.0"),
        (b'{"schema":1,"beacons":[null,{}]}', 422, "beacons.0"),
        (envelope(*[wire_beacon()] * (MAX_BEACONS + 1)), 413, "beacons"),
    ],
)
def test_a_body_that_holds_no_beacon_is_refused(body: bytes, status: int, field: str) -> None:
    with pytest.raises(BeaconError) as refusal:
        parse(body)
    assert (refusal.value.status, refusal.value.field) == (status, field)
    assert refusal.value.detail


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"view_id": "<script>"}, "view_id"),
        ({"view_id": "x" * 65}, "view_id"),
        ({"view_id": None}, "view_id"),
        ({"view_id": "abcdefgh\n"}, "view_id"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 1.5}, "sequence"),
        ({"sequence": "0"}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"page": "https://example.com/"}, "page"),
        ({"page": "/a?token=secret"}, "page"),
        ({"page": "/a\n"}, "page"),
        ({"page": "/" + "a" * 512}, "page"),
        ({"page_group": "Front Page"}, "page_group"),
        ({"navigation": "teleport"}, "navigation"),
        ({"tier": "FULL"}, "tier"),
        ({"tier": ["full"]}, "tier"),
        ({"vitals": {"lcp_ms": -1}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": "2500"}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": 1e12}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": float("nan")}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": float("inf")}}, "vitals.lcp_ms"),
        ({"vitals": {"lcp_ms": True}}, "vitals.lcp_ms"),
        ({"vitals": []}, "vitals"),
        ({"timing": {"load_ms": -0.5}}, "timing.load_ms"),
        ({"transfer": {"bytes": 2**41}}, "transfer.bytes"),
        ({"network": {"ect": "5g"}}, "network.ect"),
        ({"device": {"dpr": 0}}, "device.dpr"),
        ({"release": "1.0 beta"}, "release"),
        ({"release": ""}, "release"),
        ({"detected_by": "guess"}, "detected_by"),
        ({"consent": "maybe"}, "consent"),
        ({"consent": True}, "consent"),
        ({"clock": {"started_at_ms": float("nan"), "sent_after_ms": 0}}, "clock.started_at_ms"),
        ({"clock": {"started_at_ms": 1e16, "sent_after_ms": 0}}, "clock.started_at_ms"),
        ({"clock": {"started_at_ms": 0, "sent_after_ms": -1}}, "clock.sent_after_ms"),
        ({"clock": {"started_at_ms": 0}}, "clock.sent_after_ms"),
        ({"main_thread": {"long_tasks": 0.5}}, "main_thread.long_tasks"),
        ({"main_thread": {"blocking_ms": float("inf")}}, "main_thread.blocking_ms"),
        ({"resources": {"image": {"bytes": -1}}}, "resources.image.bytes"),
        ({"resources": {"image": {"requests": 2**63}}}, "resources.image.requests"),
        ({"resources": [["image", {}]]}, "resources"),
        (
            {"slowest": {"first_party": {"path": "/a?b", "kind": "image", "duration_ms": 1}}},
            "slowest.first_party.path",
        ),
        (
            {"slowest": {"third_party": {"host": "a b", "kind": "image", "duration_ms": 1}}},
            "slowest.third_party.host",
        ),
        (
            {"slowest": {"third_party": {"host": "a", "kind": "video", "duration_ms": 1}}},
            "slowest.third_party.kind",
        ),
        ({"errors": {}}, "errors"),
        ({"errors": [{"kind": "error", "message": "x"}] * 11}, "errors"),
        ({"errors": [{"kind": "error", "message": "x" * 201}]}, "errors.0.message"),
        ({"errors": [{"kind": "error", "message": "a\u0000b"}]}, "errors.0.message"),
        ({"errors": [{"kind": "error", "message": "a\u001b[31m"}]}, "errors.0.message"),
        ({"errors": [{"kind": "error", "message": "a\u0085b"}]}, "errors.0.message"),
        ({"errors": [{"kind": "warning", "message": "x"}]}, "errors.0.kind"),
        ({"errors": [{"kind": "csp", "message": "x", "source": "/a?t=1"}]}, "errors.0.source"),
        ({"errors": [{"kind": "csp", "message": "x", "stack_hash": "<b>"}]}, "errors.0.stack_hash"),
        ({"errors": [{"kind": "error", "message": "x", "count": 0}]}, "errors.0.count"),
        ({"frustration": {"rage_clicks": -1}}, "frustration.rage_clicks"),
        ({"engagement": {"scroll_depth": 1.01}}, "engagement.scroll_depth"),
        ({"engagement": {"visible_ms": 1e10}}, "engagement.visible_ms"),
        ({"events": [{"name": "a", "at_ms": 1}] * 21}, "events"),
        ({"events": [{"name": "Check out", "at_ms": 1}]}, "events.0.name"),
        ({"events": [{"name": "a", "at_ms": 1, "value": float("nan")}]}, "events.0.value"),
        ({"events": [{"name": "a", "at_ms": 1, "value": -1}]}, "events.0.value"),
        ({"events": [{"name": "a", "at_ms": 1, "currency": "euro"}]}, "events.0.currency"),
        ({"dimensions": {f"d{n}": "x" for n in range(11)}}, "dimensions"),
        ({"dimensions": {"plan": "x" * 65}}, "dimensions.plan"),
        ({"dimensions": {"plan": 7}}, "dimensions.plan"),
        ({"dimensions": {"plan": {"a": {"b": {}}}}}, "dimensions.plan"),
        ({"dimensions": {"plan": "a\nb"}}, "dimensions.plan"),
        ({"dimensions": {"<b>": "x"}}, "dimensions.<b>"),
        ({"marks": {f"m{n}": 1 for n in range(21)}}, "marks"),
        ({"marks": {"hero": "1"}}, "marks.hero"),
        ({"marks": {"a b": 1}}, "marks.a b"),
    ],
)
def test_a_value_out_of_bounds_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BeaconError) as refusal:
        parse(envelope(wire_beacon(**change)))
    assert (refusal.value.status, refusal.value.field) == (422, f"beacons.0.{field}")


def test_a_number_too_large_for_a_float_is_refused() -> None:
    body = envelope(wire_beacon(vitals={"lcp_ms": 7})).replace(b"7", b"1e309")
    with pytest.raises(BeaconError, match="finite"):
        parse(body)


def test_one_bad_beacon_does_not_lose_the_good_ones() -> None:
    parsed = parse(
        envelope(wire_beacon(), wire_beacon(sequence=-1), wire_beacon(view_id="view-0003"))
    )
    assert [beacon.view_id for beacon in parsed.beacons] == ["view-0001", "view-0003"]
    assert [(r.index, r.field) for r in parsed.rejections] == [(1, "sequence")]


def test_fields_of_a_newer_agent_are_ignored() -> None:
    newer = wire_beacon(invented=1, vitals={"lcp_ms": 1, "fancy": 2})
    assert parse(envelope(newer)).beacons[0].vitals.lcp_ms == 1


@pytest.mark.parametrize(
    "change",
    [
        {"page": "/" + "x" * 60_000},
        {"dimensions": {"X" * 60_000: ""}},
        {"dimensions": {f"X{n}": n for n in range(4_000)}},
        {"marks": {f"X {n}": None for n in range(3_000)}},
        {"errors": [{}] * 10_000},
        {"errors": [{"kind": 0, "message": 0, "source": 0, "stack_hash": 0, "count": 0}] * 10},
        {"events": [None] * 10_000},
    ],
)
def test_no_hostile_beacon_swells_the_answer(change: dict[str, Any]) -> None:
    parsed = parse(envelope(wire_beacon(), wire_beacon(**change)))
    assert len(parsed.beacons) == 1
    assert 1 <= len(parsed.rejections) <= 5
    assert all(len(each.field) <= 100 and len(each.detail) <= 200 for each in parsed.rejections)


def test_of_a_key_sent_twice_the_last_counts_as_in_a_browser() -> None:
    body = envelope(wire_beacon(release="one")).replace(b'"one"', b'"one","release":"two"')
    assert parse(body).beacons[0].release == "two"
    with pytest.raises(BeaconError):
        parse(body.replace(b'"two"', b"2"))


@pytest.mark.parametrize("opening", [b'{"a":', b"["])
def test_depth_is_refused_without_a_stack_overflow(opening: bytes) -> None:
    body = envelope(wire_beacon(errors="deep")).replace(b'"deep"', opening * 10_000)
    with pytest.raises(BeaconError):
        parse(body)


def test_a_body_full_of_beacons_that_say_everything_is_taken_and_a_fuller_one_refused() -> None:
    size_bytes = len(json.dumps(EVERYTHING)) + 2
    full = envelope(*[EVERYTHING] * (MAX_BODY_BYTES // size_bytes))
    assert len(parse(full).beacons) >= MAX_BEACONS / 2
    with pytest.raises(BeaconError) as refusal:
        parse(envelope(*[EVERYTHING] * MAX_BEACONS))
    assert refusal.value.status == 413


def test_the_largest_beacon_that_may_be_sent_fits_into_one_body() -> None:
    wide = "\N{GRINNING FACE}"
    slow = {"kind": "script", "duration_ms": 599_999.9}
    fault = {"kind": "rejection", "message": wide * 200, "source": wide * 256}
    largest = EVERYTHING | {
        "page": "/" + wide * 511,
        "slowest": {
            "first_party": {"path": "/" + wide * 511} | slow,
            "third_party": {"host": "h" * 253} | slow,
        },
        "errors": [fault | {"stack_hash": "f" * 64, "count": 1_000_000}] * 10,
        "events": [
            {"name": "n" * 32, "at_ms": 2_592_000_000, "value": 999_999_999.5, "currency": "EUR"}
        ]
        * 20,
        "marks": {f"{n:064}": 2_592_000_000 for n in range(20)},
        "dimensions": {f"{n:032}": wide * 64 for n in range(10)},
    }
    body = json.dumps({"schema": 1, "beacons": [largest]}, ensure_ascii=False).encode()
    assert len(body) < MAX_BODY_BYTES / 2
    assert len(parse(body).beacons) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
field_names = st.sampled_from(list(Beacon.model_fields))


@given(st.dictionaries(field_names, json_values, max_size=5))
def test_the_parser_and_the_published_model_agree_on_any_json(changes: dict[str, Any]) -> None:
    body = envelope(wire_beacon(**changes))
    try:
        Envelope.model_validate_json(body)
    except ValidationError:
        with pytest.raises(BeaconError):
            parse(body)
    else:
        assert len(parse(body).beacons) == 1


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_nothing_else_is_raised(body: bytes) -> None:
    with pytest.raises(BeaconError):
        parse(body)


def test_what_is_parsed_dumps_to_the_same() -> None:
    beacon = parse(envelope(EVERYTHING)).beacons[0]
    assert json.loads(beacon.model_dump_json(exclude_none=True)) == EVERYTHING
