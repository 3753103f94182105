"""What we send is what Slack, Teams, PagerDuty and Standard Webhooks document: their own libraries
judge it, or a schema written from their documentation.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from microsoft_teams.cards import AdaptiveCard, FactSet, OpenUrlAction, TextBlock
from slack_sdk.models.blocks import Block

from adaptive.monitoring import payload
from adaptive.monitoring.notice import Notice
from tests.samples import notice

ALERT = json.loads((Path(__file__).parents[2] / "contracts" / "alert.schema.json").read_text())
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
PHASES = ("firing", "repeated", "resolved")
# https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
_TEXT = {"type": "string", "minLength": 1}
PAGERDUTY = {
    "type": "object",
    "required": ["routing_key", "event_action", "dedup_key"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "maxLength": 255},
        "client": _TEXT,
        "client_url": _TEXT,
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["href"],
                "additionalProperties": False,
                "properties": {"href": {"type": "string", "format": "uri"}, "text": _TEXT},
            },
        },
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "additionalProperties": False,
            "properties": {
                "summary": {**_TEXT, "maxLength": 1024},
                "source": _TEXT,
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": {"type": "string", "format": "date-time"},
                "component": _TEXT,
                "group": _TEXT,
                "class": _TEXT,
                "custom_details": {"type": "object"},
            },
        },
    },
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
}

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=1_500)
HOSTILE = st.builds(
    lambda text, word, phase: notice(
        title=text,
        summary=text,
        phase=phase,
        group={word[:90]: word},
        concentration=[{"dimension": word, "value": word, "share_of_excess": 1}] * 4,
    ),
    TEXT,
    st.text(min_size=1, max_size=300),
    st.sampled_from(PHASES),
)


@given(HOSTILE)
def test_slack_takes_every_message(each: Notice) -> None:
    message = payload.slack(each)
    assert message["text"]
    blocks = Block.parse_all(message["blocks"])
    assert len(blocks) == len(message["blocks"]) <= 50
    for block in blocks:
        assert block is not None
        block.validate_json()


def test_nobody_can_be_pinged_by_a_dimensions_value() -> None:
    hostile = "<!channel> & <http://evil.example|you>"
    message = payload.slack(notice(title=hostile, summary=hostile))
    [header, *rest] = message["blocks"]
    assert header["text"]["type"] == "plain_text"  # where nothing has a meaning
    text = json.dumps([message["text"], rest])
    assert "<!channel>" not in text
    assert "<http://evil" not in text
    assert "&lt;!channel&gt; &amp; " in text


def test_a_url_cannot_end_its_link_early() -> None:
    url = "https://a.example/?x=|>&y"
    [*_, links] = payload.slack(notice(dashboard_url=url))["blocks"]
    assert "<https://a.example/?x=%7C%3E&amp;y|Dashboard>" in links["text"]["text"]


@given(HOSTILE)
def test_teams_takes_every_card(each: Notice) -> None:
    message = payload.teams(each)
    assert len(json.dumps(message, ensure_ascii=False).encode()) < 28 * 1024
    [attachment] = message["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    content = attachment["content"]
    card = AdaptiveCard.model_validate(content)
    assert set(card.model_extra or ()) == {"$schema"}
    headline, facts = content["body"]
    assert not TextBlock.model_validate(headline).model_extra
    assert not FactSet.model_validate(facts).model_extra
    for action in content["actions"]:
        assert not OpenUrlAction.model_validate(action).model_extra


def test_no_link_can_be_smuggled_into_a_card() -> None:
    text = json.dumps(payload.teams(notice(title="[you](https://evil.example)")))
    assert "\\\\[you\\\\](https://evil.example)" in text


@given(HOSTILE)
def test_pagerduty_takes_every_event(each: Notice) -> None:
    event = payload.pagerduty(each, routing_key=ROUTING_KEY, site="demo-shop")
    jsonschema.validate(event, PAGERDUTY, format_checker=jsonschema.FormatChecker())
    assert len(json.dumps(event).encode()) < 512 * 1024


def test_pagerduty_hears_the_end_of_the_same_alert_that_began() -> None:
    begun, ended = (
        payload.pagerduty(notice(phase=phase), routing_key=ROUTING_KEY, site="demo-shop")
        for phase in ("firing", "resolved")
    )
    assert (begun["event_action"], ended["event_action"]) == ("trigger", "resolve")
    assert begun["dedup_key"] == ended["dedup_key"]
    assert begun["payload"]["severity"] == "critical"


@pytest.mark.parametrize(
    ("ours", "theirs"), [("page", "critical"), ("ticket", "warning"), ("info", "info")]
)
def test_severities_are_pagerdutys(ours: str, theirs: str) -> None:
    event = payload.pagerduty(notice(severity=ours), routing_key=ROUTING_KEY, site="s")
    assert event["payload"]["severity"] == theirs


@given(HOSTILE)
def test_a_webhook_gets_what_its_contract_says(each: Notice) -> None:
    call = payload.webhook(each, site="demo-shop")
    jsonschema.validate(call, ALERT, format_checker=jsonschema.FormatChecker())
    assert Notice.model_validate(call["notice"]) == each


@given(HOSTILE)
def test_sns_takes_every_subject(each: Notice) -> None:
    subject, text = payload.email(each)
    assert 0 < len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()
    assert len(text.encode()) < 200 * 1024


def test_an_e_mail_says_all_that_is_known() -> None:
    subject, text = payload.email(notice())
    assert subject == "Page: Product pages are slow"
    assert text == (
        "Page: Product pages are slow\n"
        "\n"
        "What: LCP at the 75th percentile is 4,812 ms, above 4,000 ms for 5 minutes.\n"
        "Since: 2026-11-22 09:14 UTC (5 min ago)\n"
        "Measured: 4,812 ms, the limit is 4,000 ms\n"
        "Concerns: page_group product\n"
        "Affected: 1,834 page views, 41% of those concerned\n"
        "Mostly: country DE: 82% of the excess; device phone: 76% of the excess\n"
        "Just before: release 2026.47.1, 2026-11-22 09:06 UTC (8 min earlier)\n"
        "Rule: slow-lcp\n"
        "Dashboard: https://shop.example.com/dashboard/?from=2026-11-22T09:00Z\n"
        "What to do: https://shop.example.com/runbooks/slow-lcp\n"
    )


def test_an_e_mail_about_little_says_little() -> None:
    end = notice().since + timedelta(days=1, hours=4, minutes=12)
    bare: dict[str, Any] = {
        "phase": "resolved",
        "at": end,
        "group": {},
        "value": None,
        "views_affected": 0,
        "concentration": (),
        "change": None,
        "dashboard_url": "",
    }
    assert payload.email(notice(**bare))[1] == (
        "Resolved after 1 d 4 h: Product pages are slow\n"
        "\n"
        "What: LCP at the 75th percentile is 4,812 ms, above 4,000 ms for 5 minutes.\n"
        "Since: 2026-11-22 09:14 UTC, until 2026-11-23 13:26 UTC (1 d 4 h)\n"
        "Concerns: the whole site\n"
        "Rule: slow-lcp\n"
        "What to do: https://shop.example.com/runbooks/slow-lcp\n"
    )
