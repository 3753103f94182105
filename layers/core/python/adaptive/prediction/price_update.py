"""The dated price file, brought up to date by AWS's own list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adaptive.prediction.prices import Prices

if TYPE_CHECKING:
    from datetime import date

    from adaptive.ports import PriceList

_SOURCE = "the AWS Price List API, prices on demand, no free tier, no volume discount"
_PREFIX = "USE1-"
"""Some services write the Region before a usage type of us-east-1, most do not."""


class _Listed(NamedTuple):
    """Where the list has it, by the unit that we count in."""

    service: str
    usage_type: str


ITEMS = {
    "lambda_arm_gb_s": _Listed("AWSLambda", "Lambda-GB-Second-ARM"),
    "lambda_request": _Listed("AWSLambda", "Request-ARM"),
    "lambda_arm_provisioned_gb_s": _Listed("AWSLambda", "Lambda-Provisioned-Concurrency-ARM"),
    "lambda_arm_provisioned_run_gb_s": _Listed("AWSLambda", "Lambda-Provisioned-GB-Second-ARM"),
    "edge_lambda_request": _Listed("AWSLambda", "Lambda-Edge-Request"),
    "edge_lambda_gb_s": _Listed("AWSLambda", "Lambda-Edge-GB-Second"),
    "cloudfront_function_request": _Listed("AmazonCloudFront", "Executions-CloudFrontFunctions"),
    "cloudfront_https_request": _Listed("AmazonCloudFront", "US-Requests-Tier2-HTTPS"),
    "cloudfront_gb": _Listed("AmazonCloudFront", "US-DataTransfer-Out-Bytes"),
    "http_api_request": _Listed("AmazonApiGateway", "ApiGatewayHttpRequest"),
    "kinesis_on_demand_hour": _Listed("AmazonKinesis", "OnDemand-StreamHour"),
    "kinesis_on_demand_gb": _Listed("AmazonKinesis", "OnDemand-BilledIncomingBytes"),
    "kinesis_shard_hour": _Listed("AmazonKinesis", "Storage-ShardHour"),
    "kinesis_put_unit": _Listed("AmazonKinesis", "PutRequestPayloadUnits"),
    "dynamodb_write_unit": _Listed("AmazonDynamoDB", "WriteRequestUnits"),
    "dynamodb_read_unit": _Listed("AmazonDynamoDB", "ReadRequestUnits"),
    "dynamodb_write_unit_hour": _Listed("AmazonDynamoDB", "WriteCapacityUnit-Hrs"),
    "dynamodb_read_unit_hour": _Listed("AmazonDynamoDB", "ReadCapacityUnit-Hrs"),
    "dynamodb_gb_month": _Listed("AmazonDynamoDB", "TimedStorage-ByteHrs"),
    "s3_gb_month": _Listed("AmazonS3", "TimedStorage-ByteHrs"),
    "s3_get_request": _Listed("AmazonS3", "Requests-Tier2"),
    "logs_gb": _Listed("AmazonCloudWatch", "DataProcessing-Bytes"),
    "logs_stored_gb_month": _Listed("AmazonCloudWatch", "TimedStorage-ByteHrs"),
    "xray_trace": _Listed("AWSXRay", "XRay-TracesStored"),
    "rum_event": _Listed("AmazonCloudWatch", "RUM-Events"),
}
_IMPLAUSIBLE = 20.0
"""Times the price before: then a unit is another than we take it for."""


class Update(NamedTuple):
    """`moved` is before and now by item, `missing` what the list does not have, or has by another
    unit: that keeps its price, and counts as unchecked.
    """

    prices: Prices
    moved: dict[str, tuple[float, float]]
    missing: tuple[str, ...]


def update(prices: Prices, price_list: PriceList, today: date) -> Update:
    """Of every item; raises UnavailableError if the list does not answer."""
    usd, missing = dict(prices.usd), []
    for name, before in prices.usd.items():
        found = _look_up(price_list, ITEMS[name]) if name in ITEMS else None
        if found is None or not before / _IMPLAUSIBLE < found < before * _IMPLAUSIBLE:
            missing.append(name)
        else:
            usd[name] = found
    moved = {name: (prices.usd[name], now) for name, now in usd.items() if prices.usd[name] != now}
    new = Prices(
        as_of=today,
        region=prices.region,
        source=_SOURCE,
        unchecked=tuple(missing),
        usd=usd,
    )
    return Update(new, moved, tuple(missing))


def _look_up(price_list: PriceList, listed: _Listed) -> float | None:
    for prefix in ("", _PREFIX):
        found = price_list.usd(listed.service, f"{prefix}{listed.usage_type}")
        if found is not None:
            return found
    return None
