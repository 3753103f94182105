"""adaptive-ops explain-session: why a session's score and tier are what they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from adaptive.delivery.assignment import is_control
from adaptive.delivery.explanation import Explanation, explain
from adaptive.delivery.session import recognise
from adaptive.delivery.trial import arms_of
from adaptive.edge.policy import CONTROL
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads the annotations
from local.adaptive_site.failure import SiteError
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.delivery.policy import Policy
    from adaptive.delivery.session import SessionId

_SHOWN = {"lcp_ms": "LCP", "inp_ms": "INP", "fcp_ms": "FCP", "ttfb_ms": "TTFB", "cls": "CLS"}
_EXPLANATION = TypeAdapter(Explanation)


def explain_session(
    session: Annotated[str, typer.Argument(help="As in the cookie ae_sid.")],
    *,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Why is this session's score what it is, and its tier?"""
    with told():
        session_id = recognise(session)
        if session_id is None:
            raise SiteError(f"{session!r} is no session id: take it from the cookie ae_sid")
        deployed = connect(stack)
        stored = deployed.sessions.get(session_id)
        if stored is None:
            raise SiteError(
                f"there is no session {session}: none of its beacons came, its visitor did not "
                "consent, or it is older than [sessions] ttl_days"
            )
        policy = deployed.in_force().policy
        arm = _arm(session_id, policy, deployed.holdout_salt)
        found = explain(stored.state, policy.of(session_id))
    if as_json:
        about = {"session": session, "arm": arm, "policy": policy.version, "kill": policy.kill}
        write_json({**about, **_json(found)})
        return
    console = Console()
    say(_headline(session, found, policy, arm))
    console.print(_views(found))
    console.print(_tiers(found))


def _arm(session_id: SessionId, policy: Policy, salt: str) -> str:
    if is_control(session_id, share=policy.holdout_share, salt=salt):
        return CONTROL
    trials = arms_of(session_id, policy.trials)
    return ", ".join(("treatment", *(f"{arm} of {name}" for name, arm in trials.items())))


def _headline(session: str, found: Explanation, policy: Policy, arm: str) -> str:
    if found.score is None:
        score = "no Performance Score: no view of it told anything"
    else:
        score = f"Performance Score {found.score:.0f}"
    tier = f"tier {found.tier}" if found.tier else "no tier yet"
    if found.kept_for is not None:
        tier += f", kept for {found.kept_for} views"
    served = "everybody is served originals: kill" if policy.kill else arm
    return f"Session {session}: {score}; {tier}; {served}; policy version {policy.version}."


def _views(found: Explanation) -> Table:
    table = Table(title="What the score is made of, as it would be at full", title_justify="left")
    table.add_column("view")
    table.add_column("served")
    for name in ("share", "score", *_SHOWN.values()):
        table.add_column(name, justify="right")
    for part in reversed(found.views):
        recipe = f" by {part.view.recipe}" if part.view.recipe else ""
        served = f"{part.view.tier}{recipe}"
        cells = [part.view.view_id, served, f"{part.share:.0%}", _points(part.score)]
        for name in _SHOWN:
            vital = part.vitals.get(name)
            if vital is None:
                cells.append("-")
                continue
            value = f"{vital.value:.2f}" if name == "cls" else f"{vital.value:,.0f}"
            guess = "~" if name == "inp_ms" and part.view.inp_guessed else ""
            cells.append(f"{guess}{value} (-{vital.lost:.0f})")
        table.add_row(*cells)
    lost = [
        sum(part.vitals[name].lost for part in found.views if name in part.vitals)
        for name in _SHOWN
    ]
    table.add_section()
    table.add_row("points lost", "", "", _points(found.score), *(f"-{each:.0f}" for each in lost))
    if prior := found.prior:
        lcp_ms = prior.fixed_ms + prior.moved_ms
        others = f"LCP {lcp_ms:,.0f} and INP {prior.inp_ms:,.0f} ms"
        table.caption = f"ms; ~ from long tasks; prior, of visitors {prior.of}: {others}"
    return table


def _tiers(found: Explanation) -> Table:
    table = Table(title="What each tier promises for the next view", title_justify="left")
    table.add_column("tier")
    for name in ("LCP, median", "in target", "INP, median", "in target", "value", "worth"):
        table.add_column(name, justify="right")
    table.add_column("")
    for tier, part in found.tiers.items():
        remarks = ["off"] if not part.is_on else []
        remarks += ["worth most"] if tier == found.best else []
        remarks += ["decided"] if tier == found.tier else []
        table.add_row(
            tier,
            _ms(part.lcp_ms),
            f"{part.lcp_met:.0%}",
            _ms(part.inp_ms),
            f"{part.inp_met:.0%}",
            f"{part.value:.2f}",
            f"{part.worth:+.2f}",
            ", ".join(remarks),
        )
    table.caption = "worth = value x both chances - penalty for what is missed (docs/control.md)"
    return table


def _points(score: float | None) -> str:
    return "-" if score is None else f"{score:.0f}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def _json(found: Explanation) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(_EXPLANATION.dump_json(found))
    return {**raw, "best": found.best}
