"""What a page of each tier weighs against one of tier full, scripts included: site.toml's
`page_weight`, measured.

The shop's three pages, each with an empty browser cache, as a phone and a desktop load them and
nobody scrolls, through the deployed local cloud. No clock is involved: a busy machine changes
nothing.
"""

import argparse
import signal
import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser

from adaptive.edge.policy import TIER_COOKIE, Tier
from bench.report import Result, finish, say
from local.loop import PAGES, Loop, running_loop
from local.visitors import FAST_DESKTOP, SLOW_PHONE, Profile, browser, visitor

DEVICES = {"phone": SLOW_PHONE.unthrottled(), "desktop": FAST_DESKTOP}


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of all pages, by device and tier."""

    bytes: dict[str, dict[Tier, int]]

    def of(self, device: str, tier: Tier) -> float:
        """Against full."""
        return self.bytes[device][tier] / self.bytes[device][Tier.FULL]

    def mean(self, tier: Tier) -> float:
        """Over the devices: a tier has one weight."""
        return statistics.fmean(self.of(device, tier) for device in self.bytes)


def main() -> None:
    """Load every page at every tier; lite leads, being where most slow visitors are."""
    argparse.ArgumentParser(prog="make -s bench-page_weight", description=__doc__).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the cloud stops in order
    with running_loop(port=0, say=say) as loop, browser() as running:
        loop.warm(running, say)
        weights = Weights(
            {
                name: {tier: _weigh(running, loop, device, tier) for tier in Tier}
                for name, device in DEVICES.items()
            }
        )
        configured = {tier: getattr(loop.site.tiers, tier).page_weight for tier in Tier}
    finish(
        Result(
            name="page_weight",
            value=weights.mean(Tier.LITE),
            unit="of a full page's bytes at lite, mean of phone and desktop",
            peer="site.toml says",
            peer_value=configured[Tier.LITE],
            ratio=weights.mean(Tier.LITE) / configured[Tier.LITE],
            n=len(PAGES) * len(DEVICES),
        ),
        **{
            f"{device}_{tier}": round(weights.of(device, tier), 3)
            for device in DEVICES
            for tier in Tier
        },
        **{f"mean_{tier}": round(weights.mean(tier), 3) for tier in Tier},
        **{f"site_toml_{tier}": weight for tier, weight in configured.items()},
        **{f"{device}_full_bytes": weights.bytes[device][Tier.FULL] for device in DEVICES},
    )


def _weigh(running: Browser, loop: Loop, device: Profile, tier: Tier) -> int:
    total = 0
    for path in PAGES:
        cookies = {TIER_COOKIE: str(tier)}
        with visitor(running, loop.base_url, device, cookies=cookies) as someone:
            view = someone.load(path)
        say(f"{device.name}, {tier}, {path}: {view.bytes:,} B in {view.requests}")
        total += view.bytes
    return total


if __name__ == "__main__":
    main()
