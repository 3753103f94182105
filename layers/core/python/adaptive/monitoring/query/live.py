"""What goes on this minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.monitoring.query.answer import Live
from adaptive.monitoring.query.figure import counters
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.query.span import Period
from adaptive.monitoring.rollup import Field

if TYPE_CHECKING:
    from adaptive.monitoring.query.reply import Desk, Reply

_RANGE = "30m"


def live(desk: Desk) -> Reply:
    """Half an hour by the minute, the last one going on; raises UnavailableError."""
    span = Period(_RANGE, step="1m").span(desk.minute)
    everybody = desk.reading.read(scope_of(), span, now=desk.minute)
    tiers = desk.reading.read(scope_of(["tier"]), span, now=desk.minute)
    steps = everybody.groups.get((), {})
    sums = [counters(steps.get(at, ())) for at in span.steps]
    data = Live(
        at=[at * 60 for at in span.steps],
        views=[each[Field.VIEWS] for each in sums],
        failing=[each[Field.FAILING] for each in sums],
        conversions=[each[Field.CONVERSIONS] for each in sums],
        tiers={
            group[0]: sum(counters(bodies)[Field.VIEWS] for bodies in found.values())
            for group, found in sorted(tiers.groups.items())
        },
    )
    units = everybody.units + tiers.units
    return desk.reply(data, samples=sum(data.views), units=units, end=span.end)
