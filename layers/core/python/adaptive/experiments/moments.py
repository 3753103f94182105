"""What is kept of the sessions of an arm: sums that merge in any order.

`y` is the outcome of a session, `x` what goes with it: a covariate from before the exposure, or a
ratio's denominator. In the store both are whole multiples of a metric's unit, so that adding up,
and taking a session's earlier outcome out again, is exact.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Moments:
    """Of `n` sessions; variances are of the sample."""

    n: int = 0
    y: float = 0
    yy: float = 0
    x: float = 0
    xx: float = 0
    xy: float = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> Self:
        """Of each session's outcome and what goes with it."""
        n, y, yy, x, xx, xy = 0, 0.0, 0.0, 0.0, 0.0, 0.0
        for one, with_it in pairs:
            n += 1
            y += one
            yy += one * one
            x += with_it
            xx += with_it * with_it
            xy += one * with_it
        return cls(n, y, yy, x, xx, xy)

    @classmethod
    def load(cls, sums: Sequence[float]) -> Self:
        """From what `astuple` gives."""
        n, *rest = sums
        return cls(int(n), *rest)

    def __add__(self, other: Self) -> Self:
        return type(self)(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    def scaled(self, y_unit: float, x_unit: float) -> Self:
        """In units of the outcome, from multiples of `y_unit` and `x_unit`."""
        return type(self)(
            self.n,
            self.y * y_unit,
            self.yy * y_unit * y_unit,
            self.x * x_unit,
            self.xx * x_unit * x_unit,
            self.xy * y_unit * x_unit,
        )

    @property
    def mean_y(self) -> float:
        """Not of none."""
        return self.y / self.n

    @property
    def mean_x(self) -> float:
        """Not of none."""
        return self.x / self.n

    @property
    def var_y(self) -> float:
        """0 of fewer than two."""
        return self._spread(self.yy, self.y, self.y)

    @property
    def var_x(self) -> float:
        """0 of fewer than two."""
        return self._spread(self.xx, self.x, self.x)

    @property
    def cov(self) -> float:
        """0 of fewer than two."""
        n = self.n
        return (self.xy - self.x * self.y / n) / (n - 1) if n > 1 else 0.0

    def _spread(self, squares: float, one: float, other: float) -> float:
        n = self.n
        return max((squares - one * other / n) / (n - 1), 0.0) if n > 1 else 0.0
