"""Requests and answers between this CDN and an origin, which is found and signed for here.

What AWS hosts is behind the local cloud's endpoint, told apart by `Host`.
"""

from urllib.parse import quote, urlsplit

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.cdn.deployed import FAKE_KEY, REGION
from local.cdn.distribution import Origin, OriginKind, Signing
from local.cdn.headers import Headers, decoded, end_to_end, replaced, value, without
from local.cdn.messages import Answer
from local.cdn.origin_request import OriginRequest

_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_SIGNERS = {"s3": S3SigV4Auth, "lambda": SigV4Auth}
_CREDENTIALS = Credentials(FAKE_KEY, FAKE_KEY)
_NOT_FOR_VIEWERS = ("x-amz-id-2", "x-amz-request-id", "via", "x-cache", "x-amz-cf-id")


def outgoing(origin: Origin, request: OriginRequest, *, endpoint: str) -> httpx.Request:
    """The request as it goes to this origin."""
    target = quote(origin.path + request.uri, safe=_PRINTABLE)
    if request.query:
        target += "?" + quote(request.query, safe=_PRINTABLE)
    headers = replaced(request.headers, "host", _host(origin, endpoint))
    for name, text in origin.headers:
        headers = replaced(headers, name, text)
    if origin.signing:
        headers = _signed(origin, origin.signing, request, target=target, headers=headers)
    return httpx.Request(
        request.method,
        origin.base_url or endpoint,
        headers=[(name.encode(), text.encode("latin-1")) for name, text in headers],
        content=request.body or None,
        extensions={
            # The path as the viewer wrote it: httpx would resolve dots and decode escapes.
            "target": target.encode(),
            "timeout": {
                "connect": origin.connect_timeout_s,
                "read": origin.read_timeout_s,
                "write": origin.read_timeout_s,
            },
        },
    )


async def incoming(response: httpx.Response) -> Answer:
    """The origin's whole answer, still encoded as it came, without what concerns one hop only."""
    try:
        body = b"".join([chunk async for chunk in response.aiter_raw()])
    finally:
        await response.aclose()
    headers = without(end_to_end(decoded(response.headers.raw)), _NOT_FOR_VIEWERS)
    return Answer(response.status_code, headers, body)


def _host(origin: Origin, endpoint: str) -> str:
    """What the local cloud knows the origin by (it has API Gateway below `localhost` only)."""
    if origin.kind is OriginKind.HTTP_API:
        return f"{origin.domain.partition('.')[0]}.execute-api.localhost:{urlsplit(endpoint).port}"
    return origin.domain


def _signed(
    origin: Origin, signing: Signing, request: OriginRequest, *, target: str, headers: Headers
) -> Headers:
    """The headers with a signature (SigV4, fake keys) in place of the viewer's."""
    if signing.unless_signed and value(headers, "authorization"):
        return headers
    kept = without(headers, ["authorization", "x-amz-date", "x-amz-security-token"])
    # Only what no hop changes goes under the signature.
    draft = AWSRequest(
        method=request.method,
        url=f"https://{origin.domain}{target}",
        data=request.body,
        headers={"host": origin.domain},
    )
    _SIGNERS[signing.service](_CREDENTIALS, signing.service, REGION).add_auth(draft)
    added = ((name.lower(), str(text)) for name, text in draft.headers.items())
    return (*kept, *(pair for pair in added if pair[0] != "host"))
