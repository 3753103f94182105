"""One image as each tier gets it: which file, how large, and how good it must look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from adaptive.delivery.rendition import Rendition
from adaptive.edge import variant
from adaptive.edge.policy import TIER_COOKIE, Tier
from adaptive.errors import QueryError, RenditionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.edge.policy import Policy
    from adaptive.monitoring.query.reply import Desk, Reply
    from adaptive.ports import FileList

_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_NOT_FOUND = 404
Format = Literal["avif", "webp", "jpg"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class File(_Part):
    """`quality` is what the encoder is held to, `reached` what it came to, in points of SSIMULACRA2
    at the file's own width (80 very good, 50 medium): both null for the original, `reached` also
    for what was made before it was noted. `bytes` is null if nobody asked for it yet: it is made
    when it is loaded.
    """

    tier: str
    path: str
    width: int | None
    format: str
    quality: float | None
    reached: float | None
    bytes: int | None


class Renditions(_Part):
    """The original first, then each tier's file for a phone; `kept` is how many renditions there
    are by now, `kept_bytes` what they take together.
    """

    asset: str
    files: list[File]
    kept: int
    kept_bytes: int


class Assets(_Part):
    """Paths of images that are adapted, by name."""

    assets: list[str]


@dataclass(frozen=True, slots=True)
class Gallery:
    """`files` is the site's bucket; `quality_floor` is by tier."""

    desk: Desk
    files: FileList
    policy: Policy
    quality_floor: Mapping[str, float]

    def of(self, asset: str, image_format: Format) -> Reply:
        """Raises QueryError if no tier has a rendition of it, UnavailableError."""
        if not asset.startswith("/") or not self._file(Tier.FULL, asset, image_format, {}):
            raise QueryError("is not the path of an image that is adapted", field="asset")
        there = self.files.listed(f"{asset}/").files
        original = self.files.listed(asset).files.get(asset)
        if original is None and not there:
            raise QueryError("there is no such image", field="asset", status=_NOT_FOUND)
        ending = asset.rpartition(".")[2].lower()
        first = File(
            tier="control",
            path=asset,
            width=None,
            format=ending,
            quality=None,
            reached=None,
            bytes=original,
        )
        made = [self._file(tier, asset, image_format, there) for tier in Tier]
        kept = {path: size for path, size in there.items() if self._is_rendition(path)}
        data = Renditions(
            asset=asset,
            files=[first, *(each for each in made if each)],
            kept=len(kept),
            kept_bytes=sum(kept.values()),
        )
        return self.desk.reply(data, samples=len(data.files), units=0, end=self.desk.minute)

    def assets(self, following: str | None) -> Reply:
        """Those that lie right below the image prefixes; raises QueryError, UnavailableError."""
        prefixes = self.policy.image_prefixes
        number, _, after = (following or "0:").partition(":")
        if not number.isdecimal() or int(number) >= max(len(prefixes), 1):
            raise QueryError("is not one that an answer gave", field="cursor")
        if not prefixes:
            return self.desk.reply(Assets(assets=[]), samples=0, units=0, end=self.desk.minute)
        at = int(number)
        page = self.files.listed(prefixes[at], after=after)
        names = {*page.files, *page.folders}
        data = Assets(assets=sorted(each for each in names if each.lower().endswith(_ENDINGS)))
        more = f"{at}:{page.following}" if page.following else ""
        if not more and at + 1 < len(prefixes):
            more = f"{at + 1}:"
        return self.desk.reply(
            data,
            samples=len(data.assets),
            units=0,
            end=self.desk.minute,
            following=more or None,
        )

    def _file(
        self, tier: Tier, asset: str, image_format: Format, there: Mapping[str, int]
    ) -> File | None:
        """What the edge answers a phone of that tier with."""
        told = {
            "accept": f"image/{image_format}",
            "cookie": f"{TIER_COOKIE}={tier}",
            "sec-ch-width": str(self.policy.phone_width),
        }
        request = {
            "method": "GET",
            "uri": asset,
            "querystring": "",
            "headers": {name: [{"key": name, "value": text}] for name, text in told.items()},
        }
        path = variant.explain(request, self.policy).uri
        try:
            found = Rendition.parse(path, self.policy)
        except RenditionError:
            return None
        return File(
            tier=tier,
            path=path,
            width=found.width,
            format=found.format,
            quality=self.quality_floor[tier],
            reached=self.files.score(path) if path in there else None,
            bytes=there.get(path),
        )

    def _is_rendition(self, path: str) -> bool:
        try:
            return bool(Rendition.parse(path, self.policy))
        except RenditionError:
            return False
