"""What CloudFront keys on, forwards and adds.

Policies of our own rather than managed ones, so that the template says all.
"""

from collections.abc import Mapping

from aws_cdk import Duration, aws_cloudfront
from constructs import Construct

from adaptive.edge.policy import (
    RECIPE_COOKIE,
    SESSION_COOKIE,
    TIER_COOKIE,
    TIER_HEADER,
    VISITOR_COOKIE,
)
from infra.site import Site

_WIDTH_HINTS = (
    "Sec-CH-DPR",
    "Sec-CH-Width",
    "Sec-CH-Viewport-Width",
    "DPR",
    "Width",
    "Viewport-Width",
)
# What `adaptive.edge.hints` reads; a browser sends them from the page after the first.
_CLIENT_HINTS = (
    *_WIDTH_HINTS,
    "Sec-CH-Device-Memory",
    "Sec-CH-Downlink",
    "Sec-CH-RTT",
    "Sec-CH-ECT",
    "Device-Memory",
    "Downlink",
    "RTT",
    "ECT",
    "Save-Data",
)
_OF_A_VISITOR = (
    "Content-Type",
    "Origin",
    "User-Agent",
    "Sec-GPC",
    "CloudFront-Viewer-Country",
    "CloudFront-Viewer-Country-Region",
    "CloudFront-Viewer-ASN",
    "CloudFront-Is-Mobile-Viewer",
)
_OUR_COOKIES = aws_cloudfront.OriginRequestCookieBehavior.allow_list(
    SESSION_COOKIE, TIER_COOKIE, RECIPE_COOKIE, VISITOR_COOKIE
)
_YEAR = Duration.days(365)


class HttpPolicies(Construct):
    """`images` and `text` are cache policies keyed by path; with `none` nothing is cached.

    `everything` is for sites with an origin of their own, only, and `by_tier` for those that want
    their pages cached. `…_headers` are what browsers get.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site) -> None:
        super().__init__(scope, construct_id)
        self.images = aws_cloudfront.CachePolicy(
            self,
            "Images",
            comment="the rewritten path alone; already compressed",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.days(1),
            max_ttl=_YEAR,
        )
        self.text = aws_cloudfront.CachePolicy(
            self,
            "Text",
            comment="the rewritten path and gzip, brotli or neither",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.minutes(5),
            max_ttl=_YEAR,
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )
        self.none = aws_cloudfront.CachePolicy(
            self,
            "None",
            comment="nothing is cached",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(0),
        )
        # Not Host, which API Gateway routes by; nothing of the visitor that ingest does not use.
        self.beacons = aws_cloudfront.OriginRequestPolicy(
            self,
            "Beacons",
            comment="what ingest reads of a visitor",
            header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.allow_list(*_OF_A_VISITOR),
            cookie_behavior=_OUR_COOKIES,
            query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.none(),
        )
        self.foreign_beacons = aws_cloudfront.OriginRequestPolicy(
            self,
            "ForeignBeacons",
            comment="likewise, of agents that compress or use the query",
            header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.allow_list(
                *_OF_A_VISITOR, "Content-Encoding"
            ),
            cookie_behavior=_OUR_COOKIES,
            query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.all(),
        )
        if site.origin:
            # Not Host: that origin answers to its own name.
            self.everything = aws_cloudfront.OriginRequestPolicy(
                self,
                "Everything",
                comment="all that a visitor sends, for an origin of the site's own",
                header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.deny_list("Host"),
                cookie_behavior=aws_cloudfront.OriginRequestCookieBehavior.all(),
                query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.all(),
            )
        if site.origin and site.origin.cache_pages:
            self.by_tier = aws_cloudfront.CachePolicy(
                self,
                "PagesByTier",
                comment="as long as the origin says, by tier; gzip, brotli or neither",
                min_ttl=Duration.seconds(0),
                default_ttl=Duration.seconds(0),
                max_ttl=_YEAR,
                header_behavior=aws_cloudfront.CacheHeaderBehavior.allow_list(TIER_HEADER),
                query_string_behavior=aws_cloudfront.CacheQueryStringBehavior.all(),
                enable_accept_encoding_gzip=True,
                enable_accept_encoding_brotli=True,
            )
        self.page_headers = self._headers("Pages", "asks for client hints; security headers")
        # The origin's own Cache-Control is for CloudFront: a year there is a minute here, as the
        # URL stays while the tier moves. A date is no validator: a twin may be older than the file
        # that the browser has.
        self.bundle_headers = self._headers(
            "BundlesForBrowsers",
            "asked for anew at each use, by ETag",
            {"Cache-Control": "private, no-cache"},
        )
        self.image_headers = self._headers(
            "ImagesForBrowsers",
            "kept for a moment, by nobody in between; another width is another image",
            {
                "Cache-Control": f"private, max-age={site.render.browser_ttl_s}",
                "Vary": ", ".join(_WIDTH_HINTS),
            },
        )

    def _headers(
        self, construct_id: str, comment: str, headers: Mapping[str, str] | None = None
    ) -> aws_cloudfront.ResponseHeadersPolicy:
        added = {"Accept-CH": ", ".join(_CLIENT_HINTS), **(headers or {})}
        return aws_cloudfront.ResponseHeadersPolicy(
            self,
            construct_id,
            comment=comment,
            custom_headers_behavior=aws_cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    aws_cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in added.items()
                ]
            ),
            remove_headers=["Last-Modified"] if headers else None,
            security_headers_behavior=_security_headers(),
        )


def _security_headers() -> aws_cloudfront.ResponseSecurityHeadersBehavior:
    """No content security policy: that is the site's own to say."""
    return aws_cloudfront.ResponseSecurityHeadersBehavior(
        strict_transport_security=aws_cloudfront.ResponseHeadersStrictTransportSecurity(
            access_control_max_age=_YEAR, override=True
        ),
        content_type_options=aws_cloudfront.ResponseHeadersContentTypeOptions(override=True),
        frame_options=aws_cloudfront.ResponseHeadersFrameOptions(
            frame_option=aws_cloudfront.HeadersFrameOption.SAMEORIGIN, override=True
        ),
        referrer_policy=aws_cloudfront.ResponseHeadersReferrerPolicy(
            referrer_policy=aws_cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
            override=True,
        ),
    )
