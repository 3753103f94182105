"""CloudFront's access logs in S3: gzipped lines of JSON."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

from adaptive.aws.clients import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client


def lines(client: S3Client, *, bucket: str, key: str) -> Iterator[str]:
    """The log's lines, one at a time: unpacked it may be larger than memory.

    Raises UnavailableError if it cannot be read, ValueError if it is not packed like that.
    """
    with answering("S3"):
        packed = client.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            with gzip.open(packed, "rt", encoding="utf-8", errors="replace") as unpacked:
                for line in unpacked:
                    if line.strip():
                        yield line
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(f"{key} is no gzipped log: {error}") from error
