"""Where detectors are kept between runs: an item a series, of a quarter of a kilobyte.

In the Alerts table, partition `anomaly#RULE#METRIC`, by group. `evaluate` replaces them each
minute, and operators change thresholds: whoever comes second is refused. A run that is refused is
made up for by the next, which feeds what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring.anomalous import Anomalous, Series
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from adaptive.monitoring.rulebook import Watch
    from adaptive.monitoring.scope import Group
    from adaptive.ports import Key, VersionedStore

_KEPT_S = 14 * 86_400
_ATTEMPTS = 5
_SITE = "-"


@dataclass(frozen=True, slots=True)
class SeriesStore:
    """Methods raise UnavailableError if the table does not answer."""

    store: VersionedStore

    def recall(self, watches: Mapping[str, Watch]) -> dict[Key, Versioned]:
        """Give every anomaly rule what is known of its groups; the items to replace."""
        found: dict[Key, Versioned] = {}
        for name, condition in _anomalous(watches):
            condition.series.clear()
            for key, item in self.store.read_partition(_partition(name, condition)).items():
                found[key] = item
                try:
                    condition.series[_group_of(key[1])] = Series.decode(item.body)
                except ValueError:
                    continue  # of another version: begun anew
        return found

    def keep(self, watches: Mapping[str, Watch], before: Mapping[Key, Versioned]) -> None:
        """What has been fed since `recall`."""
        writes = []
        for name, condition in _anomalous(watches):
            for group, series in condition.series.items():
                key = (_partition(name, condition), _word(group))
                old = before.get(key)
                if old is None or old.body != series.encode():
                    writes.append(_write(key, series, old.version if old else None))
        if writes:
            self.store.write(writes)

    def all_of(self, name: str, condition: Anomalous) -> dict[Group, Series]:
        """What is known of a rule's groups."""
        items = self.store.read_partition(_partition(name, condition))
        return {_group_of(key[1]): Series.decode(item.body) for key, item in items.items()}

    def change(
        self, name: str, condition: Anomalous, group: Group, how: Callable[[bytes], bytes]
    ) -> Series | None:
        """Change a detector's state, and only that; None if there is none."""
        key = (_partition(name, condition), _word(group))
        for _ in range(_ATTEMPTS):
            old = self.store.read([key]).get(key)
            if old is None:
                return None
            series = Series.decode(old.body)
            series.state = how(series.state)
            if not self.store.write([_write(key, series, old.version)]):
                return series
        raise UnavailableError(f"other workers won {_ATTEMPTS} times over a series of {name}")


def _anomalous(watches: Mapping[str, Watch]) -> Iterator[tuple[str, Anomalous]]:
    for name, watch in watches.items():
        if isinstance(watch.condition, Anomalous):
            yield name, watch.condition


def _partition(name: str, condition: Anomalous) -> str:
    """Another metric is another series."""
    metric = condition.metric if condition.q is None else f"{condition.metric}@{condition.q:g}"
    return f"anomaly#{name}#{metric}#{condition.window}"


def _write(key: Key, series: Series, replacing: int | None) -> Write:
    version = 1 if replacing is None else replacing + 1
    new = Versioned(series.encode(), version)
    return Write(key, new, replacing, series.through * 60 + _KEPT_S)


def _word(group: Group) -> str:
    return ",".join(f"{name}={value}" for name, value in group) or _SITE


def _group_of(word: str) -> Group:
    if word == _SITE:
        return ()
    return tuple((name, value) for name, _, value in (x.partition("=") for x in word.split(",")))
