"""HTTP as API Gateway and function URLs speak it to a Lambda (payload format 2.0)."""

import base64
import binascii
import hashlib
import json
import math
import re
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from adaptive.delivery.bots import is_bot
from adaptive.delivery.client import Client
from adaptive.delivery.doors import PATH
from adaptive.delivery.intake import Receipt
from adaptive.delivery.session import IDLE_S
from adaptive.delivery.user_agent import browser_of, device_class_of
from adaptive.edge.policy import RECIPE_COOKIE, SESSION_COOKIE, TIER_COOKIE, VISITOR_COOKIE
from adaptive.errors import (
    AdaptiveError,
    BeaconError,
    BudgetError,
    InvalidInputError,
    MethodError,
    OriginError,
    QueryError,
    UnavailableError,
)

Response = dict[str, Any]

RETRY_AFTER_S = 2
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_REGION = re.compile(r"[A-Z0-9]{1,3}", re.ASCII)
_ASN = re.compile(r"[0-9]{1,10}", re.ASCII)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Request:
    """Header names are lower-case; `body` is what the client sent, decoded from base64 if need
    be.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Self:
        """Read a payload 2.0 event; of a cookie sent twice the first counts (RFC 6265, 5.4).

        AWS lists cookies apart from the headers; an emulator may leave them there.
        """
        headers = {name.lower(): text for name, text in event.get("headers", {}).items()}
        cookies = event.get("cookies") or headers.get("cookie", "").split(";")
        pairs = [cookie.partition("=") for cookie in reversed(cookies)]
        return cls(
            method=event["requestContext"]["http"]["method"],
            path=event["rawPath"],
            query=event.get("rawQueryString", ""),
            headers=headers,
            cookies={name.strip(): text for name, _, text in pairs},
            body=_body(event),
        )

    def require(self, *, methods: Sequence[str], media_types: Sequence[str]) -> None:
        """Raise InvalidInputError (405, 415) unless method and, of a body, Content-Type are
        these.
        """
        if self.method not in methods:
            raise MethodError(", ".join(methods))
        if self.method == "GET":
            return
        sent = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if sent not in media_types:
            raise InvalidInputError(
                f"Content-Type must be {' or '.join(media_types)}",
                status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            )

    @property
    def payload(self) -> bytes:
        """The body, or the query of a GET."""
        return _utf8(self.query) if self.method == "GET" else self.body

    @property
    def client(self) -> Client:
        """The viewer as CloudFront and its own user agent tell of it; what does not have the form
        that CloudFront writes is dropped.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
        """
        told = self.headers.get
        country = told("cloudfront-viewer-country", "")
        region = told("cloudfront-viewer-country-region", "")
        asn = told("cloudfront-viewer-asn", "")
        agent = told("user-agent", "")
        return Client(
            country=country if _COUNTRY.fullmatch(country) else None,
            region=region if _REGION.fullmatch(region) else None,
            asn=int(asn) if _ASN.fullmatch(asn) else None,
            browser=browser_of(agent) if agent else None,
            device_class=device_class_of(agent),
            bot=is_bot(agent),
            opted_out=told("sec-gpc") == "1",  # https://www.w3.org/TR/gpc/
        )

    @property
    def sender(self) -> str:
        """Stands for the visitor's address, an IPv6 one's network: tells senders apart as long as
        this process runs, and cannot be turned back.
        """
        hops = [hop.strip() for hop in self.headers.get("x-forwarded-for", "").split(",")]
        # The last is CloudFront's own, who wrote down the one before.
        address = _network(hops[-2] if len(hops) > 1 else hops[0])
        return hashlib.blake2b(address, digest_size=16, key=_pepper()).hexdigest()

    @property
    def is_local(self) -> bool:
        """Whether the page that sent this was served over plain HTTP by this very machine."""
        origin = urlsplit(self.headers.get("origin", ""))
        return origin.scheme == "http" and origin.hostname in _LOOPBACK


def answer(
    status: int,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str] | None = None,
    cookies: Sequence[str] = (),
) -> Response:
    """A JSON answer that nobody caches."""
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
        "cookies": list(cookies),
        "body": json.dumps(body),
    }


def problem(
    status: int, detail: str, *, field: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Problem details (RFC 9457); `field` is the dotted path of the value at fault."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return answer(
        status,
        {**body, "detail": detail, **({"field": field} if field else {})},
        headers={"Content-Type": "application/problem+json", **(headers or {})},
    )


def problem_of(error: AdaptiveError) -> Response:
    """The one mapping of our failures to HTTP."""
    headers = _headers_of(error)
    match error:
        case BeaconError() | QueryError():
            return problem(error.status, str(error), field=error.field)
        case InvalidInputError():
            return problem(error.status, str(error), headers=headers)
        case OriginError():
            return problem(502, "the site's origin gave no image that may be passed on")
        case UnavailableError():
            return problem(503, "try again later; nothing was stored", headers=headers)
        case _:
            return problem(500, "this is our fault")


def _headers_of(error: AdaptiveError) -> dict[str, str]:
    match error:
        case MethodError():
            return {"Allow": error.allowed}
        case BudgetError():
            return {"Retry-After": str(math.ceil(error.wait_s))}
        case UnavailableError():
            return {"Retry-After": str(RETRY_AFTER_S)}
        case _:
            return {}


def thanks(request: Request, receipt: Receipt, *, in_full: bool) -> Response:
    """202 with what became of the beacons, or 204, with the session's cookies."""
    cookies = session_cookies(request, receipt)
    if in_full:
        return answer(HTTPStatus.ACCEPTED, receipt.summary(), cookies=cookies)
    headers = {"Cache-Control": "no-store"}
    return {"statusCode": HTTPStatus.NO_CONTENT, "headers": headers, "cookies": cookies}


