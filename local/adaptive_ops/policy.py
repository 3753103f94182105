"""adaptive-ops policy: what operators change while the site runs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adaptive.delivery.policy import differences
from adaptive.errors import ConflictError, PolicyError
from local.adaptive_ops.deployed import STACK, InForce, connect
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads the annotations
from local.adaptive_ops.policy_changes import changed, from_file
from local.adaptive_site.terminal import complain, say, told, write_json

if TYPE_CHECKING:
    from adaptive.delivery.policy import Enacted, Policy
    from local.adaptive_ops.deployed import Deployed

app = typer.Typer(
    help="What may be changed while the site runs; every version is kept.", no_args_is_help=True
)

_ATTEMPTS = 5

Who = Annotated[str, typer.Option(help="Who stands behind it.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever wonders later.")]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only look.")]


@app.command()
def show(
    *,
    version: Annotated[int | None, typer.Option(help="Not the one in force, but this.")] = None,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """The policy in force, or any other version."""
    with told():
        deployed = connect(stack)
        if version is None:
            found = deployed.in_force()
        else:
            kept = deployed.book.at(version) if version else None
            found = InForce(version, kept.policy if kept else deployed.initial, kept)
    if found.unread:
        complain(f"version {found.version} cannot be read: {found.unread}")
        complain("what follows goes on in functions that know it")
    if as_json:
        write_json(_json(found.policy, found.enacted))
        return
    table = Table(title=_title(found.policy, found.enacted), title_justify="left")
    table.add_column("key")
    table.add_column("value")
    for key, value in found.policy.model_dump(mode="json").items():
        match value:
            case dict():
                text = ", ".join(f"{name} {each}" for name, each in value.items())
            case list():
                text = ", ".join(value)
            case _:
                text = str(value)
        table.add_row(key, text)
    Console().print(table)


@app.command()
def history(*, stack: Stack = STACK, as_json: AsJson = False) -> None:
    """Every version that was put, newest first, and what it changed."""
    with told():
        deployed = connect(stack)
        versions = deployed.book.history()
    if as_json:
        write_json({"versions": [each.model_dump(mode="json") for each in versions]})
        return
    if not versions:
        say("Nothing was put yet: version 0, site.toml's, is in force.")
        return
    table = Table()
    for name in ("version", "at", "who", "why", "what it changed"):
        table.add_column(name, justify="right" if name == "version" else "left")
    before = [*(each.policy for each in versions[1:]), deployed.initial]
    for each, previous in zip(versions, before, strict=True):
        lines = [f"{key}: {a} -> {b}" for key, a, b in differences(previous, each.policy)]
        at = f"{each.at:%Y-%m-%d %H:%M:%S}Z"
        number = str(each.policy.version)
        table.add_row(number, at, each.who, each.why, "\n".join(lines) or "nothing")
    Console().print(table)


@app.command("set")
def set_(  # noqa: PLR0913 - a command's options
    changes: Annotated[
        list[str] | None,
        typer.Argument(help="key=value, as target.lcp_ms=2200", show_default=False),
    ] = None,
    *,
    who: Who,
    why: Why,
    file: Annotated[Path | None, typer.Option(help="JSON with the keys to change.")] = None,
    again: Annotated[int | None, typer.Option(help="Put this version once more.")] = None,
    apply: Apply = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Change the policy: shows what would be different, and with --apply puts it in force."""
    with told():
        if not (changes or file or again is not None):
            raise PolicyError("say what to change: key=value, --file or --again")
        deployed = connect(stack)
        found = deployed.in_force()
        if found.unread and again is None:
            raise PolicyError(
                f"version {found.version} cannot be read ({found.unread}): put a good one --again"
            )
        draft = deployed.at(again) if again is not None else found.policy
        draft = draft.knowing(deployed.initial.recipes)
        draft = from_file(draft, file, in_force=found.version) if file else draft
        draft = changed(draft, changes or ())
        new = _put(deployed, found, draft, who=who, why=why) if apply else None
    _report(found, draft, new, as_json=as_json)


@app.command()
def kill(
    *,
    who: Who,
    why: Why,
    lift: Annotated[bool, typer.Option("--lift", help="End it.")] = False,
    apply: Apply = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Give everybody the untouched originals, from each session's next beacon on."""
    with told():
        deployed = connect(stack)
        for attempt in range(_ATTEMPTS):
            found = deployed.in_force()
            draft = found.policy.model_copy(update={"kill": not lift})
            try:
                new = _put(deployed, found, draft, who=who, why=why) if apply else None
            except ConflictError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                break
    _report(found, draft, new, as_json=as_json)


def _put(deployed: Deployed, found: InForce, draft: Policy, *, who: str, why: str) -> Enacted:
    at = datetime.now(UTC)
    return deployed.book.put(draft, replacing=found.version, who=who, why=why, at=at)


def _report(found: InForce, draft: Policy, new: Enacted | None, *, as_json: bool) -> None:
    lines = list(differences(found.policy, draft))
    if as_json:
        different = [{"key": key, "before": a, "after": b} for key, a, b in lines]
        write_json({"applied": new is not None, "different": different, **_json(draft, new)})
        return
    table = Table("key", "now", "then")
    for line in lines:
        table.add_row(*line)
    if lines:
        Console().print(table)
    else:
        say(f"Nothing is different from version {found.version}.")
    if new is None:
        say("Nothing was changed: this was a dry run, --apply does it.")
    else:
        say(f"Version {new.policy.version} is in force: functions follow within ten seconds.")


def _json(policy: Policy, enacted: Enacted | None) -> dict[str, Any]:
    if enacted:
        return enacted.model_dump(mode="json")
    return {"policy": policy.model_dump(mode="json")}


def _title(policy: Policy, enacted: Enacted | None) -> str:
    if enacted is None:
        return "version 0: site.toml's, as deployed"
    at = f"{enacted.at:%Y-%m-%d %H:%M:%S}Z"
    return f"version {policy.version}, put by {enacted.who} at {at}: {enacted.why}"
