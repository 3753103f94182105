import json
from pathlib import Path

import pytest

from adaptive.delivery.beacon import Beacon
from adaptive.delivery.consent import WITHOUT_CONSENT, is_given, without_identity
from tests.samples import beacon

EVERYTHING = json.loads((Path(__file__).parents[1] / "contracts/beacon-v1-all.json").read_bytes())
FULL = Beacon.model_validate(EVERYTHING["beacons"][0])


def test_only_what_is_listed_is_kept() -> None:
    kept = json.loads(without_identity(FULL).model_dump_json(exclude_none=True))
    assert kept.keys() == set(WITHOUT_CONSENT)
    assert kept["page"] == "/"
    assert kept["network"] == {"ect": "4g"}
    assert kept["device"] == {"mobile": True}


def test_what_is_kept_is_a_beacon_itself_and_stays_as_it_is() -> None:
    once = without_identity(FULL)
    assert Beacon.model_validate_json(once.model_dump_json(exclude_none=True)) == once
    assert without_identity(once) == once


def test_the_measurements_are_those_that_were_sent() -> None:
    anonymous = without_identity(FULL)
    assert (anonymous.vitals, anonymous.transfer, anonymous.page_group) == (
        FULL.vitals,
        FULL.transfer,
        "category",
    )


def test_a_bare_beacon_gains_nothing() -> None:
    bare = beacon(page="/")
    assert without_identity(bare) == bare


@pytest.mark.parametrize(
    ("said", "given"), [(None, True), ("granted", True), ("pending", False), ("denied", False)]
)
def test_consent_is_what_was_granted_or_never_asked(said: str | None, *, given: bool) -> None:
    assert is_given(beacon(consent=said)) is given
