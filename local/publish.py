"""Puts a built site into its bucket, with the types and lifetimes an adaptive site needs."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from mimetypes import MimeTypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

_DAY_S = 86_400
_CODE = f"public, max-age=0, must-revalidate, s-maxage={_DAY_S}"
_LIFETIMES = {
    # The visitor's URL stays the same while the tier moves: what a browser keeps, it keeps briefly.
    ".html": "no-cache",
    ".js": _CODE,
    ".mjs": _CODE,
    ".css": _CODE,
}
_OTHERWISE = f"public, max-age=300, s-maxage={_DAY_S}"
_TYPES = MimeTypes()  # the same on every machine: it reads none of the machine's own tables
for _suffix, _type in {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".webmanifest": "application/manifest+json",
    ".map": "application/json",
}.items():
    _TYPES.add_type(_type, _suffix)
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that differs from what is published; `replaces` something under its key."""

    key: str
    path: Path
    replaces: bool


def changes(s3: S3Client, folder: Path, bucket: str) -> list[Upload]:
    """What differs, pages last: they name the rest. What is only in the bucket stays there."""
    there = {
        each["Key"]: each["ETag"].strip('"')
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for each in page.get("Contents", ())
    }
    found = (
        Upload(key, path, replaces=key in there)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not _is_hidden(key := path.relative_to(folder).as_posix())
        and there.get(key) != _etag(path)
    )
    return sorted(found, key=_is_page)


def upload(
    s3: S3Client,
    uploads: list[Upload],
    bucket: str,
    *,
    on_file: Callable[[str], None] = lambda _: None,
) -> None:
    """Put them there, several at once, but no page before all else is there."""

    def put(each: Upload) -> str:
        s3.put_object(
            Bucket=bucket,
            Key=each.key,
            Body=each.path.read_bytes(),
            ContentType=_TYPES.guess_type(each.path.name)[0] or "application/octet-stream",
            CacheControl=_LIFETIMES.get(each.path.suffix, _OTHERWISE),
        )
        return each.key

    for pages in (False, True):
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            for key in pool.map(put, [each for each in uploads if _is_page(each) is pages]):
                on_file(key)
        finally:
            pool.shutdown(cancel_futures=True)


def publish(s3: S3Client, folder: Path, bucket: str) -> int:
    """Upload what differs; the number of files uploaded."""
    found = changes(s3, folder, bucket)
    upload(s3, found, bucket)
    return len(found)


def _is_page(each: Upload) -> bool:
    return each.path.suffix == ".html"


def _is_hidden(key: str) -> bool:
    return any(part.startswith(".") and part != ".well-known" for part in key.split("/"))


def _etag(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()  # S3's, not ours
