"""The published schema and the parser draw the same line."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adaptive.delivery.beacon import parse
from adaptive.errors import BeaconError
from tests.samples import wire_beacon

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "contracts" / "beacon.schema.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    "change",
    [
        {"view_id": "<b>"},
        {"sequence": -1},
        {"page": "/a?b=c"},
        {"vitals": {"lcp_ms": 1e7}},
        {"vitals": {"lcp_ms": "1"}},
        {"tier": "gold"},
        {"device": {"dpr": 0}},
    ],
)
def test_what_the_parser_refuses_the_schema_refuses(change: dict[str, Any]) -> None:
    body = {"schema": 1, "beacons": [wire_beacon(**change)]}
    with pytest.raises(BeaconError):
        parse(json.dumps(body).encode())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, SCHEMA)


def test_what_the_parser_takes_the_schema_takes() -> None:
    body = {"schema": 1, "beacons": [wire_beacon(), wire_beacon(sequence=1, final=True)]}
    assert len(parse(json.dumps(body).encode()).beacons) == 2
    jsonschema.validate(body, SCHEMA)


def test_a_beacon_of_the_first_version_still_parses() -> None:
    first = Path(__file__).parent / "beacon-v1.json"
    assert len(parse(first.read_bytes()).beacons) == 1
