"""What the trials say: tables for people, figures for the JSON line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adaptive.edge.policy import Tier
from bench.control import steady
from bench.control.trials import POLICIES, SLOWDOWNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.control.trials import Trials

PAGE = Path(__file__).parents[2] / "docs" / "control.md"
_OTHER_PENALTIES = (0.0, 0.5, 1.0)


def tables(trials: Trials, broadband: Trials) -> str:
    """Markdown: by policy, by connection and processor, by default tier."""
    return "\n".join(
        (*_policies(trials), "", *_parts(trials, broadband), "", *_defaults(trials), "")
    )


def figures(trials: Trials, broadband: Trials) -> dict[str, Any]:
    """What else the JSON line holds."""
    low, high = trials.interval("ours")
    harmed, could = broadband.harmed()
    changes = {name: trials.per_session(name, lambda visit: visit.changes) for name in POLICIES}
    return {
        "ratio_low": low,
        "ratio_high": high,
        "naive_ratio": trials.ratio("naive"),
        "full_ratio": trials.ratio("always full"),
        "lite_ratio": trials.ratio("always lite"),
        "changes_per_session": changes["ours"],
        "changes_over_naive": changes["ours"] / changes["naive"],
        "downgraded_broadband_share": harmed / could,
        **{
            f"ratio_at_penalty_{p:g}": _at_penalty(trials, p).ratio("ours")
            for p in _OTHER_PENALTIES
        },
        **steady.figures(),
    }


def write(text: str, *, real: bool) -> None:
    """Into docs/control.md, each kind of traces between its own markers."""
    kind = "real" if real else "made"
    begin, end = f"<!-- begin {kind} traces -->\n", f"<!-- end {kind} traces -->\n"
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")


def _at_penalty(trials: Trials, penalty: float) -> Trials:
    return replace(trials, worth=replace(trials.worth, penalty=penalty))


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _head(*names: str) -> tuple[str, str]:
    return _row(names), _row("---" for _ in names)


def _policies(trials: Trials) -> Iterable[str]:
    worth = trials.worth
    yield from _head(
        "policy",
        "utility",
        "of the oracle's (95 %)",
        "regret",
        "LCP met",
        "INP met",
        "richness",
        "changes a session",
        "settled after views",
    )
    best = trials.utility("oracle")
    for name in (*POLICIES, "oracle"):
        low, high = trials.interval(name)
        yield _row(
            (
                name,
                f"{trials.utility(name):.3f}",
                f"{trials.ratio(name):.0%} ({low:.0%} to {high:.0%})",
                f"{best - trials.utility(name):.3f}",
                f"{trials.mean(name, worth.fast):.1%}",
                f"{trials.mean(name, worth.prompt):.1%}",
                f"{trials.mean(name, lambda view: worth.richness[view.tier]):.3f}",
                f"{trials.per_session(name, lambda visit: visit.changes):.2f}",
                f"{trials.per_session(name, lambda visit: visit.settled_after):.1f}",
            )
        )


def _parts(trials: Trials, broadband: Trials) -> Iterable[str]:
    yield from _head(
        "connection",
        "processor",
        "always full",
        "naive",
        "ours (95 %)",
        "downgraded though `full` met it",
        "the same, 8 times as fast",
    )
    families = sorted({visit.family for visit in trials.visits["oracle"]})
    for family in families:
        for slowdown in SLOWDOWNS:
            some, fast = (
                each.only(
                    lambda visit, family=family, slowdown=slowdown: (  # type: ignore[misc]
                        (visit.family, visit.session.slowdown) == (family, slowdown)
                    )
                )
                for each in (trials, broadband)
            )
            low, high = some.interval("ours")
            yield _row(
                (
                    family,
                    f"{slowdown}x slower" if slowdown > 1 else "desktop",
                    f"{some.ratio('always full'):.0%}",
                    f"{some.ratio('naive'):.0%}",
                    f"{some.ratio('ours'):.0%} ({low:.0%} to {high:.0%})",
                    _share(*some.harmed()),
                    _share(*fast.harmed()),
                )
            )


def _defaults(trials: Trials) -> Iterable[str]:
    yield from _head(
        "`default_tier`", "utility of the oracle's", "LCP met on first views", "richness"
    )
    worth = trials.worth
    for tier in Tier:
        firsts = [visit.views[0] for visit in trials.visits[tier]]
        yield _row(
            (
                tier,
                f"{trials.ratio(tier):.0%}",
                f"{sum(map(worth.fast, firsts)) / len(firsts):.1%}",
                f"{trials.mean(tier, lambda view: worth.richness[view.tier]):.3f}",
            )
        )


def _share(some: int, of: int) -> str:
    return f"{some / of:.1%} of {of}" if of else "-"
