from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery import policy, tier
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import SessionState
from adaptive.edge.policy import Tier
from adaptive.errors import PolicyError
from tests.samples import INITIAL, RULES, beacon

AT = datetime(2026, 11, 22, tzinfo=UTC)


def changed(**changes: Any) -> dict[str, Any]:
    return {**INITIAL.model_dump(mode="json"), **changes}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tiers_on": []}, "tiers_on: .* at least 1"),
        ({"tiers_on": ["full", "full"]}, "tiers_on: .*names one twice"),
        ({"tiers_on": ["golden"]}, "tiers_on.0: .*'full'"),
        ({"tiers_on": ["lite"]}, "default_tier full is not among tiers_on"),
        ({"default_tier": "control"}, "default_tier: .*'full'"),
        ({"holdout_share": 1.2}, "holdout_share: .* less than or equal to 1"),
        ({"holdout_share": float("nan")}, "holdout_share: "),
        ({"target": {"lcp_ms": 2500, "inp_ms": 200}}, "target.share: Field required"),
        ({"target": {"lcp_ms": -1, "inp_ms": 200, "share": 0.7}}, "target.lcp_ms: "),
        ({"kill": "perhaps"}, "kill: .*boolean"),
        ({"version": -1}, "version: "),
        ({"killl": True}, "killl: Extra inputs"),
        ({"image_weight": {"full": 1, "standard": 0.6, "lite": 0.3}}, "lacks minimal"),
        (
            {"image_weight": {"full": 1, "standard": 0.2, "lite": 0.3, "minimal": 0.1}},
            "image_weight: .*lite must not be above standard",
        ),
        (
            {"script_weight": {"full": 0.9, "standard": 0.2, "lite": 0.2, "minimal": 0.1}},
            "script_weight: .*full must be 1",
        ),
    ],
)
def test_an_invalid_policy_is_refused_with_the_key_and_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PolicyError, match=reason):
        policy.parse(changed(**changes))


def test_every_fault_has_its_line() -> None:
    with pytest.raises(PolicyError) as refused:
        policy.parse(changed(kill="perhaps", holdout_share=7))
    assert len(str(refused.value).splitlines()) == 2


def test_tiers_are_on_richest_first_in_whatever_order_they_are_named() -> None:
    found = policy.parse(changed(tiers_on=["minimal", "full"]))
    assert found.tiers_on == (Tier.FULL, Tier.MINIMAL)


def test_what_is_kept_is_read_as_it_was() -> None:
    new = policy.enacted(INITIAL, who="me", why="because", at=AT)
    assert policy.read(new.model_dump_json().encode()) == new


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b'{"policy": 1}', b"[]"])
def test_what_was_never_kept_is_refused(body: bytes) -> None:
    with pytest.raises(PolicyError):
        policy.read(body)


@pytest.mark.parametrize(("who", "why"), [("", "because"), ("me", ""), ("me", "a\nb")])
def test_nobody_and_no_reason_are_refused(who: str, why: str) -> None:
    with pytest.raises(PolicyError):
        policy.enacted(INITIAL, who=who, why=why, at=AT)


def test_differences_are_told_key_by_key_and_leave_the_version_out() -> None:
    target = {"lcp_ms": 2_000, "inp_ms": 200, "share": 0.75}
    after = policy.parse(changed(version=3, kill=True, tiers_on=["full", "lite"], target=target))
    assert list(policy.differences(INITIAL, after)) == [
        ("target.lcp_ms", "2500.0", "2000.0"),
        ("tiers_on", "full, standard, lite, minimal", "full, lite"),
        ("kill", "False", "True"),
    ]
    assert list(policy.differences(after, after)) == []


def rules(*on: Tier) -> Policy:
    return policy.parse(changed(tiers_on=on, default_tier=on[0]))


some_tiers = st.lists(st.sampled_from(list(Tier)), min_size=1, unique=True)
lcps = st.lists(st.floats(100, 60_000), max_size=12)


