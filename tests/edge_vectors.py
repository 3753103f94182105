"""Viewer requests for the two programs that decide the same: ordinary ones, and all that is odd.

The same every time, as they are drawn from a seed; each value in each place at least once.
"""

import random
from collections.abc import Iterator

from local.cdn.messages import ViewerRequest

SEED = 20_261_122
_NUMBERS = (
    *("0", "1", "320", "321", "640.5", "1170", "1920", "99999", "100000", "0.05", "0.07", "0.7"),
    *("1.6", "2", "2.625", "3", "8", "50", "270", "1400", "NaN", "-1", "+5", "1e3", "1e309", " 9"),
    *("9 ", "5,5", "0x10", "Infinity", "", "\u0663", "\u00bd", "1.", ".5", "1.2.3", "9" * 10_000),
)
_AGENTS = (
    "",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604",
    "Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) Version/12.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Android 15; Tablet; rv:140.0) Gecko/140.0 Firefox/140.0 Mobi",
    "Mobi" + "x" * 1_000,
    "Mobi \u00e9",
)
_ACCEPTS = (
    *("", "*/*", "image/*", "image/avif", "image/webp", "image/avif,image/webp,image/*,*/*;q=0.8"),
    *("image/avif;q=0", "image/avif;q=0.0,image/webp", "image/avif ; q=0.001", "IMAGE/AVIF"),
    *("image/avif;q=1.000", "image/avif;q=1.001", "image/avif;q=0.0000", "image/avif;codecs=av1"),
    *("image/avifx", "ximage/avif", "\timage/webp\t,", "image/avif;q=0,image/avif", "image/avif;"),
    *("image/avif;q=0.050", "image/avif;q=0.0012", "image/avif;q=0.10", "image/avif;q=0.100;x=y"),
    *("image/avif\n", "image/avif\u00a0", "image/webp," + "x/y," * 400, "image/avif \u00e9"),
)
_COOKIES = (
    *("", "ae_tier=full", "ae_tier=standard", "ae_tier=lite", "ae_tier=minimal", "ae_tier=control"),
    *("a=b; ae_tier=lite; c=d", "a=b;ae_tier=lite", "ae_tier=lite ; x", "ae_tier=LITE", "ae_tier"),
    *("ae_tier=", "ae_tier=lite; ae_tier=full", "ae_tier=gold; ae_tier=full", "xae_tier=lite"),
    *("x=ae_tier=lite", "ae_tier=constructor", "ae_tier=__proto__", "ae_tier=toString; a"),
    *("\tae_tier=minimal\t", "\u00a0ae_tier=lite", "ae_tier=lite\u00a0", "ae_tier==lite"),
    *("__proto__=ae_tier=lite", "x=" + "y" * 9_000 + "; ae_tier=lite", ";;;ae_tier=lite;"),
    *("ae_page=lite", "ae_page=control; ae_tier=lite", "ae_tier=control; ae_page=minimal"),
    *("ae_page=LITE; ae_tier=lite", "ae_page=full;ae_page=lite; ae_tier=minimal", "xae_page=lite"),
)
_RECIPES = (
    *("ae_tier=lite; ae_recipe=thrifty", "ae_recipe=thrifty; ae_tier=lite", "ae_recipe=thrifty"),
    *("ae_tier=full; ae_recipe=thrifty", "ae_tier=control; ae_recipe=thrifty", "ae_recipe="),
    *("ae_tier=lite; ae_recipe=whole", "ae_tier=minimal; ae_recipe=rebuilt", "ae_tier=thrifty"),
    *("ae_tier=lite; ae_recipe=THRIFTY", "ae_tier=lite; ae_recipe=lite", "ae_tier=lite.thrifty"),
    *("ae_tier=lite; ae_recipe=thrifty; ae_recipe=whole", "ae_tier=lite; ae_recipe=lite.thrifty"),
    *("ae_tier=lite; ae_recipe=gold; ae_recipe=whole", "ae_tier=lite; xae_recipe=thrifty"),
    *("ae_tier=lite; ae_recipe=__proto__", "ae_tier=lite; ae_recipe=constructor"),
    *("ae_tier=lite; ae_recipe=thrifty\t", "ae_tier=lite; ae_recipe=thrifty\u00a0"),
    *("ae_tier=standard; ae_recipe=crisp", "ae_page=standard.crisp; ae_tier=standard"),
    *("ae_page=lite.whole", "ae_page=lite.whole; ae_tier=full", "ae_page=minimal.rebuilt"),
    *("ae_page=lite.whole; ae_tier=control", "ae_page=full.whole; ae_tier=lite"),
    *("ae_page=whole; ae_tier=lite", "ae_page=lite.; ae_tier=minimal", "ae_page=.whole"),
    *("ae_page=lite.lite; ae_tier=full", "ae_page=control.control", "ae_page=lite.gold"),
    *("ae_page=lite.whole.x; ae_tier=full", "ae_page=lite..whole", "ae_page=.; ae_tier=lite"),
    *("ae_page=lite.__proto__", "ae_page=constructor.constructor", "ae_page=__proto__.whole"),
    *("ae_page=undefined.gold; ae_tier=lite", "ae_page=lite.whole; ae_tier=lite; ae_recipe=whole"),
    *("ae_page=lite; ae_tier=lite; ae_recipe=whole", "ae_page=lite.thrifty; ae_tier=lite"),
)
_QUERIES = (
    *("", "w=320", "w=640&v=2", "v=2&w=700.5", "w=1&w=2", "w", "w=", "w&w=5", "W=320", "ww=320"),
    *("w=NaN", "w=-1", "w=1e309", "w=%33", "__proto__=1&w=960", "constructor", "w=" + "9" * 8_000),
    *("&&w=320&", "w=320=1", "w=\u0663", "w=0", "w=00320"),
    *("tier=lite", "tier=control", "v=1&tier=minimal", "tier=lite&tier=lite", "tier=LITE"),
    *("tier", "tier=", "tier=lite%20", "tier=constructor", "tier=lite=1", "Tier=lite"),
)
_WORDS = ("", "on", "ON", "off", "slow-2g", "2g", "3g", "4g", "3G", "constructor", "?1", "?0", "1")
_URIS = (
    *("/img/hero.jpg", "/img/a/b/shoe-42.JPEG", "/img/logo.png", "/img/x.webp", "/img/narrow.jpg"),
    *("/img/icon.png", "/img/hero.svg", "/img/", "/img/../secret.jpg", "/img//x.jpg", "/"),
    *("/img/.x.jpg", "/img/hero.jpg\n", "/img/her\u00f6.jpg", "/img/a b.jpg", "/img/%2e/x.jpg"),
    *("/img/hero.jpg/960w.lite.avif", "/img/hero.jpg/960w.lite.jpg", "/images/hero.jpg"),
    *("/img/" + "a" * 895 + ".jpg", "/img/" + "a" * 891 + ".jpg", "/img/1w.x.jpg", "/img/x.jpg/"),
    *(
        "/index.html",
        "/a/page",
        "/js/shop.js",
        "/js/other.js",
        "/js/__proto__",
        "/__proto__",
        "/img/\u017f.jpg",
        "",
    ),
)
_HEADERS: dict[str, tuple[str, ...]] = {
    **{
        prefix + name: _NUMBERS
        for name in ("width", "viewport-width", "dpr", "rtt", "downlink", "device-memory")
        for prefix in ("", "sec-ch-")
    },
    **dict.fromkeys(("ect", "sec-ch-ect", "save-data", "sec-ch-ua-mobile"), _WORDS),
    "sec-fetch-dest": ("document", "iframe", "empty", "image", "Document", "document, empty"),
    "sec-purpose": ("prefetch", "prefetch;prerender", "x", ""),
    "purpose": ("prefetch",),
    "sec-gpc": ("1", "0", "1, 1"),
    "accept": (*_ACCEPTS, "text/html,application/xhtml+xml,*/*;q=0.8"),
    "cookie": _COOKIES,
    "user-agent": _AGENTS,
    "range": ("bytes=0-99", "bytes=-1,0-", "x"),
    "x-ae-tier": ("full", "lite"),
    "ae-tier": ("full", "lite", "gold"),
    "x-forwarded-for": ("1.2.3.4",),
}
_METHODS = ("GET", "HEAD", "POST", "OPTIONS", "get")


