"""What of all that was told was right: each incident found or not, and the rest false."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.alerts.world import DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.alerts.incident import Incident

_AFTERWARDS = 30  # minutes for which news of an incident that is over are still of it
_WEEKS = DAYS / 7


@dataclass(frozen=True, slots=True)
class News:
    """One thing that somebody was told, at a minute of the simulation."""

    minute: int
    rule: str
    area: str
    group: tuple[tuple[str, str], ...]
    page: bool
    info: bool = False


@dataclass(slots=True)
class Verdict:
    """`first` is the first news of each incident; `false` what belongs to none."""

    first: dict[str, News] = field(default_factory=dict)
    first_page: dict[str, News] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    false: list[News] = field(default_factory=list)


def judge(news: Sequence[News], incidents: Sequence[Incident]) -> Verdict:
    """By time, by what it is about, and by where."""
    verdict = Verdict()
    for each in news:
        for incident in incidents:
            if _is_of(each, incident):
                verdict.first.setdefault(incident.name, each)
                if each.page:
                    verdict.first_page.setdefault(incident.name, each)
                verdict.told[incident.name] = verdict.told.get(incident.name, 0) + 1
                break
        else:
            verdict.false.append(each)
    return verdict


def leads(early: Sequence[Verdict], late: Sequence[Verdict]) -> dict[str, Any]:
    """By how many minutes the one's first news of an incident come before the other's page of it;
    `without_page` are incidents that the other never pages.
    """
    months = [*zip(early, late, strict=True)]
    found = [
        other.first_page[name].minute - news.minute
        for one, other in months
        for name, news in one.first.items()
        if name in other.first_page
    ]
    both = sum(name in other.first_page for one, other in months for name in one.first)
    return {
        "incidents": both,
        "minutes": median(found) if found else None,
        "earlier": sum(each > 0 for each in found),
        "without_page": sum(len(one.first) for one, _ in months) - both,
    }


def _is_of(news: News, incident: Incident) -> bool:
    after = news.minute - incident.start
    if not 0 <= after < incident.minutes + _AFTERWARDS or news.area not in incident.areas:
        return False
    name, word = incident.where or ("", "")
    return dict(news.group).get(name, word) == word


def figures(verdicts: Sequence[Verdict], incidents: Sequence[Incident]) -> dict[str, Any]:
    """Of several months. Shares are 0-1; minutes are from an incident's start to its news, with
    the delay of evaluation.
    """
    pages = [each for each in incidents if each.page]
    usual = [each for each in pages if not each.low_traffic]
    delays = [
        month.first_page[each.name].minute - each.start
        for month in verdicts
        for each in usual
        if each.name in month.first_page
    ]
    months = len(verdicts)
    found = sum(len(month.first) for month in verdicts)
    paged = sum(each.name in month.first_page for month in verdicts for each in pages)
    told = sum(sum(month.told.values()) for month in verdicts)
    false = [each for month in verdicts for each in month.false]
    return {
        "recall": round(found / months / len(incidents), 3),
        "page_recall": round(paged / months / len(pages), 3),
        "minutes_to_page": median(delays) if delays else None,
        "slowest_page": max(delays, default=None),
        "false_a_week": round(len(false) / months / _WEEKS, 3),
        "false_pages_a_month": round(sum(each.page for each in false) / months, 2),
        "notifications_per_incident": round(told / found, 3) if found else 0,
    }
