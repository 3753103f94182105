"""The published schema and the parser draw the same line."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adaptive.delivery.beacon import Beacon, parse
from adaptive.errors import BeaconError
from infra import privacy, typescript
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
        {"release": "a b"},
        {"errors": [{"kind": "error", "message": "a\u0000b"}]},
        {"errors": [{"kind": "error", "message": "x"}] * 11},
        {"events": [{"name": "a", "at_ms": -1}]},
        {"dimensions": {"<b>": "x"}},
        {"dimensions": {f"d{n}": "x" for n in range(11)}},
        {"marks": {"hero": "1"}},
        {"slowest": {"third_party": {"host": "a", "kind": "video", "duration_ms": 1}}},
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


@pytest.mark.parametrize("sample", sorted(Path(__file__).parent.glob("beacon-v1*.json")))
def test_yesterdays_beacons_still_parse(sample: Path) -> None:
    body = sample.read_bytes()
    assert len(parse(body).beacons) == 1
    jsonschema.validate(json.loads(body), SCHEMA)


def test_the_newest_sample_says_everything_that_can_be_said() -> None:
    newest = (Path(__file__).parent / "beacon-v1-all.json").read_bytes()
    assert json.loads(newest)["beacons"][0].keys() == Beacon.model_fields.keys()


def test_what_typescript_cannot_say_is_refused() -> None:
    unknown: dict[str, Any] = {"$defs": {"Odd": {"properties": {"one": {"oneOf": []}}}}}
    with pytest.raises(ValueError, match="no TypeScript"):
        typescript.generate(unknown)


def test_the_privacy_page_names_every_field() -> None:
    page = privacy.generate(SCHEMA)
    assert all(f"\n| `{name}` | " in page for name in Beacon.model_fields)
