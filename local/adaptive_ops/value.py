"""adaptive-ops value: what adaptation is worth, by the control group."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adaptive.experiments import worth
from infra import config
from local.adaptive_ops.experiment import SiteFile, connect_table
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.experiments.worth import Amount

_DAYS_OF_MONTH = 30


def value(
    *,
    days: Annotated[int, typer.Option(min=1, max=395, help="Up to and with today.")] = 28,
    site_file: SiteFile = Path("site.toml"),
    as_json: AsJson = False,
) -> None:
    """What adaptation is worth in money, with the interval it lies in, less what it costs."""
    with told():
        outcomes = config.load(site_file).outcomes
        since = (datetime.now(UTC).date() - timedelta(days=days - 1)).isoformat()
        found = worth.of_adaptation(
            connect_table(), since=since, egress_per_gb=outcomes.egress_per_gb
        )
    cost = outcomes.monthly_cost and outcomes.monthly_cost * found.days / _DAYS_OF_MONTH
    net = found.net(cost or 0)
    if as_json:
        write_json({**asdict(found), "cost": cost, "net": net and asdict(net)})
        return
    say(f"{found.sessions:,} sessions were adapted to in {found.days} days with a control group.")
    unit = outcomes.currency
    for name, amount, of in (
        ("Sales", found.revenue, unit),
        ("Conversions", found.conversions, "more"),
        ("Egress saved", found.egress, unit),
        ("All in all" if cost else "All in all, less nothing: its cost is not told", net, unit),
    ):
        say(f"{name}: {_told(amount, of)}")
    if cost:
        say(f"That is less its cost, {cost:,.0f} {unit}, by [outcomes] monthly_cost.")


def _told(amount: Amount | None, unit: str) -> str:
    if amount is None:
        return "too few sessions of the control group yet"
    reach = f"{amount.low:+,.0f} to {amount.high:+,.0f}"
    if amount.low <= 0 <= amount.high:
        return f"nothing proven ({reach} {unit})"
    return f"{amount.estimate:+,.0f} {unit} ({reach})"
