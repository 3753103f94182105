"""A CloudWatch alarm's change of state as a notice: what watches ourselves is told the same way.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from adaptive.monitoring.notice import Notice, Phase, Severity, notice_id

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "aws.cloudwatch"
DETAIL_TYPE = "CloudWatch Alarm State Change"
PAGE_MARK = "[page]"
"""An alarm whose description begins so gets somebody up; all others are tickets."""


def notice_in(event: Mapping[str, Any]) -> Notice | None:
    """The notice that an event of EventBridge carries, ours or CloudWatch's; None: nobody's news.

    Raises KeyError, TypeError or ValueError on what is neither.
    """
    if event["detail-type"] == DETAIL_TYPE:
        return notice_of(event["detail"], region=event["region"])
    return Notice.model_validate(event["detail"])


def notice_of(detail: Mapping[str, Any], *, region: str) -> Notice | None:
    """None for a change that nobody needs to know of: to and from insufficient data.

    Raises KeyError, TypeError or ValueError on what is no such event.
    """
    name, now, before = detail["alarmName"], detail["state"], detail["previousState"]
    match before["value"], now["value"]:
        case _, "ALARM":
            phase, since = Phase.FIRING, _instant(now["timestamp"])
        case "ALARM", "OK":
            phase, since = Phase.RESOLVED, _instant(before["timestamp"])
        case _:
            return None
    meaning = str(detail.get("configuration", {}).get("description", ""))
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
    return Notice(
        id=notice_id(rule=name, group={}, since=since, phase=phase, number=0),
        phase=phase,
        rule=name,
        severity=Severity.PAGE if meaning.startswith(PAGE_MARK) else Severity.TICKET,
        title=name,
        summary=f"{meaning.removeprefix(PAGE_MARK).strip()} {now.get('reason', '')}".strip(),
        since=since,
        at=_instant(now["timestamp"]),
        dashboard_url=f"{console}#alarmsV2:alarm/{name}",
    )


def _instant(text: str) -> datetime:
    """As EventBridge writes it: `2026-11-22T09:14:03.123+0000`."""
    return datetime.fromisoformat(text)
