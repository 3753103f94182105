"""How many image requests the CDN answers from its cache, by what is in the cache key.

Replays page views of real browser profiles (bench/population.py) over a catalogue of photographs
whose popularity follows Zipf's law (exponent 0.8: Breslau et al. 1999 found 0.64-0.83). A view asks
for one large and eight small images, less those its session has already: browsers keep them. Tiers
come from the real controller, fed with the visitors' LCP; variants from the real decision; keys
from the cache policy in the synthesised template, by the local CDN's own code. Least recently used
goes first; the first half of the trace fills the cache, the second is counted.

- `ours`: as deployed. `none`: no adaptation, every visitor gets the original.
- `session-id`, `raw-accept`: as deployed, with the session cookie or `Accept` in the key as well.
- `normalised`: what recipes without tiers do at the edge: best format, device class, pixel ratio
  rounded up, ECT and Save-Data in the key beside the path.

Capacities are shares of the bytes of all originals; `by_objects` counts objects instead, which
favours who has few and large ones. Unbounded, only the first request of each object misses, so that
rate rises with the requests per image. Bytes are medians per width, tier and format
(bench/rendition_bytes.py) times a factor per photograph.
"""

import argparse
import itertools
import random
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from adaptive.delivery.assignment import is_control
from adaptive.delivery.beacon import Beacon, Vitals
from adaptive.delivery.session import SessionState, mint
from adaptive.delivery.tier import follow
from adaptive.edge.policy import CONTROL, SESSION_COOKIE, TIER_COOKIE, Tier
from bench import rendition_bytes
from bench.cache_keys import Asked, Design, adapted, deployed_policy, designs
from bench.population import Population
from bench.report import Result, finish, say
from infra import config
from infra.site import Site

ROOT = Path(__file__).parents[1]
CAPACITIES = {"small": 0.1, "medium": 0.5, "unbounded": 1_000.0}
_ZIPF = 0.8
_PHOTO_SPREAD = 0.9  # of the logarithms of the shop's originals' bytes
_SLOTS = ("stage", *("grid",) * 8)


class Trace:
    """Image requests, session after session; `tiers` counts what the views were served."""

    def __init__(self, site: Site, images: int, draw: random.Random) -> None:
        self._site = site
        self._policy = site.policy
        self._draw = draw
        self._people = Population(draw)
        self._uris = [f"/img/{rank}.jpg" for rank in range(images)]
        self._popular = [*itertools.accumulate((rank + 1) ** -_ZIPF for rank in range(images))]
        self.tiers = dict.fromkeys((*map(str, Tier), CONTROL, "unknown"), 0)

    def __iter__(self) -> Iterator[Asked]:
        while True:
            yield from self._session()

    def _session(self) -> Iterator[Asked]:
        holdout = self._site.holdout
        session_id = mint(self._draw.randbytes)
        profile = self._people.profile()
        control = is_control(session_id, share=holdout.share, salt=holdout.salt)
        state, word, seen = SessionState(), "", set[str]()
        for number, lcp_ms in enumerate(self._people.views_lcp_ms(profile)):
            self.tiers[word or "unknown"] += 1
            cookies = f"{SESSION_COOKIE}={session_id}" + (f"; {TIER_COOKIE}={word}" if word else "")
            uris = self._draw.choices(self._uris, cum_weights=self._popular, k=len(_SLOTS))
            for slot, uri in zip(_SLOTS, uris, strict=True):
                if uri not in seen:
                    seen.add(uri)
                    headers = profile.image_headers(slot) | {"cookie": cookies}
                    asked = Asked(uri, headers)
                    yield replace(asked, adapted=adapted(asked, self._policy))
            state = self._after(state, number, lcp_ms)
            word = CONTROL if control else state.tier or self._site.delivery.default_tier

    def _after(self, state: SessionState, number: int, lcp_ms: float) -> SessionState:
        """What the loop makes of the view; a lighter page comes sooner, by its weight."""
        rules = self._site.rules
        served = state.tier or rules.default_tier
        beacon = Beacon(
            view_id=f"view-{number:04}",
            page="/",
            navigation="navigate",
            tier=served.value,
            vitals=Vitals(lcp_ms=min(lcp_ms * rules.image_weight[served], 600_000)),
        )
        return follow(state, beacon, rules)


def sizes(images: int, draw: random.Random) -> Callable[[str], int]:
    """Bytes of what a path names: an original or a rendition."""
    medians = rendition_bytes.load()
    factors = [draw.lognormvariate(0, _PHOTO_SPREAD) for _ in range(images)]

    def size(uri: str) -> int:
        original, _, rendition = uri.removeprefix("/img/").partition(".jpg")
        return round(factors[int(original)] * medians[rendition.removeprefix("/") or "original"])

    return size


