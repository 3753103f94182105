"""Fills KeyValueStores in the local cloud: MiniStack makes them, but does not import their source.

Without boto3, whose client for it needs a library for SigV4A.
"""

from collections.abc import Mapping
from urllib.parse import quote

import boto3
import httpx

from local.cdn.deployed import access

_MOST_KEYS = 50  # a request
_TIMEOUT_S = 30


def fill_all(endpoint: str, key_values: Mapping[str, str]) -> None:
    """Give every store there is these keys, as its import would have."""
    stores = boto3.client("cloudfront", **access(endpoint)).list_key_value_stores()
    for store in stores["KeyValueStoreList"].get("Items", ()):
        fill(endpoint, store["ARN"], key_values)


def fill(endpoint: str, arn: str, key_values: Mapping[str, str]) -> None:
    """Put the keys into one store."""
    url = f"{endpoint}/key-value-stores/{quote(arn, safe='')}"
    puts = [{"Key": key, "Value": value} for key, value in sorted(key_values.items())]
    with httpx.Client(trust_env=False, timeout=_TIMEOUT_S) as http:
        etag = http.get(url).raise_for_status().headers["etag"]
        for start in range(0, len(puts), _MOST_KEYS):
            batch = {"Puts": puts[start : start + _MOST_KEYS]}
            answer = http.post(f"{url}/keys", json=batch, headers={"If-Match": etag})
            etag = answer.raise_for_status().headers["etag"]
