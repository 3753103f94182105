"""Hours of a site whose tiers weigh what is said, with noise that is drawn anew for each hour."""

import math
from random import Random

from adaptive.edge.policy import Tier
from adaptive.monitoring import vital
from adaptive.monitoring.calibration import Hour
from adaptive.monitoring.rollup import Field, Rollup

IMAGE_KB, SCRIPT_KB, TAP_MS = 800, 300, 150


def chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same each time, on purpose


def hour(
    draw: Random, images: dict[Tier, float], scripts: dict[Tier, float], *, views: int = 100
) -> Hour:
    found: Hour = {}
    for tier, weight in images.items():
        whole = Rollup()
        noise = math.exp(draw.gauss(0, 0.05))
        for _ in range(views):
            inp_ms = TAP_MS * scripts[tier] * math.exp(draw.gauss(0, 0.3))
            whole.codes[vital.code_of(vital.INDEX["inp_ms"], inp_ms)] += 1
            whole.codes[vital.code_of(vital.INDEX["lcp_ms"], 1_500 * weight)] += 1
        script_bytes = int(views * SCRIPT_KB * 1_000 * scripts[tier] * noise)
        whole.fields[Field.VIEWS] = whole.fields[Field.MEASURED] = views
        whole.fields[Field.SCRIPT_BYTES] = script_bytes
        whole.fields[Field.BYTES] = script_bytes + int(views * IMAGE_KB * 1_000 * weight * noise)
        found[tier] = whole
    return found
