"""A page group over its script budget: the light bundle for one tier more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.edge.policy import Tier
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.rollup import Field
from adaptive.prediction.advice.recommendation import Effect, Interval, Kind, Recommendation
from adaptive.prediction.advice.wording import SHARED, site_lines
from adaptive.prediction.cost import MONTH_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adaptive.prediction.advice.situation import Situation

_KILOBYTE = 1_000
_LEAST_VIEWS = 100
_DAYS_A_MONTH = MONTH_S / 86_400


def of(situation: Situation) -> Iterator[Recommendation]:
    """If there is a bundle whose light twin the tier `standard` does not get."""
    deployed = situation.deployed
    if not deployed.heavy_bundles:
        return
    share = situation.share_of(Cell("tier", str(Tier.STANDARD)))
    left = situation.policy.script_weight[Tier.LITE] / situation.policy.script_weight[Tier.STANDARD]
    for group, limit_kb in deployed.script_kilobytes.items():
        seen = situation.views_of(Cell("page_group", group)).fields
        views = seen[Field.MEASURED]
        if views < _LEAST_VIEWS:
            continue
        now_kb = seen[Field.SCRIPT_BYTES] / views / _KILOBYTE
        if now_kb <= limit_kb or left >= 1 or share <= 0:
            continue
        saved = now_kb * share * (1 - left)
        now = _bundles(deployed.heavy_bundles, Tier.STANDARD)
        was = _bundles(deployed.heavy_bundles, None)
        yield Recommendation(
            kind=Kind.TRIM_SCRIPTS,
            subject=group,
            title=f"Give tier standard the light scripts: {group} pages are over their budget",
            evidence=(
                (
                    f"{now_kb:,.0f} KB of scripts in the mean of {views:,} views of the last day, "
                    f"{limit_kb:,.0f} KB are allowed"
                ),
                f"{share:.0%} of all views are at tier standard, with full scripts",
            ),
            probability=1.0,  # it is so already
            due_at=situation.at,
            effect=Effect(
                family="page_group",
                value=group,
                measure="script_bytes_per_view",
                unit="KB",
                before=Interval(expected=now_kb, low=now_kb, high=now_kb),
                # Between nobody of this group being at that tier and twice the usual share.
                after=Interval(
                    expected=now_kb - saved, low=max(now_kb - 2 * saved, 0.0), high=now_kb
                ),
                limit=limit_kb,
            ),
            usd_a_month=-saved
            * _KILOBYTE
            * seen[Field.VIEWS]
            * _DAYS_A_MONTH
            / 1e9
            * situation.prices["cloudfront_gb"],
            change=site_lines("bundles", now, was),
            experiment=None,
            unsplit_because=SHARED.reason + ": which bundle a tier gets is baked into the edge",
        )


def _bundles(heavy: dict[str, dict[Tier, str]], further: Tier | None) -> dict[str, dict[str, str]]:
    """As lines of `[bundles]`, one tier more getting what `lite` gets."""
    return {
        f'"{path}"': {
            str(tier): twin
            for tier, twin in ({further: twins[Tier.LITE], **twins} if further else twins).items()
        }
        for path, twins in heavy.items()
    }
