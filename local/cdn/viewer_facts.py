"""The headers by which CloudFront tells the origin about the viewer, where a policy asks for them.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
"""

import re
from dataclasses import replace

from local.cdn.distribution import Behavior
from local.cdn.headers import Headers, value, without
from local.cdn.messages import ViewerRequest

_ANDROID = re.compile("Android")
_IOS = re.compile("iPhone|iPad|iPod")
_MOBILE = re.compile("Mobi|iPhone|iPod|Android")
_TABLET = re.compile("iPad|Tablet|Android(?!.*Mobile)")
# Left out where the address is in no table, as of this machine's.
_NOT_KNOWN_HERE = ("cloudfront-viewer-country-region",)
_DOCUMENTATION_ASN = "64496"  # RFC 5398
_TELEVISION = re.compile("SmartTV|SMART-TV|AppleTV|Tizen|Web0S|BRAVIA")


def with_viewer_facts(request: ViewerRequest, behavior: Behavior, *, country: str) -> ViewerRequest:
    """The request with the facts that the policies name, in place of the viewer's own words."""
    wanted = behavior.cache_policy.headers.listed | behavior.origin_request_policy.headers.listed
    facts = [pair for pair in _facts(request, country) if pair[0] in wanted]
    kept = without(request.headers, [*_NOT_KNOWN_HERE, *(name for name, _ in facts)])
    return replace(request, headers=(*kept, *facts))


def _facts(request: ViewerRequest, country: str) -> Headers:
    agent = value(request.headers, "user-agent")
    television, tablet = bool(_TELEVISION.search(agent)), bool(_TABLET.search(agent))
    mobile = bool(_MOBILE.search(agent)) and not television
    return (
        ("cloudfront-forwarded-proto", "http"),
        ("cloudfront-is-android-viewer", _flag(on=bool(_ANDROID.search(agent)))),
        ("cloudfront-is-desktop-viewer", _flag(on=not (mobile or tablet or television))),
        ("cloudfront-is-ios-viewer", _flag(on=bool(_IOS.search(agent)))),
        ("cloudfront-is-mobile-viewer", _flag(on=mobile)),
        ("cloudfront-is-smarttv-viewer", _flag(on=television)),
        ("cloudfront-is-tablet-viewer", _flag(on=tablet)),
        ("cloudfront-viewer-asn", _DOCUMENTATION_ASN),
        ("cloudfront-viewer-country", country),
        ("cloudfront-viewer-http-version", "1.1"),
    )


def _flag(*, on: bool) -> str:
    return "true" if on else "false"
