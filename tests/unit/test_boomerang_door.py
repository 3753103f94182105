import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import beacon
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.boomerang_door import translate
from adaptive.delivery.foreign import Sender
from adaptive.errors import BeaconError

UNKNOWN = Sender(None, 0)
LOAD = {
    "u": "https://shop.example/summer/hats.html?q=secret#top",
    "pid": "8fj2k1ab",
    "n": "1",
    "rt.si": "2d1a-9zq",
    "rt.start": "navigation",
    "nt_nav_type": "1",
    "nt_nav_st": "1763752000000",
    "nt_dns_st": "1763752000010",
    "nt_dns_end": "1763752000030",
    "nt_con_st": "1763752000030",
    "nt_con_end": "1763752000090",
    "nt_ssl_st": "1763752000050",
    "nt_res_st": "1763752000400",
    "nt_domcontloaded_st": "1763752001200",
    "nt_load_end": "1763752002500",
    "pt.fcp": "900",
    "pt.lcp": "1800",
    "mob.etype": "3g",
    "mob.rtt": "150",
    "mob.dl": "1.6",
    "net.sd": "1",
    "scr.dpx": "2.625",
    "cpu.cnc": "8",
    "dev.mem": "4",
}
LEAVING = {"u": LOAD["u"], "pid": LOAD["pid"], "rt.si": LOAD["rt.si"], "n": "2", "rt.quit": ""}


def taken(*changes: dict[str, str], tier: str | None = None) -> Beacon:
    fields = {name: text for each in (LOAD, *changes) for name, text in each.items()}
    return only(urlencode(fields).encode(), tier)


def only(form: bytes, tier: str | None = None) -> Beacon:
    (found,) = beacon.parse(translate(form, Sender.of(tier, at_s=1))).beacons
    return found


@pytest.mark.parametrize(
    ("tier", "recipe", "told"),
    [
        ("lite", "thrifty", "thrifty"),
        (None, "thrifty", None),
        ("gold", "thrifty", None),
        ("lite", "", None),
        ("lite", "Thrifty", None),
        ("lite", "x" * 17, None),
        ("lite", "thrifty\n", None),
    ],
)
def test_the_recipe_cookie_counts_beside_a_tier_only(
    tier: str | None, recipe: str, told: str | None
) -> None:
    sender = Sender.of(tier, at_s=1, recipe=recipe)
    (found,) = beacon.parse(translate(urlencode(LOAD).encode(), sender)).beacons
    assert found.recipe == told


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"\xff\xfe",
        b"pid=1",
        b"u=/",
        b"&".join(b"a%d=1" % n for n in range(2_000)),
        b"pid=x&u=/&x=" + b"a" * 70_000,
        b"pid=x&u=//[",
        b"pid=x&u=/a%01b",
    ],
)
def test_what_is_no_beacon_is_refused(form: bytes) -> None:
    with pytest.raises(BeaconError):
        only(form)


@pytest.mark.parametrize("initiator", ["xhr", "click", "api_custom_metric", "<b>"])
def test_a_beacon_of_no_page_view_is_refused(initiator: str) -> None:
    with pytest.raises(BeaconError) as refusal:
        taken({"http.initiator": initiator})
    assert refusal.value.field == "http.initiator"


def test_a_load_says_what_ours_would() -> None:
    read = taken(tier="lite").model_dump(exclude_none=True)
    del read["view_id"]
    assert read == {
        "sequence": 1,
        "final": False,
        "page": "/summer/hats.html",
        "navigation": "reload",
        "hidden": False,
        "tier": "lite",
        "vitals": {"lcp_ms": 1800, "fcp_ms": 900, "ttfb_ms": 400},
        "timing": {
            "dns_ms": 20,
            "tcp_ms": 60,
            "tls_ms": 40,
            "dom_content_loaded_ms": 1200,
            "load_ms": 2500,
        },
        "network": {"ect": "3g", "rtt_ms": 150, "downlink_mbps": 1.6, "save_data": True},
        "device": {"memory_gib": 4, "cores": 8, "dpr": 2.625},
    }


def test_errors_count_in_the_view_that_they_happened_in() -> None:
    load = taken({"err": json.dumps([{"m": "x of /a?token=1", "n": 3, "d": "k"}, {"v": 7}])})
    told = {"http.initiator": "error", "n": "2", "err": json.dumps([{"m": "late\n"}])}
    later = taken(told)
    assert load.errors
    assert [each.model_dump(exclude_none=True) for each in load.errors] == [
        {"kind": "error", "message": "x of /a", "count": 3},
        {"kind": "rejection", "message": "untold", "count": 1},
    ]
    assert later.errors
    assert [each.message for each in later.errors] == ["late "]
    assert (later.view_id, later.sequence, later.navigation) == (load.view_id, 2, "reload")


def test_compressed_errors_are_one_at_least() -> None:
    found = taken({"err": "~(~(m~'boom*20bang))"}).errors or []
    assert [(each.kind, each.message, each.count) for each in found] == [("error", "untold", 1)]


@pytest.mark.parametrize("listed", ["[", "{}", "7", "[7]", '[{"m": {}}]', '[{"n": -1, "m": "a"}]'])
def test_odd_errors_cost_no_view(listed: str) -> None:
    assert taken({"err": listed}).vitals.lcp_ms == 1800


def test_leaving_the_page_is_the_same_view_later() -> None:
    load = taken()
    leaving = only(urlencode({**LEAVING, "et.inp": "120", "c.cls": "0.125"}).encode())
    assert leaving.view_id == load.view_id
    assert (leaving.sequence, leaving.final) == (2, True)
    assert (leaving.vitals.inp_ms, leaving.vitals.cls) == (120, 0.125)


def test_navigations_within_a_page_are_views_of_their_own() -> None:
    first, second = (taken({"http.initiator": "spa", "n": n}) for n in ("2", "3"))
    assert {first.navigation, second.navigation} == {"soft-navigation"}
    assert len({first.view_id, second.view_id, taken().view_id}) == 3


@pytest.mark.parametrize("value", ["-1", "NaN", "inf", "1e999", "9" * 5_000, "", "x", "0x10"])
def test_a_value_that_makes_no_sense_is_left_out(value: str) -> None:
    numbers = ("pt.lcp", "et.inp", "c.cls", "mob.rtt", "scr.dpx", "cpu.cnc", "n", "nt_res_st")
    read = taken(dict.fromkeys(numbers, value))
    assert read.vitals.lcp_ms is read.vitals.inp_ms is read.vitals.ttfb_ms is None
    assert read.vitals.fcp_ms == 900


def test_a_tier_that_is_none_of_ours_is_left_out() -> None:
    assert taken(tier="<script>").tier is None


def test_a_hidden_load_is_marked() -> None:
    assert taken({"pt.hid": "1"}).hidden


@given(st.dictionaries(st.sampled_from([*LOAD, "http.initiator", "c.cls", "et.inp"]), st.text()))
def test_whatever_is_sent_becomes_a_beacon_or_is_refused(changes: dict[str, Any]) -> None:
    form = urlencode({**LOAD, **changes}, errors="replace").encode()
    try:
        translated = translate(form, UNKNOWN)
        beacon.parse(translated)
    except BeaconError:
        return
    assert json.loads(translated)["schema"] == 1


@given(st.binary(max_size=300))
def test_any_bytes_become_a_beacon_or_are_refused(form: bytes) -> None:
    try:
        beacon.parse(translate(form, UNKNOWN))
    except BeaconError:
        return
