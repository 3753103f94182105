"""adaptive-ops anomaly: what rules without a limit have seen, and what was made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adaptive.delivery.changes import Change
from adaptive.errors import ConfigError
from adaptive.monitoring import rulebook
from adaptive.monitoring.anomalous import Anomalous
from adaptive.monitoring.series_store import SeriesStore
from adaptive.prediction import watch
from infra import config
from local.adaptive_ops.alerts import Group, group_of
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_ops.policy import Who, Why  # noqa: TC001
from local.adaptive_ops.watching import connect
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from adaptive.monitoring.anomalous import Series
    from adaptive.monitoring.scope import Group as Words

app = typer.Typer(
    help="What leaves the range that it was seen in; what you say of it moves thresholds.",
    no_args_is_help=True,
)

_FILE = Path(__file__).parents[2] / "site.toml"

Site = Annotated[Path, typer.Option(help="Another site.toml.")]
Rule = Annotated[str, typer.Argument(help="An anomaly rule's name.")]


@app.command("list")
def list_(*, site: Site = _FILE, as_json: AsJson = False) -> None:
    """Every series that is watched: its threshold, and what it finds."""
    with told():
        rules = _rules(site)
        store = SeriesStore(connect().alerts.store)
        found = [
            (name, group, series)
            for name, condition in rules.items()
            for group, series in store.all_of(name, condition).items()
        ]
    lines = [_line(*each) for each in found]
    if as_json:
        write_json({"series": lines})
        return
    if not lines:
        say("No series is watched yet: evaluate feeds them every minute once it is deployed.")
        return
    table = Table()
    for name in ("rule", "group", "threshold", "seen until", "finds since"):
        table.add_column(name)
    for line in lines:
        words = ", ".join(f"{name} {value}" for name, value in line["group"].items())
        table.add_row(
            line["rule"],
            words or "the whole site",
            f"{line['threshold']:.0%} of the range",
            line["through"],
            line["found_at"] or "-",
        )
    Console().print(table)


@app.command()
def dismiss(rule: Rule, *, who: Who, why: Why, group: Group = None, site: Site = _FILE) -> None:
    """A finding was none: the next of this series must be half as bad again."""
    _change(rule, group, site, watch.dismissed, ("dismissed", who, why))


@app.command()
def confirm(rule: Rule, *, who: Who, why: Why, group: Group = None, site: Site = _FILE) -> None:
    """A finding was right: slightly less will do the next time."""
    _change(rule, group, site, watch.confirmed, ("confirmed", who, why))


def _change(
    rule: str,
    group: list[str] | None,
    site: Path,
    how: Callable[[bytes], bytes],
    by: tuple[str, str, str],
) -> None:
    with told():
        rules = _rules(site)
        if rule not in rules:
            raise ConfigError(f"there is no anomaly rule {rule}, but: {', '.join(rules) or 'none'}")
        words = tuple(group_of(group).items())
        watching = connect()
        store = SeriesStore(watching.alerts.store)
        series = store.change(rule, rules[rule], words, how)
        if series is None:
            known = [_shown(each) for each in store.all_of(rule, rules[rule])]
            raise ConfigError(
                f"{rule} has no series of {_shown(words)}, but: {'; '.join(known) or 'none yet'}"
            )
        word, who, why = by
        name = f"{rule}:{word}"
        watching.changes.append(
            Change(kind="anomaly", name=name, who=who, why=why, at=datetime.now(UTC))
        )
    say(
        f"{rule} of {_shown(words)} speaks from {watch.threshold(series.state):.0%} of its range on"
    )


def _rules(site: Path) -> dict[str, Anomalous]:
    found = config.load(site)
    watches = rulebook.watches(found.monitoring, found.rollups.lists, watch.watch)
    return {
        name: each.condition
        for name, each in watches.items()
        if isinstance(each.condition, Anomalous)
    }


def _line(rule: str, group: Words, series: Series) -> dict[str, Any]:
    return {
        "rule": rule,
        "group": dict(group),
        "threshold": round(watch.threshold(series.state), 4),
        "through": _instant(series.through),
        "found_at": None if series.found_at is None else _instant(series.found_at),
    }


def _instant(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M}Z"


def _shown(group: Words) -> str:
    return ", ".join(f"{name}={value}" for name, value in group) or "the whole site"
