"""Thirty simulated days with twenty incidents: what our alerts find, how soon, and what they cry
wolf over.

The shipped rules of site.toml run minute by minute through the engine that `evaluate` runs, with
three weeks of history. The peers see the same views: plain static thresholds on every group, as one
sets them in an afternoon, and burn rates alone; both without grouping. The anomaly rules of
site.toml are judged with the others, and alone as well: how long before the page of an SLO they
speak, and what they cry wolf over. What is "info" gets nobody up, and is no notification.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from adaptive.monitoring.evaluation import Evaluation, Known
from adaptive.monitoring.notice import Phase
from adaptive.monitoring.rulebook import watches
from adaptive.prediction.watch import watch as detect
from adaptive.settings.monitoring import Severity
from bench.alerts import peers, world
from bench.alerts.counts import SimulatedCounts
from bench.alerts.incident import INCIDENTS, WARM_UP_DAYS
from bench.alerts.judge import News, figures, judge, leads
from bench.report import Result, finish, say
from infra import config

if TYPE_CHECKING:
    from adaptive.monitoring.rule import Monitoring
    from adaptive.settings.monitoring import RollupLists
    from bench.alerts.judge import Verdict

_SITE = Path(__file__).parents[2] / "site.toml"
_LEARNED_DAYS = 4  # for which detectors are fed before what they say is judged
_ORIGIN = 29_399_040  # a Monday, 2025-11-24T00:00Z, in minutes since the epoch


def main() -> None:
    """All three on the same views, month by month."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-minute", type=float, default=60, help="views (%(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13], help="one a month")
    parser.add_argument("--detail", action="store_true", help="every incident and false alert")
    options = parser.parse_args()
    site = config.load(_SITE)
    monitoring = site.monitoring
    judged: dict[str, list[Verdict]] = {}
    views = 0
    for seed in options.seeds:
        made = world.build(INCIDENTS, per_minute=options.per_minute, seed=seed)
        views += len(made.minute)
        for name, evaluation, grouped in (
            ("ours", _shipped(monitoring, site.rollups.lists), True),
            ("anomalies", _anomalies(monitoring, site.rollups.lists), True),
            ("static_thresholds", peers.static_thresholds(), False),
            ("burn_rates", peers.burn_rates(), False),
        ):
            began = time.process_time()
            news = _run(evaluation, made, delay=monitoring.delay_minutes, grouped=grouped)
            if name == "ours":
                news = [each for each in news if not each.info]
            verdict = judge(news, INCIDENTS)
            judged.setdefault(name, []).append(verdict)
            say(
                f"month {seed}, {name}: {figures([verdict], INCIDENTS)}"
                f" in {time.process_time() - began:.0f} s"
            )
            if options.detail:
                _tell(verdict)
    found = {name: figures(verdicts, INCIDENTS) for name, verdicts in judged.items()}
    mine, peer = found["ours"], found["static_thresholds"]
    finish(
        Result(
            name="alerts",
            value=mine["minutes_to_page"],
            unit="minutes to the page, median of the page-worthy incidents at normal traffic",
            peer="static thresholds",
            peer_value=peer["minutes_to_page"],
            ratio=mine["minutes_to_page"] / peer["minutes_to_page"],
            n=len(INCIDENTS) * len(options.seeds),
        ),
        views=views,
        months=len(options.seeds),
        anomalies_before_slo_pages=leads(judged["anomalies"], judged["burn_rates"]),
        anomalies_before_our_pages=leads(judged["anomalies"], judged["ours"]),
        **found,
    )


def _shipped(monitoring: Monitoring, lists: RollupLists) -> Evaluation:
    """The rules of site.toml."""
    return Evaluation(
        watches(monitoring, lists, detect), monitoring.join_minutes, monitoring.repeat_minutes
    )


def _anomalies(monitoring: Monitoring, lists: RollupLists) -> Evaluation:
    """Those of the rules that know no limit."""
    rules = {name: rule for name, rule in monitoring.rules.items() if rule.kind == "anomaly"}
    alone = monitoring.model_copy(update={"rules": rules, "slos": {}, "budgets": {}})
    return _shipped(alone, lists)


def _tell(verdict: Verdict) -> None:
    for each in INCIDENTS:
        first = verdict.first.get(each.name)
        told = f"{first.minute - each.start} min, {first}" if first else "MISSED"
        say(f"  {each.name}: {verdict.told.get(each.name, 0)} told; {told}")
    for news in verdict.false[:40]:
        at = news.minute - WARM_UP_DAYS * 1_440
        say(f"  false: day {at // 1_440} {at % 1_440 // 60}:{at % 60:02} {news}")


def _run(evaluation: Evaluation, made: world.World, *, delay: int, grouped: bool) -> list[News]:
    """What is told, at the minute when it is: a minute is judged `delay` after its end."""
    fixed = {watch.indicator for watch in evaluation.watches.values()}
    counts = SimulatedCounts(made, origin=_ORIGIN, fixed=fixed)
    judged_from = _ORIGIN + WARM_UP_DAYS * 1_440
    known = Known(judged_from - _LEARNED_DAYS * 1_440 - 1)
    news = []
    while known.through < _ORIGIN + world.MINUTES - 1:
        before = {key for key, alert in known.alerts.items() if alert.is_firing}
        known, tellings = evaluation.step(known, counts, ())
        told = (
            [each.key for each in tellings if each.phase is not Phase.RESOLVED]
            if grouped
            else [
                key for key, alert in known.alerts.items() if alert.is_firing and key not in before
            ]
        )
        at = known.through + 1 + delay - _ORIGIN
        for rule, group in told:
            watch = evaluation.watches[rule]
            page, info = watch.severity is Severity.PAGE, watch.severity is Severity.INFO
            if known.through >= judged_from:
                news.append(News(at, rule, watch.area, group, page, info))
    return news


if __name__ == "__main__":
    main()
