"""Where the site is deployed: any account boto3 finds, the local cloud by AWS_ENDPOINT_URL."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
)

from adaptive.aws.files import S3FileStore
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
STACK = "AdaptiveEdge"
PATIENT = Config(read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})


@dataclass(frozen=True, slots=True)
class Account:
    """What the stack made, and clients to reach it."""

    s3: S3Client
    cloudfront: CloudFrontClient
    functions: LambdaClient
    bucket: str
    distribution_id: str
    render_function: str

    @property
    def files(self) -> S3FileStore:
        """The site's bucket."""
        return S3FileStore(self.s3, bucket=self.bucket)


def connect(stack: str = STACK) -> Account:
    """Find what is deployed; raises SiteError with the cure."""
    with answered():
        outputs = outputs_of(stack, "SiteBucketName", "DistributionId", "RenderFunctionName")
        return Account(
            s3=boto3.client("s3", region_name=REGION, config=PATIENT),
            cloudfront=boto3.client("cloudfront", region_name=REGION, config=PATIENT),
            functions=boto3.client("lambda", region_name=REGION, config=PATIENT),
            bucket=outputs["SiteBucketName"],
            distribution_id=outputs["DistributionId"],
            render_function=outputs["RenderFunctionName"],
        )


def outputs_of(stack: str, *names: str) -> dict[str, str]:
    """What the stack says of itself, these at least; raises SiteError with the cure."""
    client = boto3.client("cloudformation", region_name=REGION, config=PATIENT)
    try:
        found = client.describe_stacks(StackName=stack)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise SiteError(
            f"there is no stack {stack} in {REGION}: deploy it first (make deploy), or name "
            "the account by AWS_PROFILE, the local cloud by AWS_ENDPOINT_URL"
        ) from error
    outputs = {
        each["OutputKey"]: each["OutputValue"] for each in found["Stacks"][0].get("Outputs", ())
    }
    for name in names:
        if name not in outputs:
            raise SiteError(f"the stack {stack} has no output {name!r}: deploy this version")
    return outputs


@contextmanager
def answered() -> Iterator[None]:
    """Turn what boto3 raises into SiteError."""
    try:
        yield
    except NoCredentialsError as error:
        raise SiteError(
            "there are no AWS credentials: set AWS_PROFILE, or AWS_ENDPOINT_URL and "
            "any keys for the local cloud"
        ) from error
    except EndpointConnectionError as error:
        raise SiteError(f"AWS does not answer: {error}; is AWS_ENDPOINT_URL right?") from error
    except (BotoCoreError, ClientError) as error:
        raise SiteError(f"AWS refused: {error}") from error
