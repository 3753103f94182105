"""What operators do, by HTTP; who did it and why goes to the change log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field

from adaptive.aws.query_http import acted
from adaptive.delivery.changes import Why
from adaptive.monitoring.query.operating import Operating


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    why: Why


class PolicyOrder(_Order):
    """`changes` are keys of a policy, sections key by key; `replacing` is the version they are
    made for. One tier in `tiers_on` pins everybody to it.
    """

    replacing: Annotated[int, Field(ge=0)]
    changes: Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class KillOrder(_Order):
    """`kill`: everybody gets untouched originals, until it is lifted."""

    kill: bool


@dataclass(frozen=True, slots=True)
class Actions:
    """`who` asks, if they may act; raises QueryError if not."""

    operating: Operating
    who: Callable[[], str]

    def change_policy(self, order: Annotated[PolicyOrder, Body()]) -> Response[str]:
        """Put another version of the policy in force."""
        who = self.who()
        return acted(
            self.operating.change(order.changes, replacing=order.replacing, who=who, why=order.why)
        )

    def kill(self, order: Annotated[KillOrder, Body()]) -> Response[str]:
        """Switch adaptation off for everybody, or on again."""
        return acted(self.operating.kill(kill=order.kill, who=self.who(), why=order.why))
