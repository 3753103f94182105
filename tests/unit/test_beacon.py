import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.delivery.beacon import MAX_BEACONS, MAX_BODY_BYTES, Envelope, parse
from adaptive.errors import BeaconError
from tests.samples import envelope, wire_beacon


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


def test_a_hostile_field_name_cannot_swell_the_answer() -> None:
    with pytest.raises(BeaconError) as refusal:
        parse(envelope(wire_beacon(page="/" + "x" * 60_000)))
    assert len(refusal.value.detail) <= 200


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)
field_names = st.sampled_from([*wire_beacon(), "lcp", "timing", "transfer", "network", "device"])


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
    beacon = parse(envelope()).beacons[0]
    assert parse(envelope(json.loads(beacon.model_dump_json(exclude_none=True)))).beacons == (
        beacon,
    )
