"""Measured vitals as small integers: which vital, its rating and its bucket in one 16-bit code.

Keeping the rating apart from the bucket makes both exact: no bucket straddles a rating's limit.
"""

from dataclasses import dataclass
from enum import IntEnum

from adaptive.monitoring import sketch


class Rating(IntEnum):
    """By the Web Vitals limits, good up to the one, poor above the other
    (https://web.dev/articles/vitals); of points, the other way round.
    """

    GOOD = 0
    NEEDS_IMPROVEMENT = 1
    POOR = 2


@dataclass(frozen=True, slots=True)
class Vital:
    """`unit` is the value below which all is alike; `at_end`: known only once the view is over.

    More is better where `good` is above `poor`. `section` and `field` say where a beacon has it;
    what is `of_session` follows from all of its views.
    """

    name: str
    unit: float
    good: float
    poor: float
    most: float
    at_end: bool = False
    section: str = "vitals"
    field: str = ""
    of_session: bool = False


_TEN_MINUTES_MS = 600_000
_BEST = 100
VITALS = (
    Vital("lcp_ms", 1, 2_500, 4_000, _TEN_MINUTES_MS),
    Vital("fcp_ms", 1, 1_800, 3_000, _TEN_MINUTES_MS),
    Vital("ttfb_ms", 1, 800, 1_800, _TEN_MINUTES_MS),
    Vital("inp_ms", 1, 200, 500, _TEN_MINUTES_MS, at_end=True),
    Vital("cls", 0.0001, 0.1, 0.25, 1_000, at_end=True),
    # No limits are published for these two: they are held to those of FCP and LCP.
    Vital(
        "dcl_ms",
        1,
        1_800,
        3_000,
        _TEN_MINUTES_MS,
        section="timing",
        field="dom_content_loaded_ms",
    ),
    Vital("load_ms", 1, 2_500, 4_000, _TEN_MINUTES_MS, section="timing"),
    # Points of a hundred, held to where the curves put the limits of the vitals that make them.
    Vital("uxi", 1, 90, 50, _BEST, of_session=True),
    Vital("score", 1, 90, 50, _BEST, of_session=True),
)
OF_VIEWS = tuple(vital for vital in VITALS if not vital.of_session)
"""The first of VITALS: what one view's reports tell."""

INDEX = {vital.name: index for index, vital in enumerate(VITALS)}

# What probes alone measure; nobody publishes limits, so all of them are good.
_FIRST_PHASE = 11
PHASES = {
    name: (_FIRST_PHASE + place, Vital(name, 1, _TEN_MINUTES_MS, _TEN_MINUTES_MS, _TEN_MINUTES_MS))
    for place, name in enumerate(("dns_ms", "connect_ms", "tls_ms", "wait_ms", "download_ms"))
}

# What views would have been like at `full`, unrated: in cells of their own, so that the last can
# share its index with a phase.
_FIRST_AT_FULL = 9
AT_FULL = {
    name: (
        _FIRST_AT_FULL + place,
        Vital(name, 1, _TEN_MINUTES_MS, _TEN_MINUTES_MS, _TEN_MINUTES_MS),
    )
    for place, name in enumerate(("lcp_at_full_ms", "moved_at_full_ms", "inp_at_full_ms"))
}
_UNRATED = PHASES | AT_FULL

CODE_BITS = 16
CODE = (1 << CODE_BITS) - 1
_BOUNDS = [(vital.most, vital.good, vital.poor, vital.unit) for vital in VITALS]
_RATING_BITS = 2
_RATING = (1 << _RATING_BITS) - 1
_VITAL_SHIFT = 12


def code_of(index: int, value: float) -> int:
    """The code of a value of VITALS[index]; raises ValueError on what no browser measures."""
    most, good, poor, unit = _BOUNDS[index]
    if not 0 <= value <= most:
        raise ValueError(f"{VITALS[index].name} of {value}")
    if good > poor:
        rating = 0 if value >= good else 1 if value >= poor else 2
    else:
        rating = 0 if value <= good else 1 if value <= poor else 2
    bucket = sketch.bucket_of(value / unit)
    return index << _VITAL_SHIFT | bucket << _RATING_BITS | rating


def first_code(index: int) -> int:
    """Below all codes of VITALS[index], above all of those before."""
    return index << _VITAL_SHIFT


FIRST_CODE_AT_FULL = first_code(_FIRST_AT_FULL)
"""Of a visitor's view: those of AT_FULL are above, the others below."""


def value_of(code: int) -> float:
    """In the vital's own unit, within 1 %."""
    return sketch.value_of(bucket_of(code)) * VITALS[vital_of(code)].unit


def named(name: str) -> tuple[int, Vital]:
    """A vital, a phase or what is at `full`, and its index in codes; raises KeyError."""
    return _UNRATED[name] if name in _UNRATED else (INDEX[name], VITALS[INDEX[name]])


def code_named(name: str, value: float) -> int:
    """The code of a value of what `named` finds, where 0 to 10 minutes is all there is."""
    index, found = named(name)
    if name in _UNRATED:
        bucket = sketch.bucket_of(min(max(value, 0), found.most) / found.unit)
        return index << _VITAL_SHIFT | bucket << _RATING_BITS
    return code_of(index, min(max(value, 0), found.most))


def vital_of(code: int) -> int:
    """The index in VITALS."""
    return code >> _VITAL_SHIFT


def bucket_of(code: int) -> int:
    """The bucket of the sketch, in the vital's units."""
    return code >> _RATING_BITS & (sketch.MOST_BUCKETS - 1)


def rating_of(code: int) -> Rating:
    """Good, needs improvement or poor."""
    return Rating(code & _RATING)


def is_good(code: int) -> bool:
    """As its rating says."""
    return code & _RATING == 0  # to ask the enum takes ten times as long
