"""How good a rendition must look, and at which width that is judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from adaptive.delivery.imaging import Drawn, Target
from adaptive.delivery.quality import WHILE_ASKED, Search
from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Policy


@dataclass(frozen=True, slots=True)
class Aim:
    """By tier or recipe, points of SSIMULACRA2: `displayed` is what visitors are to see, `own` what
    a picture must have at its own width where nobody knows how wide pages show it.
    """

    policy: Policy
    own: Mapping[str, float]
    displayed: Mapping[str, float]

    def target(
        self, rendition: Rendition, *, search: Search = WHILE_ASKED, screen: int | None = None
    ) -> Target:
        """The widest of a ladder has to do for all that is wider, up to a `screen` of so many
        pixels if one is to be judged by; any other is drawn no wider than the policy's upscale.
        """
        word, width = rendition.word, rendition.width
        widest = width == self.policy.widths_of(word)[-1]
        shown = (screen or width) if widest else round(width * self.policy.upscale_of(word))
        drawn = Drawn(shown, self.displayed[word]) if shown > width else None
        floor = self.own[word] if widest or drawn else self.displayed[word]
        return Target(width, rendition.format, floor, search, drawn)
