"""adaptive-ops release: that a release of the site went out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError

from adaptive.delivery.changes import Change, ChangeLog
from adaptive.errors import InvalidInputError
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.options import Stack  # noqa: TC001 - typer reads it
from local.adaptive_ops.policy import Who, Why  # noqa: TC001 - typer reads them
from local.adaptive_site.terminal import say, told


def release(
    name: Annotated[str, typer.Argument(help="As pages report it, and [rollups] lists it.")],
    *,
    who: Who,
    why: Why,
    stack: Stack = STACK,
) -> None:
    """Note in the change log that it went out now: alerts name it, forecasts reckon with it."""
    with told():
        try:
            change = Change(kind="release", name=name, who=who, why=why, at=datetime.now(UTC))
        except ValidationError as error:
            faults = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
            raise InvalidInputError(faults) from error
        ChangeLog(connect(stack).book.store).append(change)
    say(f"{name} is in the change log.")
