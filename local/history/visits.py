"""One simulated hour of the shop: sessions, their views, and what the agent would report of them.

Drawn anew from the hour itself: whoever asks for it, and when, gets the same views.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from operator import add
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from adaptive.delivery.assignment import is_control
from adaptive.delivery.score import curve
from adaptive.delivery.session import mint
from adaptive.edge.policy import CONTROL, Tier
from adaptive.monitoring import dimension
from adaptive.monitoring.counting import Groups
from adaptive.monitoring.dimension import NONE, TREATMENT
from adaptive.monitoring.experience import Standards
from adaptive.monitoring.report import UNMEASURED, Report
from adaptive.monitoring.tally import Judging, Tally
from adaptive.monitoring.vital import OF_VIEWS, code_of
from adaptive.monitoring.window import Resolution
from local.history import fit

if TYPE_CHECKING:
    from adaptive.settings.monitoring import RollUpSettings
    from local.history.story import Story

VIEWS_PER_HOUR = 360
_SEED = 20_261
_SESSIONS = {device: share * fit.FIRST_VIEWS[device] for device, share in fit.DEVICES.items()}
_PAGE_GROUPS = ("front", "category", "product")
_FIRST_PAGES, _LATER_PAGES = (50, 75, 100), (12, 50, 100)
_HALF = math.sqrt(0.5)
_VISIBLE_MS, _RAGING, _DEAD = 18_000, 0.008, 0.03  # assumed: median a view, shares of views

# How much slower `full` is for a session that the tier was made for, by its speed; and its weight:
# measured on the demo shop (bench/control/measured.csv), between cold and warm views.
_DESERVED = ((1.6, Tier.MINIMAL, 1.9), (1.05, Tier.LITE, 1.55), (0.45, Tier.STANDARD, 1.25))
_ORIGINALS = 1.12
_KILOBYTES = {Tier.FULL: 900, Tier.STANDARD: 610, Tier.LITE: 270, Tier.MINIMAL: 210}
_CONTROL_KILOBYTES = 3_800
_REQUESTS = (16, 26)
_SCRIPT = {  # bytes, as the demo shop's two bundles are sent
    Tier.FULL: 347_000,
    Tier.STANDARD: 347_000,
    Tier.LITE: 59_000,
    Tier.MINIMAL: 59_000,
}
_INP_MS = {"phone": (88, 0.8), "tablet": (75, 0.8), "desktop": (40, 0.75)}
_LIGHT_SCRIPT = 0.55

# Shares, assumed.
_CONSENTING = 0.97
_RETURNING = 0.4
_TAPPED = 0.8
_UNSHIFTED = 0.45


def windows_of(groups: Groups, by: Resolution, minutes: range) -> Groups:
    """Those minutes of them, in windows of that resolution."""
    found = Groups()
    for (minute, dimensions), group in groups.items():
        if minute in minutes:
            window = found[by.start_of(minute), dimensions]
            window.plus += group.plus
            window.minus += group.minus
            window.fields = [*map(add, window.fields, group.fields)]
    return found


class _Session(NamedTuple):
    id: str
    arm: str
    is_assigned: bool
    device: str
    country: str
    browser: str
    z: float
    tier: Tier
    slower_at_full: float
    rtt_ms: float
    is_returning: bool


@dataclass(frozen=True, slots=True)
class Visits:
    """`settings` say which arm a session is in and which values are told apart."""

    settings: RollUpSettings
    story: Story

    def of_hour(self, hour: int) -> Groups:
        """What `roll_up` would count of the hour that begins at that minute, minute by minute."""
        draw = Random(f"{_SEED} {hour}")  # noqa: S311 - not a secret
        judging = Judging(self.settings.experience, Standards.default(self.settings.experience))
        groups = Groups()
        for number in range(self._sessions(draw, hour)):
            session = self._session(draw, hour)
            tally = Tally(every=Resolution.MINUTE)
            minute = hour + draw.randrange(60)
            going_on = 1 - fit.FIRST_VIEWS[session.device]
            first = True
            while first or (draw.random() < going_on and minute < hour + 60):
                view = self._view(draw, session, minute, first=first)
                report = view._replace(view_id=f"{number}-{len(tally.views)}", minute=minute)
                tally.fold(report, arm=session.arm, groups=groups, judging=judging)
                minute += draw.choice((0, 1, 1, 2, 3))
                first = False
            tally.settle(groups, judging)
        return groups

    def _sessions(self, draw: Random, hour: int) -> int:
        day = (hour - self.story.begin) / 1_440
        weekday = (hour // 1_440 + 3) % 7  # the epoch was a Thursday
        season = (1.0, 0.97, 0.96, 0.98, 1.02, 1.12, 1.2)[weekday] * (1 + 0.008 * day)
        shares = fit.COUNTRIES["phone"]
        busy = sum(share * fit.busy(each, hour // 60 % 24) for each, share in shares.items())
        mean = VIEWS_PER_HOUR * 0.32 * season * busy / sum(shares.values())
        return max(1, round(draw.gauss(mean, math.sqrt(mean))))

    def _session(self, draw: Random, hour: int) -> _Session:
        (device,) = draw.choices([*_SESSIONS], cum_weights=[*accumulate(_SESSIONS.values())])
        names, weights = fit.countries_at(device, hour // 60 % 24)
        (country,) = draw.choices(names, cum_weights=weights)
        browsers = fit.BROWSERS[device]
        (browser,) = draw.choices([*browsers], cum_weights=[*accumulate(browsers.values())])
        z = draw.gauss(0, 1) + fit.SLOWER.get(country, 0)
        tier, slower = Tier.FULL, 1.0
        for above, each, factor in _DESERVED:
            if z > above:
                tier, slower = each, factor
                break
        session_id = mint(draw.randbytes)
        settings = self.settings
        control = is_control(session_id, share=settings.holdout_share, salt=settings.holdout_salt)
        is_assigned = draw.random() < _CONSENTING
        arm = (CONTROL if control else TREATMENT) if is_assigned else NONE
        rtt_ms = 42 * math.exp(0.7 * (0.6 * z + 0.8 * draw.gauss(0, 1)))
        return _Session(
            session_id,
            arm,
            is_assigned,
            device,
            country,
            browser,
            z,
            tier if arm == TREATMENT else Tier.FULL,
            slower,
            rtt_ms * (1.6 if device == "phone" else 1),
            draw.random() < _RETURNING,
        )

    def _view(self, draw: Random, of: _Session, minute: int, *, first: bool) -> Report:
        pages = _FIRST_PAGES if first else _LATER_PAGES
        (page_group,) = draw.choices(_PAGE_GROUPS, cum_weights=pages)
        effect = self.story.effect(
            minute, country=of.country, device=of.device, page_group=page_group
        )
        is_control = of.arm == CONTROL
        tier = Tier.FULL if first and not of.is_returning else of.tier
        slower = of.slower_at_full if tier is Tier.FULL and of.slower_at_full > 1 else 1.0
        if is_control:
            slower *= _ORIGINALS
        z = _HALF * of.z + _HALF * draw.gauss(0, 1)
        # By the same share, so that all of them together are as fitted.
        at_rest_ms = fit.lcp_ms(of.device, z) * slower
        at_full_ms = fit.lcp_ms(of.device, z) * max(of.slower_at_full, 1)
        lcp_ms = at_rest_ms + effect.ttfb_ms
        ttfb_ms = at_rest_ms * draw.uniform(0.18, 0.42) + effect.ttfb_ms
        fcp_ms = ttfb_ms + (lcp_ms - ttfb_ms) * draw.uniform(0.35, 0.95)
        median_ms, spread = _INP_MS[of.device]
        inp_ms = median_ms * math.exp(spread * draw.gauss(0, 1) + 0.2 * of.z) * effect.inp
        if tier in {Tier.LITE, Tier.MINIMAL}:
            inp_ms *= _LIGHT_SCRIPT
        measured = {
            "lcp_ms": lcp_ms,
            "fcp_ms": fcp_ms,
            "ttfb_ms": ttfb_ms,
            "inp_ms": inp_ms if draw.random() < _TAPPED else None,
            "cls": 0.0 if draw.random() < _UNSHIFTED else 0.035 * math.exp(1.1 * draw.gauss(0, 1)),
            "dcl_ms": fcp_ms * draw.uniform(0.8, 1.5),
            "load_ms": lcp_ms * draw.uniform(1.0, 1.9),
        }
        hidden = draw.random() < fit.HIDDEN
        kilobytes = _CONTROL_KILOBYTES if is_control else _KILOBYTES[tier]
        weight = (1 if first else 0.4) * draw.uniform(0.7, 1.3)
        buys = 0.035 * effect.conversions * (2_500 / (lcp_ms + 1_200)) ** 0.35
        return Report(
            session_id=of.id,
            is_assigned=of.is_assigned,
            view_id="",
            sequence=1,
            minute=minute,
            age_minutes=0,
            values=self._values(of, page_group, CONTROL if is_control else tier, minute, first),
            hidden=hidden,
            soft=False,
            final=True,
            codes=_codes({} if hidden else measured),
            growing=(
                int(kilobytes * 1_000 * weight),
                draw.randint(*_REQUESTS) if first else draw.randint(*_REQUESTS) // 2,
                _SCRIPT[tier] if first else 0,
                int(draw.random() < 0.006 * effect.errors),
                int(page_group == "product" and draw.random() < buys),
                int(_VISIBLE_MS * math.exp(draw.gauss(0, 1))),
                int(draw.random() < _RAGING),
                int(draw.random() < _DEAD),
                0,
                round(100 * draw.triangular(0, 1, 0.5)),
            ),
            money={},
            score=round(
                100
                * (
                    0.55 * curve(at_full_ms + effect.ttfb_ms, 2_500, 4_000)
                    + 0.45 * curve(inp_ms, 200, 500)
                )
            ),
            holdout_share=None,
        )

    def _values(
        self,
        of: _Session,
        page_group: str,
        tier: str,
        minute: int,
        first: bool,  # noqa: FBT001
    ) -> str:
        lists = self.settings.lists
        hints = of.browser in {"chrome", "edge", "samsung"}
        connection = dimension.connection_of(
            ect=None,
            rtt_ms=of.rtt_ms if hints else None,
            tcp_ms=of.rtt_ms if first else None,
        )
        return ",".join(
            (
                dimension.listed(page_group, lists.page_groups),
                dimension.listed(of.country, lists.countries),
                of.device,
                connection,
                of.browser,
                str(tier),
                dimension.listed(self.story.release_at(minute), lists.releases),
            )
        )


def _codes(measured: dict[str, float | None]) -> tuple[int, ...]:
    return tuple(
        UNMEASURED if (value := measured.get(vital.name)) is None else code_of(index, value)
        for index, vital in enumerate(OF_VIEWS)
    )