def hit_rate(keys: list[int], sizes: list[int], capacity: float) -> float:
    """Per cent of the second half of the requests that find their object in the cache."""
    kept: OrderedDict[int, int] = OrderedDict()
    used, hits, half = 0, 0, len(keys) // 2
    for number, (key, size) in enumerate(zip(keys, sizes, strict=True)):
        if key in kept:
            kept.move_to_end(key)
            hits += number >= half
            continue
        if size > capacity:
            continue
        kept[key] = size
        used += size
        while used > capacity:
            used -= kept.popitem(last=False)[1]
    return 100 * hits / (len(keys) - half)


def rates(
    requests: list[Asked], design: Design, size: Callable[[str], int], images: int
) -> dict[str, dict[str, float]]:
    """Hit rates of a design by bytes and by objects, each at all capacities; its objects."""
    numbers: dict[object, int] = {}
    keys, weights = [], []
    for asked in requests:
        kept = design(asked)
        keys.append(numbers.setdefault(kept.key, len(numbers)))
        weights.append(size(kept.uri))
    total = sum(size(f"/img/{rank}.jpg") for rank in range(images))
    ones = [1] * len(keys)
    return {
        "by_bytes": {
            c: round(hit_rate(keys, weights, s * total), 2) for c, s in CAPACITIES.items()
        },
        "by_objects": {
            c: round(hit_rate(keys, ones, s * images), 2) for c, s in CAPACITIES.items()
        },
        "of": {"objects": len(numbers), "bytes_sent": sum(weights)},
    }


def _changed(site: Site, options: argparse.Namespace) -> Site:
    """The site with what the command line has instead."""
    phone_width, desktop_width = options.unsaid or (None, None)
    changes = {
        "widths": options.widths and tuple(options.widths),
        "phone_width": phone_width,
        "desktop_width": desktop_width,
    }
    delivery = site.delivery.model_copy(
        update={key: value for key, value in changes.items() if value is not None}
    )
    tiers, holdout = site.tiers, site.holdout
    if options.max_widths:
        tiers = tiers.model_copy(
            update={
                tier: tiers[tier].model_copy(update={"max_width": width})
                for tier, width in zip(Tier, options.max_widths, strict=True)
            }
        )
    if options.holdout is not None:
        holdout = holdout.model_copy(update={"share": options.holdout})
    return site.model_copy(update={"delivery": delivery, "tiers": tiers, "holdout": holdout})


def main() -> None:
    """Draw the trace once, replay it by every design."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=200_000, help="%(default)s")
    parser.add_argument("--images", type=int, default=500, help="originals (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="%(default)s")
    parser.add_argument("--widths", type=int, nargs="+", help="instead of site.toml's")
    parser.add_argument(
        "--max-widths", type=int, nargs=len(Tier), help="of the tiers, instead of site.toml's"
    )
    parser.add_argument(
        "--unsaid",
        type=int,
        nargs=2,
        metavar=("PHONE", "DESKTOP"),
        help="what browsers are given that do not say what they want, instead of site.toml's",
    )
    parser.add_argument("--holdout", type=float, help="its share of sessions, not site.toml's")
    options = parser.parse_args()
    site = _changed(config.load(ROOT / "site.toml"), options)
    compared = designs(site, deployed_policy())
    draw = random.Random(options.seed)  # noqa: S311 - the same every time is the point
    trace = Trace(site, options.images, draw)
    requests = list(itertools.islice(trace, options.requests))
    size = sizes(options.images, draw)
    found = {}
    for name, design in compared.items():
        found[name] = rates(requests, design, size, options.images)
        say(f"{name}: {found[name]}")
    by_capacity = {
        capacity: {name: each["by_bytes"][capacity] for name, each in found.items()}
        for capacity in CAPACITIES
    }
    value, peer = (by_capacity["medium"][name] for name in ("ours", "none"))
    finish(
        Result(
            name="cache",
            value=value,
            unit="% of image requests from a cache of medium size",
            peer="no adaptation",
            peer_value=peer,
            ratio=value / peer,
            n=len(requests),
        ),
        points_behind={
            capacity: round(rate["none"] - rate["ours"], 2)
            for capacity, rate in by_capacity.items()
        },
        **by_capacity,
        images=options.images,
        tiers=trace.tiers,
        designs=found,
    )


if __name__ == "__main__":
    main()
