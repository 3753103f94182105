"""A notice in the words of each service, within the limits that it documents."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from adaptive.monitoring.message import message_of
from adaptive.monitoring.notice import Notice, Phase, Severity

_SLACK_HEADER = 150
_SLACK_TEXT = 3_000
_PAGERDUTY_SUMMARY = 1_024
_SUBJECT = 100
_CARD = "application/vnd.microsoft.card.adaptive"
_PAGERDUTY_SEVERITY = {
    Severity.PAGE: "critical",
    Severity.TICKET: "warning",
    Severity.INFO: "info",
}
_COLOR = {Phase.FIRING: "Attention", Phase.REPEATED: "Warning", Phase.RESOLVED: "Good"}


def email(notice: Notice) -> tuple[str, str]:
    """Subject and text. SNS takes subjects of up to 100 printable ASCII characters
    (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
    """
    message = message_of(notice)
    subject = message.headline.encode("ascii", "replace").decode()
    printable = "".join(each if each.isprintable() else " " for each in subject)
    return printable[:_SUBJECT].strip(), message.text


def slack(notice: Notice) -> dict[str, Any]:
    """Block Kit (https://docs.slack.dev/reference/block-kit/blocks): `text` is for notifications
    and screen readers.
    """
    message = message_of(notice)
    facts = "\n".join(f"*{label}:* {_mrkdwn(text)}" for label, text in message.facts)
    blocks = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": _cut(message.headline, _SLACK_HEADER)},
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": _cut(facts, _SLACK_TEXT)}},
    ]
    if message.links:
        links = " · ".join(f"<{_slack_url(url)}|{label}>" for label, url in message.links)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": links}})
    return {"text": _mrkdwn(message.headline), "blocks": blocks}


def teams(notice: Notice) -> dict[str, Any]:
    """An Adaptive Card, as workflows and incoming webhooks take it
    (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).
    """
    message = message_of(notice)
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {
                "type": "TextBlock",
                "text": _markdown(message.headline),
                "size": "Large",
                "weight": "Bolder",
                "wrap": True,
                "color": _COLOR[notice.phase],
            },
            {
                "type": "FactSet",
                "facts": [
                    {"title": label, "value": _markdown(text)} for label, text in message.facts
                ],
            },
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": label, "url": url} for label, url in message.links
        ],
    }
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def pagerduty(notice: Notice, *, routing_key: str, site: str) -> dict[str, Any]:
    """Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/trigger-events/): the key
    by which it knows an alert is ours.
    """
    event: dict[str, Any] = {"routing_key": routing_key, "dedup_key": notice.alert_id}
    if notice.phase is Phase.RESOLVED:
        return {**event, "event_action": "resolve"}
    message = message_of(notice)
    return {
        **event,
        "event_action": "trigger",
        "client": "Adaptive Edge",
        "links": [{"href": url, "text": label} for label, url in message.links],
        "payload": {
            "summary": _cut(message.headline, _PAGERDUTY_SUMMARY),
            "source": site,
            "severity": _PAGERDUTY_SEVERITY[notice.severity],
            "timestamp": notice.since.isoformat(),
            "component": ", ".join(notice.group.values()) or "site",
            "class": notice.rule,
            "custom_details": dict(message.facts),
        },
    }


class Call(BaseModel):
    """What a generic webhook is sent (contracts/alert.schema.json)."""

    type: Literal["alert"] = "alert"
    site: str
    headline: str
    alert_id: str
    notice: Notice


def webhook(notice: Notice, *, site: str) -> dict[str, Any]:
    """The notice itself, with its headline."""
    headline = message_of(notice).headline
    call = Call(site=site, headline=headline, alert_id=notice.alert_id, notice=notice)
    return call.model_dump(mode="json")


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _mrkdwn(text: str) -> str:
    """So that `<!channel>` is text
    (https://docs.slack.dev/messaging/formatting-message-text#escaping).
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_url(url: str) -> str:
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def _markdown(text: str) -> str:
    """So that nothing in it becomes a link or an image."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
