"""Names of renditions: /img/hero.jpg, 960 px, `lite`, AVIF is /img/hero.jpg/960w.lite.avif."""

import re
from dataclasses import dataclass
from typing import Self

from adaptive.edge import variant
from adaptive.edge.policy import TIER_COOKIE, Policy, Tier
from adaptive.errors import RenditionError

_PATH = re.compile(
    r"(?P<original>/.+)/(?P<width>[1-9][0-9]{0,4})w"
    rf"\.(?P<tier>{'|'.join(Tier)})\.(?P<format>[a-z]{{3,4}})"
)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of the ladder; `original` is the absolute URI path of its source."""

    original: str
    width: int
    tier: Tier
    format: str

    @classmethod
    def parse(cls, path: str, policy: Policy) -> Self:
        """Accept exactly the paths the edge produces; raises RenditionError for any other."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise RenditionError(f"{path!r} names no rendition")
        original, width, tier, image_format = match.groups()
        rendition = cls(original, int(width), Tier(tier), image_format)
        if not rendition._is_of(policy):
            raise RenditionError(f"{path!r} is no rendition of this site")
        return rendition

    @property
    def path(self) -> str:
        """The URI path, which is also the cache key and, less the slash, the object's key."""
        return f"{self.original}/{self.width}w.{self.tier}.{self.format}"

    def _is_of(self, policy: Policy) -> bool:
        """Whether the edge sends anybody here: it is asked on behalf of one who wants just this."""
        wanted = {
            "accept": f"image/{self.format}",
            "cookie": f"{TIER_COOKIE}={self.tier}",
            "width": str(self.width),
        }
        request = {
            "method": "GET",
            "uri": self.original,
            "querystring": "",
            "headers": {name: [{"key": name, "value": text}] for name, text in wanted.items()},
        }
        return variant.explain(request, policy).uri == self.path
