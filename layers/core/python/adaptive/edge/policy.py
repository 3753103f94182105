"""The site's delivery policy: the small file baked into the edge package.

Standard library only, and sparing with it: `re`, `json`, `dataclasses`, `typing` and `pathlib` each
cost more import time than all the rest of the edge function, and every visitor of a cold edge waits
for it.
"""

from __future__ import annotations

from enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Tier(StrEnum):
    """How rich a delivery is; declared richest first."""

    FULL = "full"
    STANDARD = "standard"
    LITE = "lite"
    MINIMAL = "minimal"

    @property
    def rank(self) -> int:
        """Steps below `full`: 0 for full, 3 for minimal."""
        return _RANK[self]


_RANK = {tier: rank for rank, tier in enumerate(Tier)}

CONTROL = "control"
"""Fifth word of the tier cookie: the holdout arm, which gets untouched originals."""

TIER_COOKIE = "ae_tier"
SESSION_COOKIE = "ae_sid"
VISITOR_COOKIE = "ae_vid"
"""Of visitors who agreed: it outlives the session, and goes to `ingest` alone."""
PAGE_COOKIE = "ae_page"
"""The word that the latest navigation found, with a recipe `tier.recipe`: what its page loads later
goes by it.
"""
RECIPE_COOKIE = "ae_recipe"
"""How the tier of the tier cookie is served, if otherwise than usual; most have none."""

TIER_HEADER = "ae-tier"
"""The tier, or `control`, for the origin that renders the page."""

WORDS: Mapping[str, str] = {**{str(tier): tier for tier in Tier}, CONTROL: CONTROL}
_NONE: Mapping[str, Any] = {}


class Policy:
    """What the edge may do.

    Widths are device pixels, ascending; prefixes are URI prefixes that end in `/`; `bundles` maps a
    script, style sheet, font or poster to its twin per tier; `phone_width` and `desktop_width` are
    what browsers are taken to want that do not say; `originals` maps paths of images to their
    widths, as far as known; with `own_origin` pages come from the site's own origin, which is told
    the tier. `upscale` is how many times as wide pages may show renditions of a tier or recipe,
    rather than get the next width; 1 where it does not say. `recipes` are other ways to serve a
    tier, by name; one has files of its own where `max_width` or `bundles` name it as they name
    tiers.
    """

    __slots__ = (
        "_ladders",
        "bundles",
        "default_tier",
        "desktop_width",
        "formats",
        "image_prefixes",
        "max_width",
        "originals",
        "own_origin",
        "phone_width",
        "recipes",
        "upscale",
        "widths",
        "words",
    )

    def __init__(  # noqa: PLR0913 - as many as site.toml says
        self,
        *,
        image_prefixes: tuple[str, ...],
        widths: tuple[int, ...],
        max_width: Mapping[str, int],
        formats: tuple[str, ...],
        bundles: Mapping[str, Mapping[str, str]],
        default_tier: Tier,
        phone_width: int,
        desktop_width: int,
        originals: Mapping[str, int],
        own_origin: bool,
        recipes: Mapping[str, Tier] = _NONE,
        upscale: Mapping[str, float] = _NONE,
    ) -> None:
        self.image_prefixes = image_prefixes
        self.widths = widths
        self.max_width = max_width
        self.formats = formats
        self.bundles = bundles
        self.default_tier = default_tier
        self.phone_width = phone_width
        self.desktop_width = desktop_width
        self.originals = originals
        self.own_origin = own_origin
        self.recipes = recipes
        self.upscale = upscale
        self.words = {**WORDS, **{self.text_of(name): name for name in recipes}}
        self._ladders = {
            word: tuple(width for width in widths if width <= most)
            for word, most in max_width.items()
        }

    def widths_of(self, word: str) -> tuple[int, ...]:
        """The part of the ladder that a tier, or a recipe with renditions of its own, may use."""
        return self._ladders[word]

    def upscale_of(self, word: str) -> float:
        """Of a word of the ladders."""
        return self.upscale.get(word, 1)

    def tier_of(self, word: str) -> str:
        """The tier that a recipe belongs to; of another word, itself."""
        return self.recipes.get(word, word)

    def text_of(self, word: str) -> str:
        """As the page cookie has it."""
        return f"{self.recipes[word]}.{word}" if word in self.recipes else word

    @property
    def renditions_per_image(self) -> int:
        """The bound on files one original can become: ladder x tiers x formats, and as much for
        each recipe with renditions of its own.
        """
        return sum(len(ladder) for ladder in self._ladders.values()) * len(self.formats)


FIELDS = tuple(name for name in Policy.__slots__ if name not in {"_ladders", "words"})


def dump(policy: Policy) -> str:
    """Serialise for a function's package or environment: `load` brings the same policy back."""
    import json  # noqa: PLC0415 - the edge has no use for it

    fields = {name: getattr(policy, name) for name in FIELDS}
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def load(text: str) -> Policy:
    """Read a policy that `dump` wrote; raises KeyError or ValueError on anything else."""
    import json  # noqa: PLC0415 - the edge has no use for it

    return of(json.loads(text))


def of(raw: Mapping[str, Any]) -> Policy:
    """Read what was in it, already parsed."""
    return Policy(
        image_prefixes=tuple(raw["image_prefixes"]),
        widths=tuple(raw["widths"]),
        max_width=raw["max_width"],
        formats=tuple(raw["formats"]),
        bundles=raw["bundles"],
        default_tier=Tier(raw["default_tier"]),
        phone_width=raw["phone_width"],
        desktop_width=raw["desktop_width"],
        originals=raw["originals"],
        own_origin=bool(raw["own_origin"]),
        recipes={name: Tier(tier) for name, tier in raw.get("recipes", _NONE).items()},
        upscale=raw.get("upscale", _NONE),
    )
