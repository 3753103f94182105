"""Whether what is kept of raw events tells the truth: weighted estimates over many samples.

The peer is the same sample without weights. LCPs are drawn from figures fitted to real phones, or
from a histogram of the RUM Archive (`--histogram lcp-histograms.json`), which is not part of this
project.
"""

import argparse
import json
import math
import random
from pathlib import Path
from statistics import mean, stdev

from adaptive.monitoring import sampling
from bench.report import Result, finish, say
from infra import config
from local.history import fit

_SITE = Path(__file__).parents[1] / "site.toml"


def main() -> None:
    """Many samples of one population."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histogram", type=Path, help="of the RUM Archive")
    parser.add_argument("--views", type=int, default=200_000, help="(%(default)s)")
    parser.add_argument("--samples", type=int, default=200, help="(%(default)s)")
    arguments = parser.parse_args()
    rules = config.load(_SITE).raw_events.rules
    chance = random.Random(8)  # noqa: S311 - reproducible, not secret
    loads = (
        _of_histogram(arguments.histogram, arguments.views, chance)
        if arguments.histogram
        else [fit.lcp_ms("phone", chance.gauss(0, 1)) for _ in range(arguments.views)]
    )
    kept_with = [
        rules.rates[sampling.stratum_of(rules, lcp_ms=load, errors=0, conversions=0)]
        for load in loads
    ]
    truth = sorted(loads)[math.ceil(0.75 * len(loads)) - 1]
    counts, weighted, plain, uniform = [], [], [], []
    for _ in range(arguments.samples):
        kept = [(load, p) for load, p in zip(loads, kept_with, strict=True) if chance.random() < p]
        counts.append(sampling.total(p for _, p in kept))
        weighted.append(sampling.quantile(kept, 0.75))
        plain.append(sampling.quantile([(load, 1) for load, _ in kept], 0.75))
        uniform.append(
            sampling.quantile([(load, 1) for load in chance.sample(loads, len(kept))], 0.75)
        )
    kept_share = sum(kept_with) / len(loads)
    say(f"true p75 {truth:.0f} ms; weighted {mean(weighted):.0f}, unweighted {mean(plain):.0f} ms")
    finish(
        Result(
            name="sampling",
            value=mean(weighted),
            unit="ms, p75 of LCP by weighted samples, on average",
            peer="the same samples without weights",
            peer_value=mean(plain),
            ratio=mean(weighted) / truth,
            n=arguments.samples,
        ),
        true_p75_ms=round(truth, 1),
        spread_ms=round(stdev(weighted), 1),
        spread_of_a_uniform_sample_as_large_ms=round(stdev(uniform), 1),
        counted_over_true=round(mean(counts) / len(loads), 4),
        standard_error_of_that=round(stdev(counts) / len(loads) / math.sqrt(len(counts)), 4),
        kept_share=round(kept_share, 4),
    )


def _of_histogram(file: Path, count: int, chance: random.Random) -> list[float]:
    """Means of buckets, as often as they occurred among visible loads of phones."""
    (buckets,) = (
        each["bucket_mean_ms_and_count"]
        for each in json.loads(file.read_text())
        if each["device"] in {"mobile", "phone"} and each["visibility"] == "visible"
    )
    values, weights = zip(*buckets, strict=True)
    return chance.choices(values, weights, k=count)


if __name__ == "__main__":
    main()
