"""The decision as a CloudFront Function: infra/edge_request.js with this site's policy put in.

What names paths of the site, twins of scripts and widths of originals, goes into a KeyValueStore.
"""

import json
from pathlib import Path

from adaptive.edge import hints, table, variant
from adaptive.edge.policy import (
    CONTROL,
    PAGE_COOKIE,
    RECIPE_COOKIE,
    TIER_COOKIE,
    TIER_HEADER,
    Tier,
)
from adaptive.errors import ConfigError
from infra.site import Site

SOURCE = Path(__file__).with_name("edge_request.js")
LARGEST_CODE = 10 * 1024
LARGEST_VALUE = 1024
"""Bytes: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""

_POLICY = "const POLICY = {}; // infra.edge_twin puts the site's here\n"


def code(site: Site) -> str:
    """The function; raises ConfigError if CloudFront would refuse it for its size."""
    source = SOURCE.read_text(encoding="utf-8")
    policy = json.dumps(_policy(site), separators=(",", ":"))
    text = source.replace(_POLICY, f"const POLICY = {policy};\n")
    if (size := len(text.encode())) > LARGEST_CODE:
        raise ConfigError(f"the edge function has {size:,} bytes, above {LARGEST_CODE:,}")
    return text


def key_values(site: Site) -> dict[str, str]:
    """What the store holds; raises ConfigError for a value that it would refuse."""
    twins = {
        script: json.dumps(each, sort_keys=True) for script, each in site.policy.bundles.items()
    }
    found = {**{path: str(width) for path, width in site.originals.items()}, **twins}
    for path, text in found.items():
        if len(text) > LARGEST_VALUE:
            raise ConfigError(f"{path}: a KeyValueStore takes {LARGEST_VALUE:,} bytes a value")
    return found


def import_source(site: Site) -> str:
    """The same in the form that CloudFront imports."""
    data = [{"key": key, "value": text} for key, text in sorted(key_values(site).items())]
    return json.dumps({"data": data}, indent=1) + "\n"


def _policy(site: Site) -> dict[str, object]:
    policy = site.policy
    return {
        "tiers": list(Tier),
        "ladders": {word: policy.widths_of(word) for word in policy.max_width},
        "recipes": policy.recipes,
        "image_prefixes": policy.image_prefixes,
        "formats": policy.formats,
        "default_tier": policy.default_tier,
        "phone_width": policy.phone_width,
        "desktop_width": policy.desktop_width,
        "upscale": policy.upscale,
        "cookie": TIER_COOKIE,
        "page_cookie": PAGE_COOKIE,
        "recipe_cookie": RECIPE_COOKIE,
        "page_attributes": variant.PAGE_COOKIE_ATTRIBUTES,
        "header": TIER_HEADER,
        "own_origin": policy.own_origin,
        "control": CONTROL,
        "save_data": table.SAVE_DATA_TIER,
        "ect": table.BY_ECT,
        "rtt": table.FROM_RTT_MS,
        "downlink": table.BELOW_DOWNLINK_MBPS,
        "memory": table.UP_TO_MEMORY_GIB,
        "longest_value": hints.LONGEST_VALUE,
        "longest_uri": table.LONGEST_URI,
    }
