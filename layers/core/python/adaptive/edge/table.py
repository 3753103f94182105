"""How a variant is decided: a table, row by row, which docs/variants.md shows as it stands here.

A row answers one question for one request, or has nothing to say and answers None.
"""

from __future__ import annotations

from adaptive.edge import hints
from adaptive.edge.policy import Policy, Tier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Request = Mapping[str, Any]
    Answer = Callable[[Request, Policy], Any]

BY_ECT = {"slow-2g": Tier.MINIMAL, "2g": Tier.MINIMAL, "3g": Tier.LITE}
# Borders of the effective connection types (https://wicg.github.io/netinfo/). Not above them: a
# first view made lighter on a guess, and scored as `full`, would tell its session full is fine.
FROM_RTT_MS = ((1400, Tier.MINIMAL), (270, Tier.LITE))
BELOW_DOWNLINK_MBPS = ((0.07, Tier.MINIMAL), (0.7, Tier.LITE))
UP_TO_MEMORY_GIB = ((0.5, Tier.MINIMAL), (1, Tier.LITE), (2, Tier.STANDARD))
SAVE_DATA_TIER = Tier.LITE

LONGEST_URI = 900
"""S3 keys end at 1,024 bytes; the rendition's name needs its share."""

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-/"
_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
_RENDITION_PARTS = 3


class Row:
    """`when` and `then` put `answer` into words."""

    __slots__ = ("answer", "name", "then", "when")

    def __init__(self, name: str, when: str, then: str, answer: Answer) -> None:
        self.name = name
        self.when = when
        self.then = then
        self.answer = answer


def _is_image(uri: str, policy: Policy) -> bool:
    """Plain names only, none of them hidden: no escapes, no dot segments, and no renditions."""
    return (
        uri.startswith(policy.image_prefixes)
        and len(uri) <= LONGEST_URI
        and not uri.strip(_PLAIN)
        and "//" not in uri
        and "/." not in uri
        and uri.lower().endswith(_ENDINGS)
        and not _is_rendition(uri)
    )


def _is_rendition(uri: str) -> bool:
    parts = uri[uri.rindex("/") + 1 :].split(".")
    if len(parts) != _RENDITION_PARTS:
        return False
    width, tier, ending = parts
    words = tier + ending
    return (
        width[-1:] == "w"
        and width[:-1].isdigit()
        and tier != ""
        and words.isalpha()
        and words.islower()
    )


def _by_rtt(request: Request, _policy: Policy) -> Tier | None:
    rtt_ms = hints.number(request["headers"], "sec-ch-rtt", "rtt") or 0
    return next((tier for border, tier in FROM_RTT_MS if rtt_ms >= border), None)


def _by_downlink(request: Request, _policy: Policy) -> Tier | None:
    if (mbps := hints.number(request["headers"], "sec-ch-downlink", "downlink")) is None:
        return None
    return next((tier for border, tier in BELOW_DOWNLINK_MBPS if mbps < border), None)


def _by_memory(request: Request, _policy: Policy) -> Tier | None:
    names = "sec-ch-device-memory", "device-memory"
    if (memory_gib := hints.number(request["headers"], *names)) is None:
        return None
    return next((tier for border, tier in UP_TO_MEMORY_GIB if memory_gib <= border), None)


def _by_page(request: Request, policy: Policy) -> str | None:
    said = hints.query_word(request["querystring"], "tier")
    if said and policy.recipes:
        pinned = hints.page_cookie(request["headers"], policy.words)
        if pinned and policy.recipes.get(pinned) == said:
            return pinned
    return said


def _by_recipe(request: Request, policy: Policy) -> str | None:
    headers = request["headers"]
    name = hints.recipe_cookie(headers)
    tier = policy.recipes.get(name)
    if tier is None or hints.tier_cookie(headers) != tier:
        return None
    return None if hints.saves_data(headers) and tier.rank < SAVE_DATA_TIER.rank else name