@given(before=some_tiers, after=some_tiers, first=lcps, then=lcps)
def test_no_tier_that_is_off_is_ever_served(
    before: list[Tier], after: list[Tier], first: list[float], then: list[float]
) -> None:
    state = SessionState()
    for number, (lcp_ms, now) in enumerate(
        [*((each, rules(*before)) for each in first), *((each, rules(*after)) for each in then)]
    ):
        assert tier.serving(state, now) in now.tiers_on
        report = beacon(
            view_id=f"view-{number:04}",
            tier=str(tier.serving(state, now)),
            vitals={"ttfb_ms": 50, "lcp_ms": lcp_ms},
        )
        state = tier.follow(state, report, now)
        assert state.tier in now.tiers_on
    assert tier.serving(state, rules(*after)) in after


@pytest.mark.parametrize(
    ("had", "on", "gets"),
    [
        (Tier.LITE, (Tier.FULL, Tier.LITE), Tier.LITE),
        (Tier.STANDARD, (Tier.FULL, Tier.LITE, Tier.MINIMAL), Tier.LITE),
        (Tier.MINIMAL, (Tier.FULL, Tier.LITE), Tier.LITE),
        (Tier.FULL, (Tier.STANDARD, Tier.LITE), Tier.STANDARD),
        (None, (Tier.STANDARD, Tier.LITE), Tier.STANDARD),
    ],
)
def test_until_the_next_evidence_a_tier_turned_off_gives_way_to_a_poorer_one(
    had: Tier | None, on: tuple[Tier, ...], gets: Tier
) -> None:
    assert tier.serving(SessionState(tier=had), rules(*on)) is gets


def test_with_a_tier_off_the_next_one_up_is_one_step() -> None:
    on = rules(Tier.FULL, Tier.LITE)
    state = SessionState(tier=Tier.LITE)
    for number in range(6):
        report = beacon(
            view_id=f"view-{number:04}",
            tier=str(state.tier),
            vitals={"ttfb_ms": 50, "lcp_ms": 300, "inp_ms": 20},
        )
        state = tier.follow(state, report, on)
    assert state.tier is Tier.FULL


def test_version_0_says_what_the_site_says() -> None:
    assert INITIAL.version == 0
    assert not INITIAL.kill
    assert INITIAL.model_dump(include={*type(RULES).model_fields}) == RULES.model_dump()


def slow_view(lcp_ms: float, rtt_ms: float) -> Beacon:
    return beacon(
        tier="full",
        vitals={"lcp_ms": lcp_ms, "ttfb_ms": 400},
        network={"ect": "4g", "rtt_ms": rtt_ms},
    )


def test_a_lower_aim_for_slow_connections_moves_them_and_nobody_else() -> None:
    lower = policy.changed(INITIAL, {"target_lcp_ms.slow": 1_200})
    view = {"lcp_ms": 1_700.0}
    for rtt_ms, expected in ((50, False), (150, False), (400, True)):
        usual, now = (
            tier.follow(SessionState(), slow_view(**view, rtt_ms=rtt_ms), each).tier
            for each in (INITIAL, lower)
        )
        assert usual is not None
        assert now is not None
        assert (now.rank > usual.rank) is expected, rtt_ms


def test_a_session_keeps_the_class_of_its_connection_while_reports_do_not_tell_another() -> None:
    state = tier.follow(SessionState(), slow_view(1_700, 400), INITIAL)
    assert state.connection == "slow"
    later = beacon(view_id="view-0002", vitals={"lcp_ms": 900})
    assert tier.follow(state, later, INITIAL).connection == "slow"
    first = SessionState()
    assert tier.follow(first, later, INITIAL).connection is None


def test_a_key_of_a_section_is_taken_out_by_none() -> None:
    lower = policy.changed(INITIAL, {"target_lcp_ms.slow": 1_200})
    assert policy.changed(lower, {"target_lcp_ms.slow": None}) == INITIAL
    with pytest.raises(PolicyError, match=r"target_lcp_ms\.bad"):
        policy.changed(INITIAL, {"target_lcp_ms.bad": 1_200})
