"""CloudFront before the dashboard: its files, the API and the token endpoint under one origin.

So the browser needs no CORS, and the page may talk to nobody else.
"""

from aws_cdk import Duration, aws_cloudfront
from aws_cdk.aws_cloudfront_origins import HttpOrigin, S3BucketOrigin
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.constructs.private_bucket import PrivateBucket

_ALLOWED = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
_ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex",
}
_YEAR = Duration.days(365)
_CONNECT_TIMEOUT = Duration.seconds(2)


class DashboardDistribution(Construct):
    """`distribution` serves `bucket`, the API at `api` and tokens from `sign_in`; its page may show
    pictures of the domain `images`.
    """

    def __init__(  # noqa: PLR0913 - all that it serves
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket: PrivateBucket,
        api: str,
        sign_in: str,
        images: str,
        price_class: aws_cloudfront.PriceClass,
    ) -> None:
        super().__init__(scope, construct_id)
        self._headers = self._response_headers(images)
        self._nothing = self._cache("Nothing", "nothing is cached", Duration.seconds(0))
        self.distribution = aws_cloudfront.Distribution(
            self,
            "Distribution",
            comment="dashboard",
            default_root_object="index.html",
            default_behavior=self._files(bucket),
            additional_behaviors={
                "/api/*": self._passed_on(api, "Api"),
                "/oauth2/token": self._passed_on(sign_in, "Tokens"),
            },
            http_version=aws_cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=price_class,
        )
        self._acknowledge()

    def _files(self, bucket: PrivateBucket) -> aws_cloudfront.BehaviorOptions:
        return aws_cloudfront.BehaviorOptions(
            origin=S3BucketOrigin.with_origin_access_control(bucket),
            cache_policy=self._cache("Files", "the path and gzip, brotli or neither", _YEAR),
            compress=True,
            response_headers_policy=self._headers,
            viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        )

    def _passed_on(self, host: str, what: str) -> aws_cloudfront.BehaviorOptions:
        """All but `Host`, which the other side is found by, and cookies: there are none."""
        return aws_cloudfront.BehaviorOptions(
            origin=HttpOrigin(
                host,
                protocol_policy=aws_cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                connection_timeout=_CONNECT_TIMEOUT,
            ),
            allowed_methods=aws_cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=self._nothing,
            compress=False,
            origin_request_policy=aws_cloudfront.OriginRequestPolicy(
                self,
                f"To{what}",
                comment="all that the page sends",
                header_behavior=aws_cloudfront.OriginRequestHeaderBehavior.deny_list("Host"),
                cookie_behavior=aws_cloudfront.OriginRequestCookieBehavior.none(),
                query_string_behavior=aws_cloudfront.OriginRequestQueryStringBehavior.all(),
            ),
            response_headers_policy=self._headers,
            viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
        )

    def _cache(self, name: str, comment: str, most: Duration) -> aws_cloudfront.CachePolicy:
        kept = most.to_seconds() > 0
        return aws_cloudfront.CachePolicy(
            self,
            name,
            comment=comment,
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=most,
            enable_accept_encoding_gzip=kept,
            enable_accept_encoding_brotli=kept,
        )

    def _response_headers(self, images: str) -> aws_cloudfront.ResponseHeadersPolicy:
        allowed = {**_ALLOWED, "img-src": f"{_ALLOWED['img-src']} https://{images}"}
        return aws_cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            comment="what a page may do that shows and changes how the site is run",
            security_headers_behavior=aws_cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=aws_cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy="; ".join(
                        f"{directive} {sources}" for directive, sources in allowed.items()
                    ),
                    override=True,
                ),
                content_type_options=aws_cloudfront.ResponseHeadersContentTypeOptions(
                    override=True
                ),
                frame_options=aws_cloudfront.ResponseHeadersFrameOptions(
                    frame_option=aws_cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=aws_cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=aws_cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=aws_cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=_YEAR, include_subdomains=True, override=True
                ),
            ),
            custom_headers_behavior=aws_cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    aws_cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                    for name, value in _ISOLATION.items()
                ]
            ),
        )

    def _acknowledge(self) -> None:
        reasons = {
            "CFR1": "operators may be anywhere",
            "CFR2": "nothing answers without a token, and the API is throttled",
            "CFR3": "the files hold nothing of the site; query logs every question",
            "CFR4": "a distribution without a domain of its own has CloudFront's certificate",
        }
        for rule, reason in reasons.items():
            acknowledge(self.distribution, f"AwsSolutions-{rule}", because=reason)
