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
"""The word that the latest navigation found: what its page loads later goes by it."""

TIER_HEADER = "ae-tier"
"""The same word, for the origin that renders the page."""


class Policy:
    """What the edge may do.

    Widths are device pixels, ascending; prefixes are URI prefixes that end in `/`; `bundles` maps a
    script, style sheet, font or poster to its twin per tier; `phone_width` and `desktop_width` are
    what browsers are taken to want that do not say; `originals` maps paths of images to their
    widths, as far as known; with `own_origin` pages come from the site's own origin, which is told
    the tier.
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
        "widths",
    )

    def __init__(  # noqa: PLR0913 - as many as site.toml says
        self,
        *,
        image_prefixes: tuple[str, ...],
        widths: tuple[int, ...],
        max_width: Mapping[Tier, int],
        formats: tuple[str, ...],
        bundles: Mapping[str, Mapping[Tier, str]],
        default_tier: Tier,
        phone_width: int,
        desktop_width: int,
        originals: Mapping[str, int],
        own_origin: bool,
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
        self._ladders = {
            tier: tuple(width for width in widths if width <= max_width[tier]) for tier in Tier
        }

    def widths_of(self, tier: Tier) -> tuple[int, ...]:
        """The part of the ladder a tier may use."""
        return self._ladders[tier]

    @property
    def renditions_per_image(self) -> int:
        """The bound on files one original can become: ladder x tiers x formats."""
        return sum(len(ladder) for ladder in self._ladders.values()) * len(self.formats)


def dump(policy: Policy) -> str:
    """Serialise for a function's package or environment: `load` brings the same policy back."""
    import json  # noqa: PLC0415 - the edge has no use for it

    fields = {name: getattr(policy, name) for name in Policy.__slots__ if not name.startswith("_")}
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
    )
