"""A behaviour's policies: what keys the cache, what reaches the origin, what viewers get on top."""

from dataclasses import dataclass
from enum import StrEnum


class Choice(StrEnum):
    """How a policy picks headers, cookies or query strings by name."""

    NONE = "none"
    LISTED = "whitelist"
    ALL_EXCEPT = "allExcept"
    ALL = "all"
    ALL_VIEWER = "allViewer"
    ALL_VIEWER_AND_LISTED = "allViewerAndWhitelistCloudFront"


@dataclass(frozen=True, slots=True)
class Selection:
    """Names a policy picks; header names are lower-case, cookies and query strings as written."""

    choice: Choice = Choice.NONE
    names: frozenset[str] = frozenset()

    def picks(self, name: str) -> bool:
        """Whether something with this name, sent by the viewer, is picked."""
        match self.choice:
            case Choice.NONE:
                return False
            case Choice.LISTED:
                return name in self.names
            case Choice.ALL_EXCEPT:
                return name not in self.names
            case Choice.ALL | Choice.ALL_VIEWER | Choice.ALL_VIEWER_AND_LISTED:
                return True

    @property
    def empty(self) -> bool:
        """Whether nothing is ever picked."""
        return self.choice is Choice.NONE

    @property
    def listed(self) -> frozenset[str]:
        """Names that were written down to be picked: CloudFront's own headers are added only so."""
        wanted = self.choice in {Choice.LISTED, Choice.ALL_VIEWER_AND_LISTED}
        return self.names if wanted else frozenset()


NOTHING = Selection()


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """What keys the cache, and the bounds on how long; a maximum of 0 s switches caching off."""

    min_ttl_s: float
    default_ttl_s: float
    max_ttl_s: float
    headers: Selection = NOTHING
    cookies: Selection = NOTHING
    query_strings: Selection = NOTHING
    encodings: frozenset[str] = frozenset()

    @property
    def caches(self) -> bool:
        """Whether successful answers may be kept at all."""
        return self.max_ttl_s > 0


@dataclass(frozen=True, slots=True)
class OriginRequestPolicy:
    """What reaches the origin besides the cache key."""

    headers: Selection = NOTHING
    cookies: Selection = NOTHING
    query_strings: Selection = NOTHING


@dataclass(frozen=True, slots=True)
class PolicyHeader:
    """A header added to answers; `override` replaces the origin's."""

    name: str
    value: str
    override: bool


@dataclass(frozen=True, slots=True)
class ResponseHeadersPolicy:
    """Headers removed from and added to every answer of a behaviour; names are lower-case."""

    added: tuple[PolicyHeader, ...] = ()
    removed: frozenset[str] = frozenset()


NO_ORIGIN_REQUEST_POLICY = OriginRequestPolicy()
NO_RESPONSE_HEADERS_POLICY = ResponseHeadersPolicy()
