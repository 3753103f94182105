"""What groups of views come to in each cell of a minute.

Codes are counted once per family that no other contains; the cells of the others are sums of such
cells, of which there are few. Sums of integers are exact, so however they are made the bytes are
the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from adaptive.monitoring.dimension import AT_FULL, AT_FULL_BY, FAMILIES, Cell, Dimensions
from adaptive.monitoring.dimension import family_name as name_of
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.vital import FIRST_CODE_AT_FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from adaptive.monitoring.dimension import Family

    _Values = str | tuple[str, ...]
    """Of a family's dimensions; of a single one itself."""
    _Group = tuple[_Values, "Part"]


class Part(NamedTuple):
    """What views add to a cell: codes that come, codes that go, and the counters."""

    plus: list[int]
    minus: list[int]
    fields: list[int]


_EVERYTHING: Family = Dimensions._fields
_SEVERAL = [family for family in FAMILIES if len(family) > 1]
_TOGETHER = tuple(name for name in _EVERYTHING if any(name in family for family in _SEVERAL))
"""What the families of several dimensions tell apart: far fewer groups than by all of them."""
_ALONE = [(name,) for name in _EVERYTHING if name not in _TOGETHER]
_SUMMED = [
    (family, next(finer for finer in reversed(FAMILIES) if {*family} < {*finer}))
    for family in FAMILIES
    if family not in _SEVERAL and family not in _ALONE
]
"""The other families, and whose cells theirs are sums of."""
_NO_FIELDS = [0] * len(Field)


def cells_of(groups: Iterable[_Group]) -> dict[Cell, Rollup]:
    """Of views by Dimensions: a cell of each family, and what is at `full` in cells of its own."""
    experienced, at_full = _apart(groups)
    by_together = _gather(experienced, _EVERYTHING, _TOGETHER).items()
    together = [(values, _join(parts)) for values, parts in by_together]
    sums = {family: _count(together, _TOGETHER, family) for family in _SEVERAL}
    sums |= {family: _count(experienced, _EVERYTHING, family) for family in _ALONE}
    sums |= {family: _add(sums[finer], finer, family) for family, finer in _SUMMED}
    found = {
        Cell(name_of(family), _text(values)): rollup
        for family, rollups in sums.items()
        for values, rollup in rollups.items()
    }
    for values, rollup in _count(at_full, _EVERYTHING, AT_FULL_BY).items():
        found[Cell(AT_FULL, _text(values))] = rollup
    return found


def _apart(groups: Iterable[_Group]) -> tuple[list[_Group], list[_Group]]:
    """What was experienced, and what is at `full`."""
    experienced, at_full = [], []
    for values, part in groups:
        plus, minus, fields = part
        if max(plus, default=0) < FIRST_CODE_AT_FULL > max(minus, default=0):
            experienced.append((values, part))
            continue
        (plus, plus_at_full), (minus, minus_at_full) = map(_split, (plus, minus))
        experienced.append((values, Part(plus, minus, fields)))
        at_full.append((values, Part(plus_at_full, minus_at_full, _NO_FIELDS)))
    return experienced, at_full


def _split(codes: list[int]) -> tuple[list[int], list[int]]:
    experienced = [code for code in codes if code < FIRST_CODE_AT_FULL]
    return experienced, [code for code in codes if code >= FIRST_CODE_AT_FULL]


def _picker(of: Family, names: Family) -> Callable[[Any], Any]:
    """Of values of the one family those of the other."""
    return itemgetter(*map(of.index, names)) if names else lambda _: ""


def _gather(groups: Iterable[_Group], of: Family, names: Family) -> dict[_Values, list[Part]]:
    pick = _picker(of, names)
    found: dict[_Values, list[Part]] = defaultdict(list)
    for values, part in groups:
        found[pick(values)].append(part)
    return found


def _join(parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    joined = Part([], [], [*map(sum, zip(*[part.fields for part in parts], strict=True))])
    for plus, minus, _ in parts:
        joined.plus.extend(plus)
        joined.minus.extend(minus)
    return joined


def _count(groups: Iterable[_Group], of: Family, family: Family) -> dict[_Values, Rollup]:
    found = {}
    for values, parts in _gather(groups, of, family).items():
        plus, minus, fields = _join(parts)
        codes = Counter(plus)
        if minus:
            codes.subtract(minus)
        found[values] = Rollup(fields, codes)
    return found


def _add(finer: dict[_Values, Rollup], of: Family, family: Family) -> dict[_Values, Rollup]:
    pick = _picker(of, family)
    found: dict[_Values, Rollup] = defaultdict(Rollup)
    for values, rollup in finer.items():
        found[pick(values)].add(rollup)
    return found


def _text(values: _Values) -> str:
    return values if isinstance(values, str) else ",".join(values)
