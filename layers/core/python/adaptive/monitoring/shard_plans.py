"""Batches of a stream's shard, each of which happens wholly or not at all.

A batch becomes a plan, the plan is written down under the batch's last position if the shard's last
plan is still the one we know, and then carried out; whoever comes next first finishes what the last
plan says. So whatever fails in between, and whoever goes on, its effect is one, and replays find
their position passed.

One batch of a shard at a time: its event source mapping must keep the parallelisation factor at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adaptive.delivery.ledger import Record
    from adaptive.ports import VersionedStore

_ATTEMPTS = 5
_PLANS = "plan"


@dataclass(frozen=True, slots=True)
class Step:
    """What the first `length` records of the rest come to; a `body` of None changes nothing.

    `carry_out` may be done any number of times; `settled` is called once, when all of it is done.
    """

    length: int
    position: int
    body: bytes | None
    expires_at_s: int
    carry_out: Callable[[], None]
    settled: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ShardPlans:
    """`finish` carries out a plan as it was stored, of a version that is its position. `done` is
    the position of each shard's last plan known to be carried out. Raises UnavailableError.
    """

    store: VersionedStore
    finish: Callable[[Versioned], None]
    done: dict[int, int]

    def follow(
        self, shard: int, rest: list[Record], next_step: Callable[[Sequence[Record]], Step]
    ) -> None:
        """Step by step to the end; `rest` loses what is done with."""
        refusals = 0
        while True:
            head = self._head(shard)
            if head is not None:
                rest[:] = [record for record in rest if record.position > head.version]
            if not rest:
                return
            step = next_step(rest)
            if step.body is not None:
                write = Write(
                    (_PLANS, str(shard)),
                    Versioned(step.body, step.position),
                    replacing=head.version if head else None,
                    expires_at_s=step.expires_at_s,
                )
                if self.store.write([write]):
                    refusals += 1
                    if refusals == _ATTEMPTS:
                        raise UnavailableError(f"other workers won {_ATTEMPTS} times over a shard")
                    continue
                step.carry_out()
                self.done[shard] = step.position
            step.settled()
            del rest[: step.length]

    def _head(self, shard: int) -> Versioned | None:
        """The shard's last plan, carried out."""
        key = (_PLANS, str(shard))
        head = self.store.read([key]).get(key)
        if head is None:
            # The first batch of a new shard: its sessions' last records may be in a plan of the
            # shard that was split or merged, whose worker never came back.
            for (_, other), plan in self.store.read_partition(_PLANS).items():
                self._finish(int(other), plan)
        else:
            self._finish(shard, head)
        return head

    def _finish(self, shard: int, head: Versioned) -> None:
        if self.done.get(shard) != head.version:
            self.finish(head)
            self.done[shard] = head.version
