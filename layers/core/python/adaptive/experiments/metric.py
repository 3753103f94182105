"""The outcomes that experiments are judged by; the unit is a session, never a page view.

Views of one session resemble each other: analysed as if they did not, a third of A/A tests would
find something.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How arms are compared: by ratios of geometric means, by means, by sums over sums."""

    LOG = "log"
    MEAN = "mean"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Metric:
    """`better` is 1 where more is better, else -1; `unit` what one step of the stored y is.

    `x_unit` is that of x: the covariate of LOG and MEAN, the denominator of RATIO. `is_share` is
    told in percentage points. `cap` is where a session's value is cut off (winsorised), in the
    metric's own unit.
    """

    name: str
    words: str
    kind: Kind
    better: int
    unit: float = 1
    x_unit: float = 0.001
    is_share: bool = False
    cap: float | None = None


_LONGEST_LOG = 11.1  # a minute in ms: what takes longer, nobody waited for

METRICS = {
    each.name: each
    for each in (
        Metric("lcp", "LCP", Kind.LOG, -1, unit=0.001, cap=_LONGEST_LOG),
        Metric("inp", "INP", Kind.LOG, -1, unit=0.001, cap=_LONGEST_LOG),
        Metric("good_lcp", "views with a good LCP", Kind.RATIO, 1, x_unit=1, is_share=True),
        Metric("bounce", "bounce", Kind.MEAN, -1, is_share=True),
        Metric("conversion", "conversion", Kind.MEAN, 1, is_share=True),
        Metric("revenue", "revenue", Kind.MEAN, 1, unit=0.01),
        Metric("bytes", "bytes a view", Kind.RATIO, -1, unit=1_000, x_unit=1),
        Metric("errors", "errors a view", Kind.RATIO, -1, x_unit=1, cap=20),
        Metric("uxi", "experience index", Kind.MEAN, 1, x_unit=1),
        Metric("views", "views", Kind.MEAN, 1, cap=50),
    )
}
