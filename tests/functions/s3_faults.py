"""What S3 answers on a bad day, and others on any, by botocore's own hook."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

Fault = Callable[..., Any]


def s3_answers(fault: Fault, *, to: str) -> AbstractContextManager[None]:
    """Clients made meanwhile from the default session get `fault` for that operation."""
    return aws_answers(fault, to=f"s3.{to}")


@contextmanager
def aws_answers(fault: Fault, *, to: str) -> Iterator[None]:
    """Likewise for an operation of any service, `s3.GetObject`."""
    session = boto3.DEFAULT_SESSION
    assert session
    session.events.register(f"before-send.{to}", fault)
    try:
        yield
    finally:
        session.events.unregister(f"before-send.{to}", fault)


def access_denied(request: AWSRequest, **_: object) -> AWSResponse:
    error = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return AWSResponse(str(request.url), 403, HTTPHeaders(), _Raw(error))


def a_terabyte(request: AWSRequest, **_: object) -> AWSResponse:
    headers = HTTPHeaders()
    headers["content-length"] = str(10**12)
    headers["content-type"] = "image/png"
    return AWSResponse(str(request.url), 200, headers, _Raw(b""))


class _Raw:
    """As much of urllib3's response as botocore needs to see an error."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]

    def read(self, amount: int | None = None) -> bytes:
        raise AssertionError(f"{amount} bytes of the body were read")

    def close(self) -> None:
        pass
