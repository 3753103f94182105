"""adaptive-ops experiment: policies on trial, from their plan to their end."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from rich.console import Console
from rich.table import Table

from adaptive.aws.bus import EventBridgeBus
from adaptive.aws.clients import STEADY
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.trial import CANDIDATE, HOLDOUT
from adaptive.errors import ConfigError
from adaptive.experiments import cells, power, results
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.holdout import day_of
from adaptive.experiments.metric import METRICS
from adaptive.experiments.moments import Moments
from adaptive.experiments.orders import Orders
from adaptive.experiments.registry import Registry
from adaptive.experiments.rollout import State, standing_share
from adaptive.experiments.tallies import ArmTally
from infra import config
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads them
from local.adaptive_ops.policy import Who, Why  # noqa: TC001 - typer reads them
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.experiments.declaration import Experiment
    from adaptive.experiments.rollout import Standing

app = typer.Typer(help="Policies on trial; they are declared in site.toml.", no_args_is_help=True)

EXPERIMENTS = "AdaptiveExperiments"
_MONITORING = "AdaptiveMonitoring"

Name = Annotated[str, typer.Argument(help="As in site.toml.")]
SiteFile = Annotated[Path, typer.Option(help="Where experiments are declared.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """What orders need to be carried out."""

    registry: Registry
    orders: Orders


def connect_table() -> DynamoVersionedStore:
    """The Experiments table; raises SiteError with the cure."""
    with answered():
        outputs = outputs_of(EXPERIMENTS, "ExperimentsTableName")
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
    return DynamoVersionedStore(dynamodb, table=outputs["ExperimentsTableName"])


def connect_desk(stack: str) -> Desk:
    """All that orders need; raises SiteError with the cure."""
    deployed = connect(stack)
    registry = Registry(connect_table())
    with answered():
        bus = outputs_of(_MONITORING, "AlertBusName")["AlertBusName"]
        events = boto3.client("events", region_name=REGION, config=STEADY)
    consequences = Consequences(
        registry,
        deployed.book,
        EventBridgeBus(events, bus=bus, pause=time.sleep),
        deployed.initial,
        lambda: datetime.now(UTC),
    )
    return Desk(registry, Orders(registry, consequences))


def _declared(site_file: Path, name: str) -> Experiment:
    known = {each.name: each for each in config.load(site_file).experiments}
    if name not in known:
        raise ConfigError(f"{site_file.name} declares {', '.join(known) or 'no experiment'}")
    return known[name]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Every experiment that was ever started, and how it stands."""
    with told():
        standings = [each.standing for each in Registry(connect_table()).all()]
    if as_json:
        write_json({"experiments": [each.model_dump(mode="json") for each in standings]})
        return
    table = Table("name", "state", "share", "since", "last decision")
    for each in standings:
        last = each.decision
        table.add_row(
            each.experiment.name,
            f"{each.state}{f' (frozen: {each.frozen_because})' if each.frozen_because else ''}",
            f"{standing_share(each):.0%}",
            f"{each.started_at:%Y-%m-%d %H:%M}Z" if each.started_at else "",
            f"{last.who}: {last.why}" if last else "",
        )
    Console().print(table)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Of an experiment, or holdout.")] = HOLDOUT,
    *,
    as_json: AsJson = False,
) -> None:
    """What it has shown so far, and what was decided; of the holdout by default."""
    with told():
        store = connect_table()
        entry = None if name == HOLDOUT else Registry(store).find(name)
        if entry is None and name != HOLDOUT:
            raise ConfigError(f"there is no experiment {name}: see experiment list")
        primary = entry.standing.experiment.primary if entry else "lcp"
        found = results.read(store, entry.standing.key if entry else name, primary=primary)
        decisions = Registry(store).decisions(name)
    if as_json:
        log = [each.model_dump(mode="json") for each in decisions]
        write_json({**asdict(found), "decisions": log})
        return
    who = "adapted visitors" if name == HOLDOUT else "candidates"
    say(f"{found.told(who)}.")
    say(f"Sessions: {found.sessions[1]:,} {who}, {found.sessions[0]:,} of the control group.")
    if found.is_mismatched:
        say("The arms do not have their shares of the sessions: trust none of this.")
    if found.novelty:
        say("The effect has changed since the beginning: it may not last.")
    for segment, change in found.unlike.items():
        say(f"Otherwise than elsewhere at {segment}: {change.words}.")
    for each in decisions:
        say(f"{each.at:%Y-%m-%d %H:%M}Z {each.target} ({each.share:.0%}) by {each.who}: {each.why}")


