"""Where the arms' tallies are kept, and how they are read back as strata.

`whole` cells are all of an arm, which the judge reads every minute; `segments` are for whoever asks
whom a policy helps. Each shard of the stream has cells of its own, so that shards never wait for
each other.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from adaptive.delivery.trial import BASELINE, CANDIDATE
from adaptive.experiments.effect import Stratum
from adaptive.experiments.tallies import ArmTally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adaptive.ports import Key, VersionedStore

ASSIGNED = "assigned"
"""Everybody of an arm (intent to treat)."""
EXPOSED = "exposed"
"""Those whom the arms would have served differently (triggered analysis)."""
SCOPES = (ASSIGNED, EXPOSED)
_EVERYBODY = "all"

Arms = dict[str, ArmTally]
"""By arm."""


def keys(
    experiment: str, stratum: str, arm: str, scope: str, segments: tuple[str, ...], shard: int
) -> Iterator[Key]:
    """Every cell that such a session is counted in."""
    for segment in (_EVERYBODY, *segments):
        yield _partition(experiment, scope, segment), f"{segment}#{stratum}#{arm}#{shard}"


def read(store: VersionedStore, experiment: str, scope: str) -> dict[str, Arms]:
    """By stratum, oldest first; all shards together. Raises UnavailableError."""
    found = _read(store, _partition(experiment, scope, _EVERYBODY))
    return found.get(_EVERYBODY, {})


def read_segments(store: VersionedStore, experiment: str, scope: str) -> dict[str, dict[str, Arms]]:
    """By segment and stratum."""
    return _read(store, _partition(experiment, scope, "segments"))


def strata_of(by_stratum: Mapping[str, Arms], metric: str) -> list[Stratum]:
    """For `effect.compare`."""
    return [
        Stratum(*(arms.get(arm, ArmTally()).moments(metric) for arm in (BASELINE, CANDIDATE)))
        for arms in by_stratum.values()
    ]


def _read(store: VersionedStore, partition: str) -> dict[str, dict[str, Arms]]:
    found: dict[str, dict[str, Arms]] = defaultdict(dict)
    for (_, sort), item in sorted(store.read_partition(partition).items()):
        segment, stratum, arm, _ = sort.split("#")
        arms = found[segment].setdefault(stratum, {})
        arms.setdefault(arm, ArmTally()).add(ArmTally.load(item.body))
    return dict(found)


def _partition(experiment: str, scope: str, segment: str) -> str:
    which = "whole" if segment == _EVERYBODY else "segments"
    return f"cells#{experiment}#{scope}#{which}"
