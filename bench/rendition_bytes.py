"""Measures what renditions of the shop's photographs weigh, for `bench.cache` to reckon with.

Every width, tier and format of the ladder through the render function's own path; medians go to
rendition_bytes.json beside this file. Takes minutes, so it is not part of `make bench`.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from adaptive.delivery import imaging
from adaptive.delivery.rendition import Rendition
from adaptive.edge.policy import Tier
from bench.report import say
from infra import config
from local.adaptive_site.polishing import aim

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_suffix(".json")


def load() -> dict[str, int]:
    """Median bytes by `960w.lite.avif` and so on, and of an `original`."""
    table: dict[str, int] = json.loads(FILE.read_text(encoding="utf-8"))
    return table


def main() -> None:
    """Render and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=6, help="of the shop's (%(default)s)")
    count = parser.parse_args().photos
    site = config.load(ROOT / "site.toml")
    files = sorted((ROOT / "build/site/img").glob("*.jpg"))
    if not files:
        parser.error("no photographs in build/site/img: run `npm run build` first")
    chosen = [each.read_bytes() for each in files[:: max(1, len(files) // count)][:count]]
    table: dict[str, int] = {}
    for tier in Tier:
        for image_format in site.policy.formats:
            for width in site.policy.widths_of(tier):
                target = aim(site).target(Rendition("", width, tier, image_format))
                table[f"{width}w.{tier}.{image_format}"] = _median_bytes(
                    chosen, target, site.render.pixel_limit
                )
            say(f"{tier} {image_format}")
    table["original"] = round(statistics.median(each.stat().st_size for each in files))
    FILE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


def _median_bytes(photos: list[bytes], target: imaging.Target, pixel_limit: int) -> int:
    return round(
        statistics.median(
            len(
                imaging.render(photo, target, pixel_limit=pixel_limit, clock=time.process_time).body
            )
            for photo in photos
        )
    )


if __name__ == "__main__":
    main()
