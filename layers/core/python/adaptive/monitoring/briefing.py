"""What a notice says: what and how bad, since when, where most of it is, what changed before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from adaptive.monitoring.anomalous import Anomalous
from adaptive.monitoring.concentration import concentration
from adaptive.monitoring.notice import Change, Notice, Phase, notice_id
from adaptive.monitoring.scope import LAB
from adaptive.monitoring.sli import VIEWS, Indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.delivery.changes import Change as LoggedChange
    from adaptive.monitoring.condition import Judgement
    from adaptive.monitoring.incident import AlertKey, Telling
    from adaptive.monitoring.lab import Latest
    from adaptive.monitoring.rulebook import Watch
    from adaptive.monitoring.scope import Counts, Group

    Changes = Callable[[datetime, datetime], Sequence[LoggedChange]]
    """Of a span, oldest first."""

_JUST_BEFORE = timedelta(hours=2)
_HOUR = 60
_BLAMED = ("release", "policy", "experiment", "maintenance")


@dataclass(frozen=True, slots=True)
class Briefing:
    """Makes notices; the addresses may be empty."""

    counts: Counts
    changes: Changes
    dashboard_url: str
    runbooks_url: str
    probes: Callable[[], Sequence[Latest]] = tuple

    def notice(self, telling: Telling, watch: Watch, judgement: Judgement, minute: int) -> Notice:
        """Of a telling at a minute; the judgement is the alert's latest."""
        key, at = telling.key, _instant(minute + 1)
        since = _instant(telling.since)
        group = dict(key.group)
        value, threshold = self._values(watch, key, judgement, minute)
        resolved = telling.phase is Phase.RESOLVED
        spans = (
            (telling.since + 1 - judgement.minutes, minute + 1),
            (telling.since - judgement.minutes - _HOUR, telling.since - judgement.minutes),
        )
        indicator = Indicator(watch.metric, judgement.value)
        return Notice(
            id=notice_id(
                rule=key.rule,
                group=group,
                since=since,
                phase=telling.phase,
                number=telling.number,
            ),
            rule=key.rule,
            group=group,
            since=since,
            phase=telling.phase,
            severity=watch.severity,
            title=_title(watch, key.group, value, resolved=resolved),
            summary=_summary(watch, telling, value, threshold) + self._reasons(watch, telling),
            at=at,
            value=value,
            threshold=threshold,
            unit=watch.unit,
            views_affected=_affected(watch, judgement),
            share_affected=min(1.0, judgement.found.share) if indicator.is_share else 0.0,
            concentration=()
            if resolved
            else concentration(self.counts, indicator, key.group, sign=watch.sign, spans=spans),
            change=None if resolved else self._change(since),
            dashboard_url=self._dashboard(watch, key.group, telling.since, minute),
            runbook_url=self._runbook(watch),
        )

    def _reasons(self, watch: Watch, telling: Telling) -> str:
        """What probes said last of why they fail."""
        if watch.scope.dimensions != LAB or telling.phase is Phase.RESOLVED:
            return ""
        group = dict(telling.key.group)
        return "".join(
            f" {each.location}: {each.reason}."
            for each in self.probes()
            if each.reason
            and each.probe == group.get("probe", each.probe)
            and each.location == group.get("location", each.location)
        )

    def _values(
        self, watch: Watch, key: AlertKey, judgement: Judgement, minute: int
    ) -> tuple[float | None, float]:
        """What is shown, and the limit of it."""
        if watch.quantile is None or judgement.value is None:
            return judgement.found.share, judgement.limit
        span = (minute + 1 - judgement.minutes, minute + 1)
        found = watch.scope.quantiles(self.counts, watch.metric, watch.quantile, span)
        return found.get(key.group), judgement.value

    def _change(self, since: datetime) -> Change | None:
        logged = [
            each for each in self.changes(since - _JUST_BEFORE, since) if each.kind in _BLAMED
        ]
        if not logged:
            return None
        last = logged[-1]
        return Change(kind=last.kind, name=last.name, at=last.at)

    def _dashboard(self, watch: Watch, group: Group, since: int, minute: int) -> str:
        if not self.dashboard_url:
            return ""
        span = {"from": _instant(since - _HOUR), "to": _instant(minute + _HOUR)}
        query = {name: at.strftime("%Y-%m-%dT%H:%MZ") for name, at in span.items()}
        query |= {"metric": watch.metric, **dict(group)}
        return f"{self.dashboard_url}?{urlencode(query)}"

    def _runbook(self, watch: Watch) -> str:
        if watch.runbook.startswith("https://"):
            return watch.runbook
        return f"{self.runbooks_url}{watch.runbook}.md" if self.runbooks_url else ""


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def _affected(watch: Watch, judgement: Judgement) -> int:
    """Bad views in the window; where too little is the matter, the views or events that lack."""
    found = judgement.found
    if watch.sign > 0:
        return max(0, found.part) if judgement.value or watch.indicator.is_share else found.whole
    return max(0, round(judgement.limit * found.whole) - found.part)


def _title(watch: Watch, group: Group, value: float | None, *, resolved: bool) -> str:
    where = " and ".join(f"{name} {word}" for name, word in group) or "the whole site"
    if resolved:
        return f"Over: {watch.name} on {where}"
    return f"{watch.name}: {_named(watch)} of {where} is {_shown(value, watch)}"


def _summary(watch: Watch, telling: Telling, value: float | None, threshold: float) -> str:
    limit = "usually" if isinstance(watch.condition, Anomalous) else "the limit"
    against = f"{limit} {_shown(threshold, watch)}"
    if telling.phase is Phase.RESOLVED:
        return f"{_named(watch)} is {_shown(value, watch)} again, {against}."
    text = f"{_named(watch)} is {_shown(value, watch)}, {against}."
    others = len(telling.joined)
    if others:
        names = ", ".join(sorted({key.rule for key in telling.joined}))
        text += f" With it {others} more: {names}."
    return f"{text} {watch.why}"


def _named(watch: Watch) -> str:
    metric = watch.metric.removesuffix("_ms").replace("_", " ")
    if watch.quantile is not None:
        return f"{metric} p{watch.quantile * 100:g}"
    return metric if watch.metric != VIEWS else "views a minute"


def _shown(value: float | None, watch: Watch) -> str:
    if value is None:
        return "unknown"
    if watch.unit == "share":
        return f"{value:.1%} of {watch.counted}"
    if watch.unit == "bytes":
        return f"{value / 1_000:,.0f} KB"
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004
    return f"{number} {watch.unit}".strip() if watch.unit == "ms" else number
