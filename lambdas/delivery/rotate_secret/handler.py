"""Weekly: one turn of rotating the secret header by which ingest knows CloudFront."""

import os
import secrets
from typing import Any

import boto3

from adaptive.aws.clients import STEADY
from adaptive.aws.observability import logger
from adaptive.aws.origin_secret import DistributionHeader, SecretsManagerSecret
from adaptive.delivery import rotation
from adaptive.settings.delivery import RotateSecretSettings


def lambda_handler(event: dict[str, Any], context: object) -> str:
    """Any event in, the schedule's or an operator's; the step taken out."""
    settings = RotateSecretSettings.load(os.environ)
    step = rotation.turn(
        SecretsManagerSecret(
            boto3.client("secretsmanager", config=STEADY), secret_id=settings.origin_secret
        ),
        DistributionHeader(
            boto3.client("cloudfront", config=STEADY), distribution_id=settings.distribution_id
        ),
        draw=secrets.token_urlsafe,
    )
    logger.info("rotation", step=step)
    return str(step)
