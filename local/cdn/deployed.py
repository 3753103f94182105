"""The distribution as it is deployed in the local cloud, with all that it refers to."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from adaptive.errors import ConfigError, UnavailableError
from local.cdn import read_origins, read_policies
from local.cdn.distribution import Distribution
from local.cdn.read_distribution import Catalogue, distribution
from local.cdn.strict import Section

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

REGION = "us-east-1"
FAKE_KEY = "test"

T = TypeVar("T")


def access(endpoint: str) -> dict[str, Any]:
    """How boto3 clients reach the local cloud: never with the keys or the profile of the shell."""
    return {
        "endpoint_url": endpoint,
        "region_name": REGION,
        "aws_access_key_id": FAKE_KEY,
        "aws_secret_access_key": FAKE_KEY,
        "config": Config(
            retries={"total_max_attempts": 2}, connect_timeout=5, read_timeout=30, proxies={}
        ),
    }


def read(endpoint: str, distribution_id: str) -> Distribution:
    """Read it; ConfigError if it is missing or not supported, UnavailableError without a cloud."""
    cloudfront = boto3.client("cloudfront", **access(endpoint))
    try:
        found = cloudfront.get_distribution(Id=distribution_id)["Distribution"]
        raw: Mapping[str, Any] = found["DistributionConfig"]
        return distribution(
            Section(raw, f"distribution {distribution_id}"),
            distribution_id=distribution_id,
            domain=found["DomainName"],
            catalogue=_catalogue(cloudfront, raw),
        )
    except ClientError as error:
        raise ConfigError(f"distribution {distribution_id} at {endpoint}: {error}") from error
    except BotoCoreError as error:
        raise UnavailableError(f"no local cloud at {endpoint}: {error}") from error


def _catalogue(cloudfront: "CloudFrontClient", raw: Mapping[str, Any]) -> Catalogue:
    behaviors = [raw["DefaultCacheBehavior"], *raw.get("CacheBehaviors", {}).get("Items", [])]
    return Catalogue(
        cache_policies=_referred(
            behaviors,
            "CachePolicyId",
            lambda i: cloudfront.get_cache_policy_config(Id=i)["CachePolicyConfig"],
            read_policies.cache_policy,
        ),
        origin_request_policies=_referred(
            behaviors,
            "OriginRequestPolicyId",
            lambda i: cloudfront.get_origin_request_policy_config(Id=i)[
                "OriginRequestPolicyConfig"
            ],
            read_policies.origin_request_policy,
        ),
        response_headers_policies=_referred(
            behaviors,
            "ResponseHeadersPolicyId",
            lambda i: cloudfront.get_response_headers_policy_config(Id=i)[
                "ResponseHeadersPolicyConfig"
            ],
            read_policies.response_headers_policy,
        ),
        access_controls=_referred(
            raw["Origins"]["Items"],
            "OriginAccessControlId",
            lambda i: cloudfront.get_origin_access_control_config(Id=i)[
                "OriginAccessControlConfig"
            ],
            read_origins.signing,
        ),
    )


def _referred(
    holders: list[dict[str, Any]],
    key: str,
    fetch: Callable[[str], Mapping[str, Any]],
    parse: Callable[[Section], T],
) -> dict[str, T]:
    """What `holders` name under `key`, fetched and read, by id."""
    ids = {holder[key] for holder in holders if holder.get(key)}
    what = key.removesuffix("Id")
    return {each: parse(Section(fetch(each), f"{what} {each}")) for each in sorted(ids)}
