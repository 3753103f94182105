"""What operators do, by HTTP; who did it and why goes to the change log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from pydantic import BaseModel, ConfigDict, Field

from adaptive.aws.query_http import acted
from adaptive.delivery.changes import Why
from adaptive.edge.policy import Tier
from adaptive.errors import AdviceError
from adaptive.experiments.declaration import Experiment
from adaptive.experiments.orders import Orders
from adaptive.experiments.rollout import State
from adaptive.experiments.showing import summary_of
from adaptive.monitoring.query.operating import Operating
from adaptive.monitoring.query.reply import Desk
from adaptive.monitoring.silence import Kind
from adaptive.monitoring.silencing import Silencing
from adaptive.prediction.advising import Advising


class Order(BaseModel):
    """Anything that is done says why."""

    model_config = ConfigDict(extra="forbid")

    why: Why


class PolicyOrder(Order):
    """`changes` are keys of a policy, sections key by key; `replacing` is the version they are
    made for.
    """

    replacing: Annotated[int, Field(ge=0)]
    changes: Annotated[dict[str, Any], Field(min_length=1, max_length=20)]


class KillOrder(Order):
    """`kill`: everybody gets untouched originals, until it is lifted."""

    kill: bool


class PinOrder(Order):
    """Everybody who is adapted to gets this tier; null ends that."""

    tier: Tier | None


class SilenceOrder(Order):
    """`rule` may have `*` for any part; alerts are covered whose group has all of `group`."""

    kind: Kind = "silence"
    rule: str
    group: Annotated[dict[str, str], Field(max_length=8)] = {}
    hours: Annotated[float, Field(gt=0, le=24 * 29)]


class StartOrder(Order):
    """As `[[experiments]]` in `site.toml` declares it."""

    experiment: Experiment


class AdviceOrder(Order):
    """`id` is as the recommendation's answer has it."""

    id: Annotated[str, Field(max_length=200)]


_Name = Annotated[str, Path(description="of an experiment")]
_Order = Annotated[Order, Body()]


@dataclass(frozen=True, slots=True)
class Actions:
    """`who` asks, if they may act; raises QueryError if not."""

    operating: Operating
    silencing: Silencing
    orders: Orders
    advising: Advising
    desk: Desk
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

    def pin(self, order: Annotated[PinOrder, Body()]) -> Response[str]:
        """Pin everybody to a tier, or no longer."""
        return acted(self.operating.pin(order.tier, who=self.who(), why=order.why))

    def silence(self, order: Annotated[SilenceOrder, Body()]) -> Response[str]:
        """Tell nobody of some alerts for a time."""
        return acted(
            self.silencing.begin(
                order.kind,
                rule=order.rule,
                group=order.group,
                hours=order.hours,
                who=self.who(),
                why=order.why,
                at=self._at,
            )
        )

    def end_silence(
        self, silence: Annotated[str, Path(description="its id")], order: _Order
    ) -> Response[str]:
        """End a silence, an acknowledgement or maintenance now."""
        return acted(self.silencing.end(silence, who=self.who(), why=order.why, at=self._at))

    def start(self, order: Annotated[StartOrder, Body()]) -> Response[str]:
        """Give an experiment its first share of the sessions."""
        who = self.who()
        return acted(
            summary_of(self.orders.start(order.experiment, who=who, why=order.why, at=self._at))
        )

    def stop(self, name: _Name, order: _Order) -> Response[str]:
        """End an experiment; everybody gets the policy that holds without it."""
        return self._ended(name, State.STOPPED, order)

    def promote(self, name: _Name, order: _Order) -> Response[str]:
        """Give an experiment's candidate to everybody, whatever is proven."""
        return self._ended(name, State.PROMOTED, order)

    def roll_back(self, name: _Name, order: _Order) -> Response[str]:
        """Take an experiment back, a promoted one too; it then has to cool down."""
        return self._ended(name, State.ROLLED_BACK, order)

    def accept(self, order: Annotated[AdviceOrder, Body()]) -> Response[str]:
        """Do what is recommended, if it is for the policy; what comes of it will be measured."""
        return acted(self.advising.accept(order.id, who=self.who(), why=order.why))

    def dismiss(self, order: Annotated[AdviceOrder, Body()]) -> Response[str]:
        """Do not propose it again for a week."""
        return acted(self.advising.dismiss(order.id, who=self.who(), why=order.why))

    def try_on_some(self, order: Annotated[AdviceOrder, Body()]) -> Response[str]:
        """Hand what is recommended to an experiment: evidence decides."""
        who = self.who()
        found = self.advising.book.open(order.id).recommendation
        if found.experiment is None:
            raise AdviceError(f"it cannot be split: {found.unsplit_because}", status=409)
        declared = Experiment.model_validate(found.experiment)
        return acted(summary_of(self.orders.start(declared, who=who, why=order.why, at=self._at)))

    def _ended(self, name: str, target: State, order: Order) -> Response[str]:
        who = self.who()
        return acted(summary_of(self.orders.end(name, target, who=who, why=order.why, at=self._at)))

    @property
    def _at(self) -> datetime:
        return datetime.fromtimestamp(self.desk.now(), UTC)