def requests(count: int) -> Iterator[ViewerRequest]:
    """At least `count`; those in which one value stands alone come first."""
    made = 0
    for uri in _URIS:
        yield _request(uri=uri)
    for name, texts in _HEADERS.items():
        for text in texts:
            made += 2
            yield _request(headers=((name, text),))
            yield _request(headers=((name, text), (name, text)))
    for query in _QUERIES:
        yield _request(query=query)
        yield _request(uri="/js/shop.js", query=query)
    for cookie in _COOKIES:
        for uri in ("/js/shop.js", "/index.html"):
            made += 2
            yield _request(uri=uri, headers=(("cookie", cookie),))
            yield _request(uri=uri, headers=(("cookie", cookie), ("sec-fetch-dest", "document")))
    draw = random.Random(SEED)  # noqa: S311 - the same every time is the point
    while made < count:
        made += 1
        names = draw.sample(sorted(_HEADERS), draw.randrange(9))
        drawn = [(name, draw.choice(_HEADERS[name])) for name in names]
        usual = [
            each
            for each in (("accept", _ACCEPTS[5]), ("cookie", _COOKIES[3]))
            if draw.random() < 0.5
        ]
        yield _request(
            method=draw.choice(_METHODS) if draw.random() < 0.1 else "GET",
            uri=draw.choice(_URIS) if draw.random() < 0.5 else "/img/hero.jpg",
            query=draw.choice(_QUERIES) if draw.random() < 0.3 else "",
            headers=(*drawn, *(pair for pair in usual if pair[0] not in names)),
        )


def recipe_requests() -> Iterator[ViewerRequest]:
    """Every way to name a recipe, of every kind of file, beside what else has a say in it."""
    asked = (("", ()), ("tier=lite", ()), ("tier=minimal", ()), ("tier=lite.whole", ()))
    saying = (
        *asked,
        ("w=700", (("save-data", "on"),)),
        ("", (("sec-fetch-dest", "document"),)),
        ("", (("ect", "3g"), ("accept", _ACCEPTS[5]))),
    )
    for cookie in _RECIPES:
        for uri in ("/img/hero.jpg", "/img/narrow.jpg", "/js/shop.js", "/index.html"):
            for query, headers in saying:
                yield _request(uri=uri, query=query, headers=(("cookie", cookie), *headers))


def _request(
    *,
    method: str = "GET",
    uri: str = "/img/hero.jpg",
    query: str = "",
    headers: tuple[tuple[str, str], ...] = (),
) -> ViewerRequest:
    return ViewerRequest("id", method, uri, query, headers, "203.0.113.178")