@app.command()
def plan(
    name: Name,
    *,
    effect: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Hoped for; else twice the minimum.")
    ] = None,
    site_file: SiteFile = Path("site.toml"),
    as_json: AsJson = False,
) -> None:
    """How many sessions it will need, by the variance of the site's own."""
    with told():
        declared = _declared(site_file, name)
        least = declared.minimum_effect
        hoped = 2 * least if effect is None else effect
        if hoped <= least:
            raise ConfigError(
                f"{hoped:.1%} never proves the minimum effect, {least:.1%}: hope for more"
            )
        by_stratum = cells.read(connect_table(), HOLDOUT, cells.EXPOSED)
        sessions, days = Moments(), {day_of(each) for each in by_stratum}
        for arms in by_stratum.values():
            sessions += arms.get(CANDIDATE, ArmTally()).moments(declared.primary)
        metric = METRICS[declared.primary]
        need = power.needed(metric, sessions, minimum_effect=least, effect=hoped)
    if need is None:
        say(f"Too few sessions yet to know how {metric.words} varies.")
        raise typer.Exit(1)
    share = declared.steps[-2] * (declared.slots[1] - declared.slots[0]) / 1_000
    took = need.sessions / (sessions.n / len(days) * min(share, 1 - share))
    if as_json:
        write_json({**asdict(need), "days": took, "seen": sessions.n})
        return
    say(
        f"{need.sessions:,} sessions an arm prove at least {least:.1%} in {metric.words} if it is "
        f"{hoped:.1%}, in four of five cases: {took:,.1f} days at {declared.steps[-2]:.0%}, "
        f"by {sessions.n:,} sessions of {len(days)} days."
    )
    if took > declared.maximum_days:
        say(f"That is more than its {declared.maximum_days:g} days: ask for a larger effect.")


@app.command()
def start(
    name: Name,
    *,
    who: Who,
    why: Why,
    site_file: SiteFile = Path("site.toml"),
    stack: Stack = STACK,
) -> None:
    """Give an experiment its first share of the sessions."""
    with told():
        declared = _declared(site_file, name)
        standing = connect_desk(stack).orders.start(
            declared, who=who, why=why, at=datetime.now(UTC)
        )
    _say(standing)


@app.command()
def stop(name: Name, *, who: Who, why: Why, stack: Stack = STACK) -> None:
    """End it; everybody gets the policy that holds without it."""
    _end(name, State.STOPPED, who, why, stack)


@app.command()
def promote(name: Name, *, who: Who, why: Why, stack: Stack = STACK) -> None:
    """Give it to everybody, whatever is proven."""
    _end(name, State.PROMOTED, who, why, stack)


@app.command()
def rollback(name: Name, *, who: Who, why: Why, stack: Stack = STACK) -> None:
    """Take it back, promoted ones too; it then has to cool down."""
    _end(name, State.ROLLED_BACK, who, why, stack)


def _end(name: str, target: State, who: str, why: str, stack: str) -> None:
    with told():
        standing = connect_desk(stack).orders.end(
            name, target, who=who, why=why, at=datetime.now(UTC)
        )
    _say(standing)


def _say(standing: Standing) -> None:
    share = standing_share(standing)
    say(
        f"{standing.experiment.name} is {standing.state}, with {share:.0%} of its sessions: "
        "functions follow within ten seconds."
    )
