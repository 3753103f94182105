"""What makes two requests the same to the cache: the rewritten path and what the policy adds.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-the-cache-key.html
"""

from collections.abc import Iterator
from dataclasses import dataclass

from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, value, values
from local.cdn.messages import ViewerRequest
from local.cdn.policies import CachePolicy, Selection


@dataclass(frozen=True, slots=True)
class CacheKey:
    """Equal keys share one object; with the target in it, two behaviours never mix origins."""

    method: str
    target_id: str
    uri: str
    query: tuple[str, ...]
    headers: Headers
    cookies: tuple[str, ...]
    encodings: str


def cache_key(request: ViewerRequest, behavior: Behavior) -> CacheKey:
    """The key of a request whose CloudFront headers have been added."""
    policy = behavior.cache_policy
    return CacheKey(
        method=request.method,
        target_id=behavior.target_id,
        uri=request.uri,
        query=picked_query(request.querystring, policy.query_strings),
        headers=tuple(sorted(pair for pair in request.headers if _keyed(pair[0], policy))),
        cookies=tuple(sorted(picked_cookies(request.headers, policy.cookies))),
        encodings=normalised_encodings(request.headers, policy),
    )


def normalised_encodings(headers: Headers, policy: CachePolicy) -> str:
    """`br,gzip`, `br`, `gzip` or nothing: what the viewer takes among what the policy enables."""
    offers = (
        offer.partition(";") for offer in value(headers, "accept-encoding").lower().split(",")
    )
    taken = {name.strip() for name, _, weight in offers if not _refused(weight)}
    return ",".join(sorted(taken & policy.encodings))


def picked_query(querystring: str, *selections: Selection) -> tuple[str, ...]:
    """The parameters that any of the selections picks, in the viewer's order."""
    parameters = querystring.split("&") if querystring else []
    return tuple(
        each
        for each in parameters
        if any(selection.picks(each.partition("=")[0]) for selection in selections)
    )


def picked_cookies(headers: Headers, *selections: Selection) -> Iterator[str]:
    """The `name=value` pairs that any of the selections picks."""
    for line in values(headers, "cookie"):
        for pair in line.split(";"):
            cookie = pair.strip()
            name = cookie.partition("=")[0]
            if cookie and any(selection.picks(name) for selection in selections):
                yield cookie


def _keyed(name: str, policy: CachePolicy) -> bool:
    return policy.headers.picks(name) and not (name == "accept-encoding" and policy.encodings)


def _refused(weight: str) -> bool:
    """Whether an offer carries `q=0`."""
    name, _, number = weight.replace(" ", "").partition("=")
    return name == "q" and number.strip("0") in {"", "."}
