"""The FileStore port on S3: a file's key is its URI path less the leading slash."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adaptive.aws.clients import answering
from adaptive.errors import ImageError, UnavailableError
from adaptive.ports import Listing, StoredFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import HeadObjectOutputTypeDef

_LARGEST_BYTES = 128 * 1024**2
_MOST_AT_ONCE = 1_000
_ORIGINAL_BYTES = "original-bytes"
_SCORE = "ssimulacra2"
_POLISHED = "polished"
_POINTS = re.compile(r"-?\d{1,4}\.\d")


class S3FileStore:
    """Needs s3:ListBucket: without it S3 says 403, not 404, of what is not there."""

    def __init__(self, client: S3Client, *, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, path: str) -> StoredFile | None:
        """See the port; raises ImageError (413) for a file that would not fit into memory."""
        with answering("S3"):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=_key(path))
            except self._client.exceptions.NoSuchKey:
                return None
            if found["ContentLength"] > _LARGEST_BYTES:
                found["Body"].close()
                raise ImageError(
                    f"{path} has {found['ContentLength']} bytes, more than {_LARGEST_BYTES}",
                    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                )
            body = found["Body"].read()
        return StoredFile(
            body,
            found["ContentType"],
            found.get("CacheControl", ""),
            original_bytes=_original_bytes(found["Metadata"]),
            score=_score(found["Metadata"]),
            polished=_POLISHED in found["Metadata"],
            version=found["ETag"],
        )

    def original_bytes(self, path: str) -> int | None:
        """See RenditionSizes."""
        found = self._head(path)
        return _original_bytes(found["Metadata"]) if found else None

    def score(self, path: str) -> float | None:
        """See FileList."""
        found = self._head(path)
        return _score(found["Metadata"]) if found else None

    def version(self, path: str) -> str:
        """See the port: the ETag, which S3 derives from the bytes."""
        found = self._head(path)
        return found["ETag"] if found else "gone"

    def _head(self, path: str) -> HeadObjectOutputTypeDef | None:
        with answering("S3"):
            try:
                return self._client.head_object(Bucket=self._bucket, Key=_key(path))
            except ClientError as error:
                # A HEAD has no body to say NoSuchKey in.
                if error.response["Error"]["Code"] == str(HTTPStatus.NOT_FOUND.value):
                    return None
                raise

    def write(self, path: str, file: StoredFile) -> None:
        """See the port."""
        with answering("S3"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=_key(path),
                Body=file.body,
                ContentType=file.content_type,
                CacheControl=file.cache_control,
                Metadata=_metadata(file),
            )

    def below(self, prefix: str) -> list[str]:
        """See the port."""
        pages = self._client.get_paginator("list_objects_v2")
        with answering("S3"):
            return [
                f"/{entry['Key']}"
                for page in pages.paginate(Bucket=self._bucket, Prefix=_key(prefix))
                for entry in page.get("Contents", ())
            ]

    def listed(self, prefix: str, *, after: str = "") -> Listing:
        """See FileList: one page of S3's."""
        with answering("S3"):
            page = self._client.list_objects_v2(
                Bucket=self._bucket,
                Prefix=_key(prefix),
                Delimiter="/",
                StartAfter=_key(after),
            )
        files = {f"/{each['Key']}": each["Size"] for each in page.get("Contents", ())}
        folders = [f"/{each['Prefix']}" for each in page.get("CommonPrefixes", ())]
        following = max((*files, *(f"{each}~" for each in folders)), default="")
        return Listing(
            files,
            [each.removesuffix("/") for each in folders],
            following if page["IsTruncated"] else "",
        )

    def remove(self, paths: Sequence[str]) -> None:
        """See the port."""
        for first in range(0, len(paths), _MOST_AT_ONCE):
            some = paths[first : first + _MOST_AT_ONCE]
            with answering("S3"):
                answer = self._client.delete_objects(
                    Bucket=self._bucket,
                    Delete={"Objects": [{"Key": _key(path)} for path in some], "Quiet": True},
                )
            if errors := answer.get("Errors"):
                raise UnavailableError(f"S3: {errors[0]}")


def _key(path: str) -> str:
    return path.removeprefix("/")


def _metadata(file: StoredFile) -> dict[str, str]:
    noted = {}
    if file.original_bytes is not None:
        noted[_ORIGINAL_BYTES] = str(file.original_bytes)
    if file.score is not None:
        noted[_SCORE] = f"{file.score:.1f}"
    if file.polished:
        noted[_POLISHED] = "1"
    return noted


def _original_bytes(metadata: Mapping[str, str]) -> int | None:
    text = metadata.get(_ORIGINAL_BYTES, "")
    return int(text) if text.isdecimal() else None


def _score(metadata: Mapping[str, str]) -> float | None:
    text = metadata.get(_SCORE, "")
    return float(text) if _POINTS.fullmatch(text) else None
