"""What is wrong now, what was told lately, what is silenced, and what the SLOs have left."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adaptive.errors import QueryError
from adaptive.monitoring.query import cursor
from adaptive.monitoring.query.answer import Alerts, Budget, Going, Slos
from adaptive.monitoring.query.reply import Desk, Reply, instant

if TYPE_CHECKING:
    from adaptive.monitoring.alerts_store import AlertsStore

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def alerts(
    desk: Desk, store: AlertsStore, *, month: str | None, limit: int, following: str | None
) -> Reply:
    """Newest first; `month` is as 2026-11, else they are of the last 31 days. What was told comes
    by pages, as of when the first was asked for. Raises QueryError, UnavailableError.
    """
    now = datetime.fromtimestamp(desk.now(), UTC)
    question = ("alerts", month)
    minute, offset = desk.minute, 0
    if following is not None:
        minute, offset = cursor.read(following, question=question)
    stored = store.state()
    known = stored.state.known if stored else None
    told = store.told(_first_of(month)) if month else store.told_lately(instant(minute))
    told = [each for each in reversed(told) if each.since < instant(minute + 1)]
    until = offset + limit
    data = Alerts(
        judged_until=instant(known.through + 1) if known else None,
        going=[
            Going(
                rule=key.rule,
                group=dict(key.group),
                stage=str(each.stage),
                since=instant(each.since),
                share=each.judgement.found.share,
            )
            for key, each in (known.alerts.items() if known else ())
        ],
        told=told[offset:until],
        silences=[each for each in store.silences() if each.starts_at <= now < each.ends_at],
    )
    samples = len(data.going) + len(told) + len(data.silences)
    more = cursor.write(minute=minute, offset=until, question=question)
    return desk.reply(
        data,
        samples=samples,
        units=0,
        end=desk.minute,
        following=more if until < len(told) else None,
    )


def slos(desk: Desk, store: AlertsStore) -> Reply:
    """As of the last full hour; raises UnavailableError."""
    found = [
        Budget(
            slo=each.slo,
            objective=each.objective,
            days=each.days,
            until=instant(each.through + 1),
            good=each.good,
            bad=each.bad,
            achieved=each.achieved,
            spent=each.spent,
            burn=each.burn,
            allows_promotion=each.allows_promotion,
        )
        for each in store.budgets()
    ]
    samples = sum(each.good + each.bad for each in found)
    return desk.reply(Slos(slos=found), samples=samples, units=0, end=desk.minute)


def _first_of(month: str) -> datetime:
    found = _MONTH.fullmatch(month)
    if found is None or found[1] == "0000":
        raise QueryError(f"{month!r} is no month: write 2026-11", field="month")
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
