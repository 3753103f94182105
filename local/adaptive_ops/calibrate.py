"""adaptive-ops calibrate: proposes the tiers' weights by what this site measured."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer
from rich.console import Console
from rich.table import Table

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery import policy
from adaptive.delivery.policy import differences
from adaptive.delivery.reconsider import Effect, effect
from adaptive.edge.policy import CONTROL, Tier
from adaptive.monitoring.calibration import Estimate, Weights, propose, total, weigh
from adaptive.monitoring.rollup import Field, Rollup
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads the annotations
from local.adaptive_ops.rollups_read import hours_of, sample_of
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.delivery.policy import Policy

_SESSIONS = 2_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """`served` is what was measured of each tier, and of the holdout's originals."""

    before: Policy
    after: Policy
    weights: dict[Tier, Weights]
    served: dict[str, Rollup]
    predicted: Effect


def calibrate(
    out: Annotated[Path, typer.Option(help="Where the proposal is written.")] = Path(
        "proposal.json"
    ),
    *,
    days: Annotated[int, typer.Option(min=1, max=90, help="How far back to look.")] = 14,
    stack: Stack = STACK,
    monitoring: Annotated[str, typer.Option(help="The stack that counts.")] = "AdaptiveMonitoring",
    as_json: AsJson = False,
) -> None:
    """Weigh the tiers anew by this site's rollups; writes a proposal, puts nothing in force."""
    with told():
        found = _proposal(stack, monitoring, days)
        out.write_text(json.dumps(_file(found), indent=2) + "\n", encoding="utf-8")
    if as_json:
        write_json(_file(found))
        return
    console = Console()
    console.print(_served(found))
    console.print(_weights(found))
    console.print(_effect(found.predicted))
    if not list(differences(found.before, found.after)):
        say("The weights in force fit what was measured: the proposal changes nothing.")
    say(f"Written to {out}. To see what it changes, and with --apply to put it in force:")
    say(f'  ./adaptive-ops policy set --file {out} --who YOU --why "calibrated"')


def _proposal(stack: str, monitoring: str, days: int) -> Proposal:
    deployed = connect(stack)
    with answered():
        rollups_table = outputs_of(monitoring, "RollupsTableName")["RollupsTableName"]
        sessions_table = outputs_of(stack, "SessionsTableName")["SessionsTableName"]
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
    rollups = DynamoVersionedStore(dynamodb, table=rollups_table)
    hours, originals = hours_of(rollups, now_minute=int(time.time()) // 60, days=days)
    before = deployed.in_force().policy
    weights = weigh(hours)
    raw = {**before.model_dump(mode="json"), **propose(before, weights)}
    after = policy.parse(raw)
    with answered():
        states = sample_of(dynamodb, table=sessions_table, most=_SESSIONS)
    served = {str(tier): total(hours, tier) for tier in Tier} | {CONTROL: originals}
    return Proposal(before, after, weights, served, effect(states, before, after))


def _file(found: Proposal) -> dict[str, Any]:
    changes = {"image_weight": found.after.image_weight, "script_weight": found.after.script_weight}
    return {
        "policy": {"version": found.before.version, **changes},
        "measured": {tier: asdict(each) for tier, each in found.weights.items()},
        "predicted": asdict(found.predicted),
    }


def _served(found: Proposal) -> Table:
    target = found.before.target
    table = Table(title="What was measured", title_justify="left")
    table.add_column("tier")
    for name in ("views", "KB a view", "script KB", "LCP p50", "p75", "p95", "INP p75", "LCP good"):
        table.add_column(name, justify="right")
    for tier, whole in found.served.items():
        measured = max(whole.fields[Field.MEASURED], 1)
        lcp = [whole.quantile("lcp_ms", q) for q in (0.5, 0.75, 0.95)]
        rated = whole.ratings("lcp_ms")
        share = f"{rated[min(rated)] / sum(rated.values()):.1%}" if any(rated.values()) else "-"
        cells = [f"{value:,.0f}" if value is not None else "-" for value in lcp]
        inp = whole.quantile("inp_ms", 0.75)
        table.add_row(
            tier,
            f"{whole.views:,}",
            f"{whole.fields[Field.BYTES] / measured / 1_000:,.0f}",
            f"{whole.fields[Field.SCRIPT_BYTES] / measured / 1_000:,.0f}",
            *cells,
            f"{inp:,.0f}" if inp is not None else "-",
            share,
        )
    table.caption = (
        f"ms; control: the holdout's originals; the target is LCP {target.lcp_ms:,.0f} and INP "
        f"{target.inp_ms:,.0f} ms in {target.share:.0%} of views"
    )
    return table


def _weights(found: Proposal) -> Table:
    table = Table(title="Against full (95 %)", title_justify="left")
    table.add_column("tier")
    for name in ("views", "images, bytes", "now", "then", "script, bytes", "INP", "now", "then"):
        table.add_column(name, justify="right")
    for tier, each in found.weights.items():
        table.add_row(
            tier,
            f"{each.views:,}",
            _interval(each.image),
            f"{found.before.image_weight[tier]:g}",
            f"{found.after.image_weight[tier]:g}",
            _interval(each.script_bytes),
            _interval(each.script_inp),
            f"{found.before.script_weight[tier]:g}",
            f"{found.after.script_weight[tier]:g}",
        )
    table.caption = (
        "tiers are not drawn by lot: bytes are biased low, INP high (docs/policy.md, Calibration)"
    )
    return table


def _effect(predicted: Effect) -> Table:
    title = f"Predicted for the next view of {predicted.sessions:,} sessions"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in ("now", "then", "difference (95 %)"):
        table.add_column(name, justify="right")
    for tier, (before, after) in predicted.tiers.items():
        table.add_row(f"at {tier}", f"{before:.1%}", f"{after:.1%}", "")
    for name, each in (("both targets met", predicted.met), ("richness", predicted.richness)):
        interval = f"{each.low:+.3f} to {each.high:+.3f}"
        table.add_row(name, f"{each.before:.3f}", f"{each.after:.3f}", interval)
    table.caption = "by the model, with the proposed weights taken for true; an experiment measures"
    return table


def _interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return "too little"
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
