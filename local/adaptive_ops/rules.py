"""adaptive-ops slo and rules: what is watched, and what it would have told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from adaptive.errors import ConfigError
from adaptive.monitoring import rulebook
from adaptive.monitoring.error_budget import budget_of
from adaptive.monitoring.evaluation import Evaluation, Known
from adaptive.prediction.watch import watch as detect
from infra import config
from local.adaptive_ops.alerts import now_minute
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_ops.watching import connect
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.monitoring.incident import Telling
    from adaptive.monitoring.scope import Counts

app = typer.Typer(help="What is watched, as site.toml says it.", no_args_is_help=True)

_DAY = 1_440  # minutes
_FILE = Path(__file__).parents[2] / "site.toml"

Site = Annotated[Path, typer.Option(help="Another site.toml.")]


def slo(*, site: Site = _FILE, as_json: AsJson = False) -> None:
    """How much of each error budget is spent, and how fast it goes now."""
    with told():
        slos = config.load(site).monitoring.slos
        now = now_minute()
        counts = connect().counts(now)
        found = {name: budget_of(each, counts, now) for name, each in slos.items()}
    if as_json:
        write_json(
            {
                name: {
                    "objective": slos[name].objective,
                    "good": each.good,
                    "bad": each.bad,
                    "achieved": each.achieved,
                    "spent": each.spent,
                    "burn": each.burn,
                    "allows_promotion": each.allows_promotion,
                }
                for name, each in found.items()
            }
        )
        return
    table = Table()
    table.add_column("SLO")
    for name in ("objective", "days", "achieved", "budget spent", "burns at", "promotions"):
        table.add_column(name, justify="right")
    for name, each in found.items():
        achieved = "-" if each.achieved is None else f"{each.achieved:.2%}"
        table.add_row(
            name,
            f"{slos[name].objective:.2%}",
            str(slos[name].days),
            achieved,
            f"{each.spent:.0%}",
            f"{each.burn:.1f} x",
            "yes" if each.allows_promotion else "no",
        )
    Console().print(table)


@app.command("list")
def list_(*, site: Site = _FILE, as_json: AsJson = False) -> None:
    """Every rule, with its reason."""
    with told():
        found = config.load(site)
        watches = rulebook.watches(found.monitoring, found.rollups.lists, detect)
    if as_json:
        write_json({name: {"severity": w.severity, "why": w.why} for name, w in watches.items()})
        return
    table = Table()
    for name in ("rule", "severity", "by", "why"):
        table.add_column(name)
    for name, watch in watches.items():
        table.add_row(name, str(watch.severity), ", ".join(watch.scope.by), watch.why)
    Console().print(table)


@app.command("test")
def try_out(
    rule: Annotated[str, typer.Argument(help="Its name; slo:NAME:page for an SLO's.")],
    *,
    days: Annotated[float, typer.Option(help="How far back.", min=0.01, max=13)] = 1,
    site: Site = _FILE,
    as_json: AsJson = False,
) -> None:
    """Replay a rule over what was counted: when would it have been told?

    What is older than two days is known by five minutes only.
    """
    with told():
        found = config.load(site)
        watches = rulebook.watches(found.monitoring, found.rollups.lists, detect)
        if rule not in watches:
            raise ConfigError(f"there is no rule {rule}, but: {', '.join(watches)}")
        monitoring = found.monitoring
        evaluation = Evaluation(
            {rule: watches[rule]}, monitoring.join_minutes, repeat=monitoring.repeat_minutes
        )
        now = now_minute()
        tellings = replay(evaluation, connect().counts(now), (now - int(days * _DAY), now))
    lines = [
        {
            "at": f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M}Z",
            "phase": str(telling.phase),
            "group": dict(telling.key.group),
        }
        for minute, telling in tellings
    ]
    if as_json:
        write_json({"rule": rule, "told": lines})
        return
    for line in lines:
        say(f"{line['at']}  {line['phase']:<9} {line['group'] or 'the whole site'}")
    firing = sum(line["phase"] == "firing" for line in lines)
    say(f"{rule} would have been told {firing} times in {days:g} days")


def replay(
    evaluation: Evaluation, counts: Counts, span: tuple[int, int]
) -> list[tuple[int, Telling]]:
    """What would have been told, with the minute."""
    known = Known(span[0] - 1)
    found = []
    while known.through < span[1] - 1:
        known, tellings = evaluation.step(known, counts, ())
        found += [(known.through, each) for each in tellings]
    return found
