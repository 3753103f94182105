"""Puts a built site into its bucket, with the types and lifetimes an adaptive site needs."""

from __future__ import annotations

import hashlib
import mimetypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

_DAY_S = 86_400
_LIFETIMES = {
    # The visitor's URL stays the same while the tier moves: what a browser keeps, it keeps briefly.
    ".html": "no-cache",
    ".js": f"public, max-age=0, must-revalidate, s-maxage={_DAY_S}",
}
_OTHERWISE = f"public, max-age=300, s-maxage={_DAY_S}"


def publish(
    s3: S3Client, folder: Path, bucket: str, *, on_file: Callable[[str], None] = lambda _: None
) -> int:
    """Upload what differs and leave renditions alone; the number of files uploaded."""
    there = {
        each["Key"]: each["ETag"].strip('"')
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for each in page.get("Contents", ())
    }
    uploaded = 0
    for path in sorted(folder.rglob("*")):
        key = path.relative_to(folder).as_posix()
        if not path.is_file() or there.get(key) == _etag(path):
            continue
        on_file(key)
        s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=path.read_bytes(),
            ContentType=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            CacheControl=_LIFETIMES.get(path.suffix, _OTHERWISE),
        )
        uploaded += 1
    return uploaded


def _etag(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()  # S3's, not ours