def session_cookies(request: Request, receipt: Receipt) -> list[str]:
    """The session's two cookies, and one for how its tier is served, if otherwise than usual:
    first-party, for the whole site, gone with the idle session; and the visitor's own, which
    nothing but this address gets. Whoever does not agree loses them at once, if there are any.
    """
    flags = "" if request.is_local else "; Secure"
    if receipt.session_id is None:
        gone = f"=; Max-Age=0; Path=/; SameSite=Lax{flags}"
        names = SESSION_COOKIE, TIER_COOKIE, RECIPE_COOKIE
        left = [name for name in names if name in request.cookies]
        return [f"{name}{gone}" for name in left] + _visitor_cookie(request, receipt, flags)
    attributes = f"Path=/; SameSite=Lax{flags}"
    lasting = f"; Max-Age={IDLE_S}; {attributes}"
    return [
        f"{SESSION_COOKIE}={receipt.session_id}{lasting}; HttpOnly",
        f"{TIER_COOKIE}={receipt.tier_word}{lasting}",
        *_optional(request, RECIPE_COOKIE, receipt.recipe, kept_s=IDLE_S, attributes=attributes),
        *_visitor_cookie(request, receipt, flags),
    ]


def _optional(
    request: Request, name: str, text: str | None, *, kept_s: int, attributes: str
) -> list[str]:
    """A cookie that most visitors do without; taken back from who has it and should not."""
    if text is None and name not in request.cookies:
        return []
    return [f"{name}={text or ''}; Max-Age={kept_s if text else 0}; {attributes}"]


def _visitor_cookie(request: Request, receipt: Receipt, flags: str) -> list[str]:
    attributes = f"Path={PATH}; SameSite=Lax{flags}; HttpOnly"
    kept_s = receipt.visitor_kept_s
    return _optional(
        request, VISITOR_COOKIE, receipt.visitor_id, kept_s=kept_s, attributes=attributes
    )


@cache
def _pepper() -> bytes:
    return secrets.token_bytes(32)


def _network(address: str) -> bytes:
    try:
        return socket.inet_pton(socket.AF_INET6, address)[:8]
    except (OSError, ValueError):
        return _utf8(address)


def _utf8(text: str) -> bytes:
    """Whatever JSON let through, lone surrogates too: what reads it says what is wrong."""
    return text.encode("utf-8", "surrogatepass")


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return _utf8(str(text))
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInputError("the body is not valid base64") from error
