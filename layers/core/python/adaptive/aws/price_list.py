"""The PriceList port on the AWS Price List Query API, which us-east-1 answers for every Region.

https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_pricing import PricingClient


class AwsPriceList:
    """Prices on demand, in dollars."""

    def __init__(self, client: PricingClient) -> None:
        self._client = client

    def usd(self, service: str, usage_type: str) -> float | None:
        """See the port."""
        with answering("the AWS Price List"):
            pages = self._client.get_paginator("get_products").paginate(
                ServiceCode=service,
                Filters=[{"Type": "TERM_MATCH", "Field": "usagetype", "Value": usage_type}],
                FormatVersion="aws_v1",
            )
            products = [text for page in pages for text in page["PriceList"]]
        found = [price for text in products for price in _prices(text)]
        return min(found)[1] if found else None


def _prices(text: str) -> Iterator[tuple[float, float]]:
    """From which quantity on, and the price, of those that are not free."""
    for term in json.loads(text).get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            price = float(dimension["pricePerUnit"].get("USD", 0))
            if price > 0:
                yield float(dimension.get("beginRange", 0)), price
