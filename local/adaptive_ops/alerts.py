"""adaptive-ops status, alerts, silence, ack: what goes on, and what one need not hear of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adaptive.errors import ConfigError
from adaptive.monitoring.sli import VIEWS, Count, Indicator
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_ops.policy import Who, Why  # noqa: TC001
from local.adaptive_ops.watching import connect
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.monitoring.alert import Alert
    from adaptive.monitoring.cells import CellCounts
    from adaptive.monitoring.incident import AlertKey
    from adaptive.monitoring.scope import Span
    from adaptive.monitoring.silence import Kind, Silence
    from local.adaptive_ops.watching import Watching

_WINDOW = 15  # minutes that status looks at
_RUNBOOK = "docs/runbooks/AdaptiveMonitoringEvaluationStopped.md"
_BEHIND = 3  # minutes from which on evaluation is late

Rule = Annotated[str, typer.Argument(help="A rule's name, * for any part of it.")]
Group = Annotated[
    list[str] | None, typer.Option("--group", help="dimension=value, as country=DE; repeatable.")
]
Hours = Annotated[float, typer.Option(help="How long.", min=0.02, max=24 * 29)]


def now_minute() -> int:
    """Since the epoch."""
    return int(datetime.now(UTC).timestamp()) // 60


def group_of(words: list[str] | None) -> dict[str, str]:
    """What `--group` says; raises ConfigError."""
    found = {}
    for each in words or ():
        name, separator, value = each.partition("=")
        if not separator:
            raise ConfigError(f"--group {each}: write dimension=value, as country=DE")
        found[name] = value
    return found


def status(*, as_json: AsJson = False) -> None:
    """How the site is now: fifteen minutes of visitors, what fires, what is silenced."""
    with told():
        watching, now = connect(), now_minute()
        found = _status(watching, now)
    if as_json:
        write_json(found)
        return
    table = Table(title=f"The last {_WINDOW} minutes", title_justify="left")
    for name in ("views/min", "LCP p75", "INP p75", "CLS p75", "failing"):
        table.add_column(name, justify="right")
    table.add_row(
        f"{found['views_per_minute']:.1f}",
        *(_shown(found[name]) for name in ("lcp_ms", "inp_ms", "cls")),
        f"{found['failing']:.1%}",
    )
    Console().print(table)
    behind = found["minutes_behind"]
    if behind is None:
        say("Nothing was judged yet: evaluate runs every minute once it is deployed.")
    elif behind > _BEHIND:
        say(f"Judging is {behind} minutes behind: see {_RUNBOOK}")
    say(f"{len(found['firing'])} alerts fire, {len(found['pending'])} may soon")
    for each in (*found["firing"], *found["pending"]):
        say(f"  {each['stage']} since {each['since']}: {each['rule']} {each['group']}")
    say(f"{len(found['silences'])} silences are in force")


def _status(watching: Watching, now: int) -> dict[str, Any]:
    counts = watching.counts(now)
    span = (now - _WINDOW, now)
    stored = watching.alerts.state()
    known = stored.state.known if stored else None
    alerts = [] if known is None else [_alert(*each) for each in known.alerts.items()]
    return {
        "views_per_minute": _count(counts, VIEWS, span).part / _WINDOW,
        "failing": _count(counts, "failing", span).share,
        **{
            name: counts.quantile("all", [""], name, q=0.75, span=span)
            for name in ("lcp_ms", "inp_ms", "cls")
        },
        "minutes_behind": None if known is None else now - 1 - known.through,
        "firing": [each for each in alerts if each["stage"] == "firing"],
        "pending": [each for each in alerts if each["stage"] == "pending"],
        "silences": [each.model_dump(mode="json") for each in watching.active(datetime.now(UTC))],
    }


def _count(counts: CellCounts, metric: str, span: Span) -> Count:
    return counts.over("all", Indicator(metric), span).get("", Count(0, 0))


def _alert(key: AlertKey, alert: Alert) -> dict[str, Any]:
    since = datetime.fromtimestamp(alert.since * 60, UTC)
    return {
        "rule": key.rule,
        "group": ", ".join(f"{name} {value}" for name, value in key.group) or "the whole site",
        "stage": str(alert.stage),
        "since": f"{since:%Y-%m-%d %H:%M}Z",
        "share": round(alert.judgement.found.share, 4),
    }


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 1 else f"{value:.3f}"


def alerts(
    *,
    month: Annotated[
        str | None, typer.Option(help="That began in it, as 2026-11; else in the last 31 days.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What was told of alerts, newest first."""
    with told():
        try:
            at = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC) if month else None
        except ValueError as error:
            raise ConfigError(f"{month!r} is no month: write 2026-11") from error
        store = connect().alerts
        found = (store.told(at) if at else store.told_lately(datetime.now(UTC)))[::-1]
    if as_json:
        write_json({"alerts": [each.model_dump(mode="json") for each in found]})
        return
    if not found:
        say(f"Nothing was told of any alert {f'in {month}' if month else 'in the last 31 days'}.")
        return
    table = Table()
    for name in ("since", "", "severity", "what", "most of it in", "just before"):
        table.add_column(name)
    for each in found:
        where = ", ".join(
            f"{c.dimension} {c.value} ({c.share_of_excess:.0%})" for c in each.concentration
        )
        change = f"{each.change.kind} {each.change.name}" if each.change else ""
        since = f"{each.since:%m-%d %H:%M}Z"
        table.add_row(since, str(each.phase), str(each.severity), each.title, where, change)
    Console().print(table)


def silence(
    rule: Rule,
    *,
    who: Who,
    why: Why,
    hours: Hours = 1,
    group: Group = None,
    maintenance: Annotated[
        bool, typer.Option("--maintenance", help="It is announced work, and marked so.")
    ] = False,
) -> None:
    """Do not tell of a rule's alerts for a time; what still fires then is told then."""
    with told():
        kind: Kind = "maintenance" if maintenance else "silence"
        made = _silence(kind, rule, group, hours, (who, why))
    say(f"{made.id}: {rule} is silent until {made.ends_at:%Y-%m-%d %H:%M}Z")


def ack(
    rule: Rule,
    *,
    who: Who,
    why: Why,
    hours: Hours = 4,
    group: Group = None,
) -> None:
    """Somebody works on it: no reminders for a time."""
    with told():
        made = _silence("acknowledgement", rule, group, hours, (who, why))
    say(f"{made.id}: no reminders of {rule} until {made.ends_at:%Y-%m-%d %H:%M}Z")


def unsilence(
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `status --json` tells it.")],
    *,
    who: Who,
    why: Why,
) -> None:
    """End a silence, an acknowledgement or a maintenance window now."""
    with told():
        connect().silencing.end(silence_id, who=who, why=why, at=datetime.now(UTC))
    say(f"{silence_id} is over")


def _silence(
    kind: Kind, rule: str, group: list[str] | None, hours: float, by: tuple[str, str]
) -> Silence:
    who, why = by
    words = group_of(group)
    return connect().silencing.begin(
        kind, rule=rule, group=words, hours=hours, who=who, why=why, at=datetime.now(UTC)
    )