LEFT_ALONE = (
    Row(
        "method",
        "the method is neither GET nor HEAD",
        "left alone",
        lambda request, _: request["method"] not in {"GET", "HEAD"} or None,
    ),
    Row(
        "path",
        "the path is neither a file with twins nor a JPEG, PNG or WebP below `image_prefixes`",
        "left alone",
        lambda request, policy: (
            not (request["uri"] in policy.bundles or _is_image(request["uri"], policy)) or None
        ),
    ),
)
PAGE = (
    Row(
        "page-says",
        "a file with twins, and `?tier=` in its URL names a tier or `control`",
        "that one: the page was made for it; by the recipe of that tier in `ae_page`, if any",
        _by_page,
    ),
    Row(
        "page-cookie",
        "a file with twins, and cookie `ae_page` names a tier, `tier.recipe` or `control`",
        "that one: the page's navigation found it",
        lambda request, policy: hints.page_cookie(request["headers"], policy.words),
    ),
)
HELD_OUT = (
    Row(
        "control",
        "cookie `ae_tier=control`",
        "left alone: the original is the proof",
        lambda request, _: hints.is_control(request["headers"]) or None,
    ),
)
MEASURED = (
    Row(
        "tier-cookie",
        "cookie `ae_tier` names a tier",
        "that tier, as measured",
        lambda request, _: hints.tier_cookie(request["headers"]),
    ),
)
SAID = (
    Row(
        "ect",
        "`Sec-CH-ECT` or `ECT`",
        "`slow-2g`, `2g`: minimal; `3g`: lite",
        lambda request, _: BY_ECT.get(hints.value(request["headers"], "sec-ch-ect", "ect")),
    ),
    Row("rtt", "`Sec-CH-RTT` or `RTT`", "from 1,400 ms: minimal; from 270 ms: lite", _by_rtt),
    Row(
        "downlink",
        "`Sec-CH-Downlink` or `Downlink`",
        "below 0.07 Mbit/s: minimal; below 0.7: lite",
        _by_downlink,
    ),
    Row(
        "device-memory",
        "`Sec-CH-Device-Memory` or `Device-Memory`",
        "up to 0.5 GiB: minimal; up to 1: lite; up to 2: standard",
        _by_memory,
    ),
)
UNKNOWN = (Row("default", "always", "`default_tier`", lambda _, policy: policy.default_tier),)
CAP = (
    Row(
        "save-data",
        "`Save-Data: on`",
        "at most lite",
        lambda request, _: SAVE_DATA_TIER if hints.saves_data(request["headers"]) else None,
    ),
)
RECIPE = (
    Row(
        "recipe",
        "cookie `ae_recipe` names a recipe of the tier in `ae_tier`, and no wish lowers that",
        "its twins, and its renditions if it has its own",
        _by_recipe,
    ),
)
SCRIPT = (
    Row(
        "twin",
        "`[bundles]` has twins of the file",
        "the twin for the tier; where the tier has none, the file itself",
        lambda request, policy: policy.bundles.get(request["uri"]),
    ),
)
WANTED = (
    Row(
        "w",
        "`?w=` in the URL: the browser chose it from the site's srcset",
        "that many device pixels",
        lambda request, _: hints.query_number(request["querystring"], "w"),
    ),
    Row(
        "width",
        "`Sec-CH-Width` or `Width`",
        "that many device pixels",
        lambda request, _: hints.number(request["headers"], "sec-ch-width", "width"),
    ),
    Row(
        "viewport",
        "`Sec-CH-Viewport-Width` or `Viewport-Width`, and `Sec-CH-DPR` or `DPR`",
        "their product",
        lambda request, _: hints.viewport_px(request["headers"]),
    ),
    Row(
        "phone",
        "`Sec-CH-UA-Mobile: ?1`; without that header a phone's user agent",
        "`phone_width`",
        lambda request, policy: policy.phone_width if hints.is_phone(request["headers"]) else None,
    ),
    Row("desktop", "always", "`desktop_width`", lambda _, policy: policy.desktop_width),
)
LIMIT = (
    Row(
        "original",
        "`originals` knows how wide the original is",
        "no wider than that; left alone if even the least width is",
        lambda request, policy: policy.originals.get(request["uri"]),
    ),
)
FORMAT = (
    Row(
        "avif",
        "`Accept` names `image/avif`, not with `q=0`",
        "AVIF",
        lambda request, policy: _offered("avif", request, policy),
    ),
    Row(
        "webp",
        "`Accept` names `image/webp`, not with `q=0`",
        "WebP",
        lambda request, policy: _offered("webp", request, policy),
    ),
    Row(
        "jpeg",
        "the original is a JPEG",
        "JPEG, which every browser shows",
        lambda request, _: "jpg" if request["uri"].lower().endswith((".jpg", ".jpeg")) else None,
    ),
    Row(
        "alpha",
        "always",
        "left alone: JPEG has no alpha channel to put a PNG's or a WebP's into",
        lambda _request, _policy: "",
    ),
)
TABLE = (
    ("Left alone?", "the first row that applies", LEFT_ALONE),
    ("Tier of the page", "the first row that applies; nothing below moves it", PAGE),
    ("Held out?", "if it applies", HELD_OUT),
    ("Tier", "the first row that applies", MEASURED),
    ("Tier, not measured", "of the rows that apply, the poorest", SAID),
    ("Tier, unknown", "the first row that applies", UNKNOWN),
    ("Tier, at most", "the first row that applies", CAP),
    ("Recipe", "if it applies", RECIPE),
    ("Twin", "the first row that applies: a file with twins is no image", SCRIPT),
    (
        "Width wanted",
        "the first row that applies, divided by the tier's `upscale`, snapped up to its widths",
        WANTED,
    ),
    ("Width, at most", "the first row that applies", LIMIT),
    ("Format", "the first row that applies", FORMAT),
)


def _offered(image_format: str, request: Request, policy: Policy) -> str | None:
    offered = image_format in policy.formats and hints.accepts(request["headers"], image_format)
    return image_format if offered else None
