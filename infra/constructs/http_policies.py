"""What CloudFront keys on, forwards and adds.

Policies of our own rather than managed ones, so that the template says all.
"""

from aws_cdk import Duration, aws_cloudfront
from constructs import Construct

from adaptive.edge.policy import SESSION_COOKIE, TIER_COOKIE

# What `adaptive.edge.hints` reads; a browser sends them from the page after the first.
_CLIENT_HINTS = (
    "Sec-CH-DPR",
    "Sec-CH-Width",
    "Sec-CH-Viewport-Width",
    "DPR",
    "Width",
    "Viewport-Width",
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
_YEAR = Duration.days(365)


class HttpPolicies(Construct):
    """`images` and `text` are cache policies keyed by path; with `none` nothing is cached.

    `everything` is for sites with an origin of their own, only.
    """

    def __init__(self, scope: Construct, construct_id: str, *, own_origin: bool) -> None:
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
            header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.allow_list(
                "Content-Type",
                "Origin",
                "User-Agent",
                "Sec-GPC",
                "CloudFront-Viewer-Country",
                "CloudFront-Viewer-Country-Region",
                "CloudFront-Viewer-ASN",
                "CloudFront-Is-Mobile-Viewer",
            ),
            cookie_behavior=aws_cloudfront.OriginRequestCookieBehavior.allow_list(
                SESSION_COOKIE, TIER_COOKIE
            ),
            query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.none(),
        )
        if own_origin:
            # Not Host: that origin answers to its own name.
            self.everything = aws_cloudfront.OriginRequestPolicy(
                self,
                "Everything",
                comment="all that a visitor sends, for an origin of the site's own",
                header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.deny_list("Host"),
                cookie_behavior=aws_cloudfront.OriginRequestCookieBehavior.all(),
                query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.all(),
            )
        self.pages = aws_cloudfront.ResponseHeadersPolicy(
            self,
            "Pages",
            comment="asks for client hints; security headers",
            custom_headers_behavior=aws_cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    aws_cloudfront.ResponseCustomHeader(
                        header="Accept-CH", value=", ".join(_CLIENT_HINTS), override=True
                    )
                ]
            ),
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
