"""Puts the dashboard's files into their bucket, and beside them how its page signs in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from adaptive.monitoring.query.rights import OPERATE, READ, scope_of
from local.publish import publish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client

STACK = "AdaptiveDashboard"
BUILT = Path(__file__).parents[2] / "build" / "dashboard"


def publish_dashboard(
    s3: S3Client,
    outputs: Mapping[str, str],
    *,
    site: str,
    images: str,
    sign_in: str = "",
    folder: Path = BUILT,
) -> int:
    """Upload what differs, and config.json; the number of files that did.

    `outputs` are those of STACK, `sign_in` where people sign in, if not at the pool's own domain;
    `images` is where the site's pictures are.
    """
    bucket = outputs["FilesBucketName"]
    s3.put_object(
        Bucket=bucket,
        Key="config.json",
        Body=json.dumps(
            {
                "site": site,
                "images": images,
                "sign_in": {
                    "domain": sign_in or f"https://{outputs['SignInDomain']}",
                    "client_id": outputs["ClientId"],
                    "scopes": ["openid", *map(scope_of, (READ, OPERATE))],
                },
            }
        ).encode(),
        ContentType="application/json",
        CacheControl="no-cache",
    )
    return publish(s3, folder, bucket)
