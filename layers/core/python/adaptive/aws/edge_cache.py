"""The EdgeCache port on CloudFront."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient


class CloudFrontCache:
    """One invalidation per event, however often the event comes: its id is the caller's reference
    (https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_InvalidationBatch.html).
    """

    def __init__(self, client: CloudFrontClient, *, distribution_id: str) -> None:
        self._client = client
        self._distribution_id = distribution_id

    def forget(self, pattern: str, *, event_id: str) -> None:
        """See the port."""
        with answering("CloudFront"):
            self._client.create_invalidation(
                DistributionId=self._distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": [pattern]},
                    "CallerReference": event_id,
                },
            )
