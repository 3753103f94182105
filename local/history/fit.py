"""Who visits and how fast pages load for them: figures fitted to 64 million real page loads.

Source: Akamai mPulse by way of the RUM Archive, 2026-08-04 (github.com/rum-archive, Apache-2.0):
Largest Contentful Paint of visible loads by device, cut at 10 s; views by device, country, system;
sessions' first views. Assumed, for want of data: browsers by system, how the other vitals hang on
LCP, how much slower a country is, and that half the variance is between sessions, half within.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from statistics import NormalDist

DEVICES = {"phone": 0.56, "desktop": 0.41, "tablet": 0.03}
"""Share of views; tablets' LCP, of which there is no histogram, is taken for that of phones."""

QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
LCP_MS = {
    "phone": (66, 289, 459, 785, 1_307, 2_131, 3_350, 4_429, 7_254),
    "desktop": (130, 337, 492, 824, 1_435, 2_467, 4_020, 5_385, 8_266),
}
FIRST_VIEWS = {"phone": 0.295, "desktop": 0.255, "tablet": 0.231}
HIDDEN = 0.045

# Per cent of views; the rest to 100 is everywhere else.
COUNTRIES: dict[str, dict[str, float]] = {
    "phone": {
        "US": 46.4, "GB": 9.7, "JP": 9.4, "CA": 5.1, "FR": 3.6, "AU": 3.5, "IT": 2.8, "DE": 2.7,
        "IN": 1.3, "ES": 0.9, "MX": 0.9, "NL": 0.8, "BR": 0.8, "PL": 0.6,
    },
    "desktop": {
        "US": 58.3, "GB": 9.6, "CA": 6.3, "JP": 2.6, "AU": 2.6, "IN": 2.1, "DE": 1.6, "FR": 1.6,
        "IT": 1.2, "BR": 1.2, "MX": 0.8, "ES": 0.7, "PL": 0.6, "NL": 0.5,
    },
    "tablet": {
        "US": 51.5, "GB": 18.6, "CA": 7.3, "FR": 3.7, "AU": 3.7, "JP": 3.0, "DE": 2.4, "NL": 1.0,
        "IT": 1.0, "MX": 0.5, "ES": 0.5, "IN": 0.4, "PL": 0.3, "BR": 0.3,
    },
}  # fmt: skip
ELSEWHERE = "KR"
"""What stands for all countries that are not named."""

HOURS_EAST = {
    "US": -6, "CA": -6, "MX": -6, "BR": -3, "GB": 0, "DE": 1, "FR": 1, "ES": 1, "IT": 1, "NL": 1,
    "PL": 1, "IN": 5, "JP": 9, "AU": 10, ELSEWHERE: 3,
}  # fmt: skip
SLOWER = {"IN": 0.45, "BR": 0.35, "MX": 0.25, "AU": 0.1, ELSEWHERE: 0.2, "JP": -0.15, "US": -0.03}
"""In standard deviations of a session's speed."""

# iOS 65.4 %, Android 34.6 % of phones; Windows 75.7 %, macOS 20.7 % of desktops.
BROWSERS = {
    "phone": {"safari": 62, "chrome": 29, "samsung": 6, "firefox": 1, "other": 2},
    "desktop": {"chrome": 63, "edge": 17, "safari": 12, "firefox": 6, "other": 2},
    "tablet": {"safari": 79, "chrome": 15, "samsung": 6},
}

_STEPS = 100
_MOST_Z = 4


@cache
def _lcp_table(device: str) -> tuple[float, ...]:
    points = LCP_MS.get(device, LCP_MS["phone"])
    at = [NormalDist().inv_cdf(q) for q in QUANTILES]
    heights = [math.log(ms) for ms in points]

    def height(z: float) -> float:
        left = min(max(bisect_right(at, z) - 1, 0), len(at) - 2)
        share = (z - at[left]) / (at[left + 1] - at[left])
        return heights[left] + share * (heights[left + 1] - heights[left])

    span = range(-_MOST_Z * _STEPS, _MOST_Z * _STEPS + 1)
    return tuple(math.exp(height(step / _STEPS)) for step in span)


def lcp_ms(device: str, z: float) -> float:
    """The LCP that many standard deviations slower than the median view of such a device."""
    step = round((min(max(z, -_MOST_Z), _MOST_Z) + _MOST_Z) * _STEPS)
    return _lcp_table(device)[step]


def busy(country: str, hour_of_day: int) -> float:
    """How many visitors a country has in an hour (UTC), over its average: most at 20:00 there."""
    local = hour_of_day + HOURS_EAST[country]
    return 1 + 0.6 * math.cos((local - 20) * math.tau / 24)


@cache
def countries_at(device: str, hour_of_day: int) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Countries and their weights, added up, for `random.choices`."""
    shares = COUNTRIES[device]
    shares = shares | {ELSEWHERE: 100 - sum(shares.values())}
    weights = (share * busy(country, hour_of_day) for country, share in shares.items())
    return tuple(shares), tuple(accumulate(weights))
