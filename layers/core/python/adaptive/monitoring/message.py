"""A notice in words that somebody can act on, whatever they are shown in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from adaptive.monitoring.notice import Notice, Phase

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_PER_CENT = {"ratio", "share"}


@dataclass(frozen=True, slots=True)
class Message:
    """A line, what is known as (label, text), and where to go on as (label, URL)."""

    headline: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """All of it, line by line."""
        lines = [self.headline, ""]
        lines += [f"{label}: {text}" for label, text in (*self.facts, *self.links)]
        return "\n".join(lines) + "\n"


def message_of(notice: Notice) -> Message:
    """What, since when, how bad for how many, where most, what changed before, and what to do."""
    links = (("Dashboard", notice.dashboard_url), ("What to do", notice.runbook_url))
    return Message(
        headline=f"{_beginning(notice)}: {notice.title}",
        facts=tuple((label, text) for label, text in _facts(notice) if text),
        links=tuple((label, url) for label, url in links if url),
    )


def _facts(notice: Notice) -> tuple[tuple[str, str], ...]:
    group = ", ".join(f"{name} {value}" for name, value in notice.group.items())
    return (
        ("What", notice.summary),
        ("Since", _since(notice)),
        ("Measured", _measured(notice)),
        ("Concerns", group or "the whole site"),
        ("Affected", _affected(notice)),
        ("Mostly", _concentration(notice)),
        ("Just before", _change(notice)),
        ("Rule", notice.rule),
    )


def _beginning(notice: Notice) -> str:
    lasted = duration(notice.at - notice.since)
    match notice.phase:
        case Phase.FIRING:
            return str(notice.severity).capitalize()
        case Phase.REPEATED:
            return f"Still, after {lasted}"
        case Phase.RESOLVED:
            return f"Resolved after {lasted}"
        case _:
            assert_never(notice.phase)


def _since(notice: Notice) -> str:
    lasted = duration(notice.at - notice.since)
    if notice.phase is Phase.RESOLVED:
        return f"{_instant(notice.since)}, until {_instant(notice.at)} ({lasted})"
    return f"{_instant(notice.since)} ({lasted} ago)"


def _measured(notice: Notice) -> str:
    if notice.value is None:
        return ""
    value = _quantity(notice.value, notice.unit)
    if notice.threshold is None:
        return value
    return f"{value}, the limit is {_quantity(notice.threshold, notice.unit)}"


def _affected(notice: Notice) -> str:
    if not notice.views_affected:
        return ""
    views = "page view" if notice.views_affected == 1 else "page views"
    return f"{notice.views_affected:,} {views}, {notice.share_affected:.0%} of those concerned"


def _concentration(notice: Notice) -> str:
    return "; ".join(
        f"{each.dimension} {each.value}: {each.share_of_excess:.0%} of the excess"
        for each in notice.concentration
    )


def _change(notice: Notice) -> str:
    if (change := notice.change) is None:
        return ""
    before = notice.since - change.at
    when = f"{duration(before)} earlier" if before.total_seconds() >= 0 else "since then"
    return f"{change.kind} {change.name}, {_instant(change.at)} ({when})"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _quantity(value: float, unit: str) -> str:
    if unit in _PER_CENT:
        return f"{value * 100:.3g} %"
    digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - 3 digits
    return f"{digits} {unit}".rstrip()


def duration(span: timedelta) -> str:
    """In its two largest units, rounded down: `1 d 4 h`, `12 min`."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    sizes = (("d", minutes // 1_440), ("h", minutes // 60 % 24), ("min", minutes % 60))
    parts = [f"{count} {unit}" for unit, count in sizes if count]
    return " ".join(parts[:2]) or "less than a minute"
