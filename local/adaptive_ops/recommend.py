"""adaptive-ops recommend: what to do about what is to come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from rich.console import Console
from rich.table import Table

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import AdviceError
from adaptive.experiments.declaration import Experiment
from adaptive.prediction.advice.accepting import accept as accept_advice
from adaptive.prediction.advice.book import AdviceBook
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.experiment import connect_desk
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads them
from local.adaptive_ops.policy import Who, Why  # noqa: TC001 - typer reads them
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.prediction.advice.book import Advice
    from adaptive.prediction.advice.recommendation import Effect

app = typer.Typer(
    help="What to do about what is to come, and what came of it.", no_args_is_help=True
)

PREDICTION = "AdaptivePrediction"
Id = Annotated[str, typer.Argument(help="As `list` says it.")]


def connect_predictions() -> DynamoVersionedStore:
    """The Predictions table; raises SiteError with the cure."""
    with answered():
        outputs = outputs_of(PREDICTION, "PredictionsTableName")
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
    return DynamoVersionedStore(dynamodb, table=outputs["PredictionsTableName"])


@app.command("list")
def list_(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="What was decided, and what lapsed, too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is recommended now, the most useful first."""
    with told():
        found = [
            each
            for each in AdviceBook(connect_predictions()).all()
            if every or each.state == "proposed"
        ]
    if as_json:
        write_json({"advice": [each.model_dump(mode="json") for each in found]})
        return
    if not found:
        say("Nothing is recommended.")
        return
    table = Table("id", "state", "what", "trouble", "effect", "cost")
    for each in found:
        of = each.recommendation
        due = f" at {of.due_at:%m-%d %H:%M}Z" if of.due_at else ""
        table.add_row(
            each.id,
            _state(each),
            of.title,
            f"{of.probability:.0%}{due}" if of.probability else "none: it saves",
            _effect(of.effect),
            _cost(each),
        )
    Console().print(table)


@app.command()
def show(advice_id: Id, *, as_json: AsJson = False) -> None:
    """All about one: what it is based on, the exact change, and how to take it back."""
    with told():
        each = AdviceBook(connect_predictions()).latest(advice_id)
    if as_json:
        write_json(each.model_dump(mode="json"))
        return
    of = each.recommendation
    say(f"{of.title} ({_state(each)})")
    for line in of.evidence:
        say(f"  because {line}")
    say(f"  effect: {_effect(of.effect)}, {_cost(each)}")
    _say_change(each)
    if of.experiment:
        say(f"To try it first: ./adaptive-ops recommend try {each.id} --who … --why …")
    else:
        say(f"It cannot be tried on a part of the sessions: {of.unsplit_because}.")


@app.command()
def accept(advice_id: Id, *, who: Who, why: Why, stack: Stack = STACK) -> None:
    """Do it, if it is for the policy, or be told what to do; what comes of it will be measured."""
    with told():
        deployed = connect(stack)
        book = AdviceBook(connect_predictions())
        now = datetime.now(UTC)
        each = accept_advice(
            book, deployed.book, deployed.initial, advice_id, who=who, why=why, at=now
        )
    if each.policy_version:
        say(f"Version {each.policy_version} is in force: functions follow within ten seconds.")
        say(f"To take it back:\n{each.recommendation.change.undo}")
    else:
        _say_change(each)


@app.command()
def dismiss(advice_id: Id, *, who: Who, why: Why) -> None:
    """Do not propose it again for a week."""
    with told():
        book = AdviceBook(connect_predictions())
        each = book.decide(advice_id, "dismissed", who=who, why=why, at=datetime.now(UTC))
    say(f"{each.id} is dismissed.")


@app.command("try")
def try_(advice_id: Id, *, who: Who, why: Why, stack: Stack = STACK) -> None:
    """Hand it to an experiment: a share of the sessions gets it, and evidence decides."""
    with told():
        each = AdviceBook(connect_predictions()).open(advice_id).recommendation
        if each.experiment is None:
            raise AdviceError(f"it cannot be split: {each.unsplit_because}", status=409)
        declared = Experiment.model_validate(each.experiment)
        now = datetime.now(UTC)
        standing = connect_desk(stack).orders.start(declared, who=who, why=why, at=now)
    say(f"{standing.experiment.name} is {standing.state}: ./adaptive-ops experiment list")


def _say_change(each: Advice) -> None:
    change = each.recommendation.change
    where = {
        "policy": "In the policy",
        "site": "In site.toml, then deploy",
        "command": "Type",
    }[change.how]
    say(f"{where}:\n{change.do}\nTo take it back:\n{change.undo}")


def _state(each: Advice) -> str:
    by = f" by {each.who}" if each.who else ""
    came = f": {each.outcome.verdict}" if each.outcome else ""
    return f"{each.state}{by}{came}"


def _effect(effect: Effect) -> str:
    after = effect.after
    return (
        f"{effect.measure} {effect.before.expected:,.4g} -> {after.expected:,.4g} "
        f"({after.low:,.4g} to {after.high:,.4g}) {effect.unit}"
    )


def _cost(each: Advice) -> str:
    of = each.recommendation
    return f"${of.usd_a_month:+,.2f} {'once' if of.once else 'a month'}"
