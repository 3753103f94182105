"""Names of renditions: /img/hero.jpg, 960 px, `lite`, AVIF is /img/hero.jpg/960w.lite.avif. One of
a recipe has its name in place of the tier's.
"""

import re
from dataclasses import dataclass
from typing import Any, Self

from adaptive.edge import variant
from adaptive.edge.policy import RECIPE_COOKIE, TIER_COOKIE, Policy, Tier
from adaptive.errors import RenditionError

_PATH = re.compile(
    r"(?P<original>/.+)/(?P<width>[1-9][0-9]{0,4})w\.(?P<word>[a-z]{1,16})\.(?P<format>[a-z]{3,4})"
)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of the ladder; `original` is the absolute URI path of its source, `recipe` empty if
    it is the tier's own.
    """

    original: str
    width: int
    tier: Tier
    format: str
    recipe: str = ""

    @classmethod
    def of(cls, original: str, width: int, word: str, image_format: str, policy: Policy) -> Self:
        """By a word of the policy's ladders: a tier, or a recipe with renditions of its own."""
        recipe = word if word in policy.recipes else ""
        return cls(original, width, Tier(policy.tier_of(word)), image_format, recipe)

    @classmethod
    def parse(cls, path: str, policy: Policy) -> Self:
        """Accept exactly the paths the edge produces; raises RenditionError for any other."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise RenditionError(f"{path!r} names no rendition")
        original, width, word, image_format = match.groups()
        if word not in policy.max_width:
            raise RenditionError(f"{path!r} is of no tier")
        rendition = cls.of(original, int(width), word, image_format, policy)
        if variant.explain(rendition.request, policy).uri != rendition.path:
            raise RenditionError(f"{path!r} is no rendition of this site")
        return rendition

    @property
    def path(self) -> str:
        """The URI path, which is also the cache key and, less the slash, the object's key."""
        return f"{self.original}/{self.width}w.{self.word}.{self.format}"

    @property
    def word(self) -> str:
        """The recipe, or else the tier: what it is made by."""
        return self.recipe or self.tier

    @property
    def cookies(self) -> str:
        """Of a visitor who is served it."""
        tier = f"{TIER_COOKIE}={self.tier}"
        return f"{tier}; {RECIPE_COOKIE}={self.recipe}" if self.recipe else tier

    @property
    def request(self) -> dict[str, Any]:
        """Of one who wants just this: by it the edge says whether it sends anybody here."""
        wanted = {
            "accept": f"image/{self.format}",
            "cookie": self.cookies,
            "width": str(self.width),
        }
        return {
            "method": "GET",
            "uri": self.original,
            "querystring": "",
            "headers": {name: [{"key": name, "value": text}] for name, text in wanted.items()},
        }
