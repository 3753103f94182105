import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.monitoring.notice import Concentration, Notice, Phase, notice_id
from tests.samples import notice

SINCE = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
NEWS: dict[str, Any] = {
    "rule": "slow",
    "group": {"country": "DE", "device": "phone"},
    "since": SINCE,
    "phase": Phase.FIRING,
    "number": 0,
}


def test_it_comes_back_from_json_as_it_went() -> None:
    assert Notice.model_validate_json(notice().model_dump_json()) == notice()


def test_the_same_news_has_the_same_id_wherever_it_is_made() -> None:
    told_elsewhere = {
        **NEWS,
        "group": {"device": "phone", "country": "DE"},
        "since": SINCE.astimezone(timezone(timedelta(hours=2))),
    }
    assert notice_id(**NEWS) == notice_id(**told_elsewhere)
    assert re.fullmatch("[0-9a-f]{32}", notice_id(**NEWS))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("rule", "slower"),
        ("group", {"country": "DE"}),
        ("group", {"country": "DE", "device": "tablet"}),
        ("since", SINCE + timedelta(minutes=1)),
        ("phase", Phase.RESOLVED),
        ("number", 1),
    ],
)
def test_other_news_has_another_id(name: str, other: object) -> None:
    assert notice_id(**NEWS) != notice_id(**{**NEWS, name: other})


def test_all_notices_of_an_alert_know_which_it_is() -> None:
    begun, ended = notice(), notice(phase="resolved", at=SINCE + timedelta(hours=1))
    assert begun.id != ended.id
    assert begun.alert_id == ended.alert_id != notice(group={}).alert_id


@given(st.text(min_size=300, max_size=3_000))
def test_a_long_text_is_cut_and_the_alert_told_all_the_same(text: str) -> None:
    found = notice(title=text, summary=text, rule=text, group={text: text}, unit=text)
    assert found.title == f"{text[:199]}…"
    assert len(found.summary) <= 1_000
    place = Concentration(dimension=text, value=text, share_of_excess=1)
    full = found.model_copy(update={"concentration": (place,) * 4})
    assert len(full.model_dump_json().encode()) < 20_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "../../x"),
        ("phase", "ended"),
        ("severity", "critical"),
        ("since", datetime(2026, 11, 22, 9, 14)),  # noqa: DTZ001 - naive on purpose
        ("share_affected", 1.1),
        ("value", float("nan")),
        ("views_affected", -1),
        ("dashboard_url", "javascript:alert(1)"),
        ("runbook_url", "https://a.example/ b"),
        ("concentration", [{"dimension": "a", "value": "b", "share_of_excess": 0.1}] * 5),
    ],
)
def test_what_no_rule_can_have_meant_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        notice(**{name: value})
