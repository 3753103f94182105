"""How good a rendition must look, and drawn how wide."""

import pytest

from adaptive.delivery.aim import Aim
from adaptive.delivery.imaging import Drawn
from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Tier, dump, load
from tests.samples import POLICY

policy = load(dump(POLICY))
policy.upscale = {"minimal": 1.25}
AIM = Aim(policy, {"lite": 60, "minimal": 48}, {"lite": 57, "minimal": 45})


@pytest.mark.parametrize(
    ("tier", "width", "screen", "floor", "drawn"),
    [
        (Tier.LITE, 640, 1082, 57, None),
        (Tier.LITE, 960, None, 60, None),
        (Tier.LITE, 960, 960, 60, None),
        (Tier.LITE, 960, 1082, 60, Drawn(1082, 57)),
        (Tier.MINIMAL, 640, None, 48, Drawn(800, 45)),
        (Tier.MINIMAL, 640, 1082, 48, Drawn(800, 45)),
        (Tier.MINIMAL, 960, 1082, 48, Drawn(1082, 45)),
    ],
)
def test_it_is_judged_as_wide_as_pages_may_show_it(
    tier: Tier, width: int, screen: int | None, floor: float, drawn: Drawn | None
) -> None:
    target = AIM.target(Rendition("/img/a.jpg", width, tier, "avif"), screen=screen)
    assert (target.width, target.quality_floor, target.drawn) == (width, floor, drawn)
