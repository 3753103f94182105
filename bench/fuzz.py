"""100,000 hostile events through the staged edge asset, in one bare interpreter.

Nothing may raise, and no path may come out that is neither the one that went in nor a rendition of
the ladder. The peer is that target: 0 faults.
"""

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Policy
from adaptive.errors import RenditionError
from bench.report import Result, finish, say
from infra import config, edge_asset

_CHILD = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import handler
took = 0
for line in sys.stdin:
    event = json.loads(line)
    begin = time.perf_counter_ns()
    try:
        answer = handler.lambda_handler(event, None).get("uri")
    except BaseException as error:
        answer = {"raised": repr(error)}
    took += time.perf_counter_ns() - begin
    print(json.dumps(answer))
print(took / 1e3)
"""
_NAMES = (
    *("accept", "cookie", "dpr", "sec-ch-dpr", "width", "sec-ch-width", "viewport-width", "rtt"),
    *("downlink", "ect", "device-memory", "save-data", "sec-ch-ua-mobile", "user-agent", "range"),
    *("sec-fetch-dest", "sec-purpose", "ae-tier"),
)
_PIECES = (
    *("0", "1", "9", "320", "1e309", "NaN", "-", "+", ".", ",", ";", "=", "q=0", "q=1", " ", "\t"),
    *("\n", "\0", "\u0661", "\u00e9", "\ud800", "image/avif", "image/webp", "*/*", "ae_tier="),
    *("ae_page=", "tier=", "document", "prefetch", "text/html"),
    *(
        "lite",
        "full",
        "control",
        "on",
        "2g",
        "3g",
        "Mobi",
        "iPad",
        "?1",
        "w=",
        "&",
        "%",
        "x" * 1_001,
    ),
)
_PATHS = (
    *(
        "/img/",
        "/js/",
        "hero",
        "shop",
        ".jpg",
        ".png",
        ".webp",
        ".js",
        ".avif",
        "/",
        "..",
        ".",
        "//",
    ),
    *("960w.lite", "%2e", "\n", "\0", "\u00e9", "a" * 900, "?", "#", " ", "~", "-", "_", "JPEG"),
)
_ODD: tuple[Any, ...] = (None, 7, -1.5, [], {}, "", True, [None], {"value": 1}, [[]])


def events(count: int, seed: int) -> Iterator[tuple[object, str]]:
    """Events, each with the path that it asks for, if any; a few have not even the form of one."""
    draw = random.Random(seed)  # noqa: S311 - the same every time is the point
    for _ in range(count):
        uri = _text(draw, _PATHS, 5) if draw.randrange(2) else "/img/a/hero.jpg"
        headers: dict[str, Any] = {
            name: [{"key": name, "value": _text(draw, _PIECES, 6)}] * draw.choice((1, 1, 1, 2, 0))
            for name in draw.sample(_NAMES, draw.randrange(len(_NAMES)))
        }
        request: dict[str, Any] = {
            "clientIp": "203.0.113.178",
            "method": draw.choice(("GET", "GET", "GET", "HEAD", "POST", "")),
            "uri": uri,
            "querystring": _text(draw, _PIECES, 4),
            "headers": headers,
        }
        if not draw.randrange(10):
            where: Any = draw.choice((request, headers))
            where[draw.choice((*request, *_NAMES))] = draw.choice(_ODD)
        if not draw.randrange(50):
            yield draw.choice((None, [], {}, {"Records": []}, {"Records": [{"cf": 1}]})), ""
        else:
            yield {"Records": [{"cf": {"request": request}}]}, request["uri"]


def is_fault(asked: object, answered: object, policy: Policy) -> bool:
    """Whether a handler's answer is neither what was asked, a twin, nor in the ladder."""
    if answered == asked or (asked == "" and answered is None):
        return False
    if not isinstance(asked, str) or not isinstance(answered, str):
        return True
    if answered in policy.bundles.get(asked, {}).values():
        return False
    try:
        return Rendition.parse(answered, policy).original != asked
    except RenditionError:
        return True


def _text(draw: random.Random, pieces: tuple[str, ...], most: int) -> str:
    return "".join(draw.choices(pieces, k=draw.randrange(most + 1)))


def main() -> int:
    """Stage, run, judge; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    site = config.load(edge_asset.ROOT / "site.toml")
    drawn = list(events(options.events, options.seed))
    command = [sys.executable, "-I", "-S", "-c", _CHILD, str(edge_asset.stage(site))]
    text = "".join(json.dumps(event) + "\n" for event, _ in drawn)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    *answers, took_us = map(json.loads, done.stdout.splitlines())
    pairs = [(asked, answer) for (_, asked), answer in zip(drawn, answers, strict=True)]
    faults = [pair for pair in pairs if is_fault(*pair, site.policy)]
    for asked, answer in faults[:10]:
        say(f"{asked!r:.200} -> {answer!r:.200}")
    finish(
        Result(
            name="fuzz",
            value=len(faults),
            unit="faults",
            peer="none allowed",
            peer_value=0,
            ratio=0 if not faults else float(len(faults)),
            n=len(drawn),
        ),
        rewritten=sum(asked != answer for asked, answer in pairs),
        us_per_event=took_us / len(drawn),
    )
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
