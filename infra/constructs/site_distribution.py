"""CloudFront before the site: which path goes where, and what runs on the way."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration, aws_cloudfront, aws_lambda, aws_s3
from aws_cdk.aws_cloudfront_origins import (
    FunctionUrlOrigin,
    HttpOrigin,
    OriginGroup,
    S3BucketOrigin,
)
from constructs import Construct

from adaptive.delivery.doors import PATH
from adaptive.delivery.gate import ORIGIN_HEADER
from adaptive.delivery.origin import Origin
from infra.acknowledge import acknowledge
from infra.constructs.edge_function import EdgeFunction
from infra.constructs.edge_twin import EdgeTwin
from infra.constructs.firewall import Firewall
from infra.constructs.http_policies import HttpPolicies
from infra.constructs.origin_secret import OriginSecret
from infra.site import Site

PRICE_CLASS = {
    "100": aws_cloudfront.PriceClass.PRICE_CLASS_100,
    "200": aws_cloudfront.PriceClass.PRICE_CLASS_200,
    "all": aws_cloudfront.PriceClass.PRICE_CLASS_ALL,
}
_CONNECT_TIMEOUT = Duration.seconds(2)


@dataclass(frozen=True, slots=True)
class Api:
    """Where beacons go, and the secret without which they are refused there."""

    domain: str
    secret: OriginSecret


@dataclass(frozen=True, slots=True)
class Origins:
    """Where things come from: files, renditions not made yet, and the beacons' API."""

    bucket: aws_s3.IBucket
    render: aws_lambda.IFunctionUrl
    api: Api


class SiteDistribution(Construct):
    """`distribution` serves the bucket or the site's own origin; images come from the bucket, else
    from `render`; `/rum` goes to the API.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        origins: Origins,
        edge_request: EdgeFunction | EdgeTwin,
    ) -> None:
        super().__init__(scope, construct_id)
        self._policies = HttpPolicies(self, "Policies", site=site)
        self._edge_request = edge_request
        self.firewall = self._firewall(site)
        kept = _files(origins.bucket)
        files = _own_origin(site.origin.url) if site.origin else kept
        made_on_demand = OriginGroup(
            primary_origin=kept,
            fallback_origin=FunctionUrlOrigin.with_origin_access_control(
                origins.render,
                connection_attempts=1,
                connection_timeout=_CONNECT_TIMEOUT,
                read_timeout=Duration.seconds(30),
            ),
            fallback_status_codes=[403, 404],
        )
        policies = self._policies
        bundles = self._adapted(files, policies.text, policies.bundle_headers)
        images = self._adapted(made_on_demand, policies.images, policies.image_headers)
        self.distribution = aws_cloudfront.Distribution(
            self,
            "Distribution",
            comment=site.site.name,
            default_root_object=None if site.origin else "index.html",
            default_behavior=self._passed_on(files, cached=site.origin.cache_pages)
            if site.origin
            else self._pages(files, pinned=bool(site.bundles)),
            additional_behaviors={
                **self._beacons(origins.api),
                **{f"{prefix}*": images for prefix in site.delivery.image_prefixes},
                **{f"{prefix}*": bundles for prefix in site.delivery.bundle_prefixes},
            },
            http_version=aws_cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=PRICE_CLASS[site.cloud.price_class],
            web_acl_id=self.firewall.attr_arn if self.firewall else None,
        )
        self._acknowledge()

    def _adapted(
        self,
        origin: aws_cloudfront.IOrigin,
        cache_policy: aws_cloudfront.ICachePolicy,
        headers: aws_cloudfront.IResponseHeadersPolicy,
    ) -> aws_cloudfront.BehaviorOptions:
        return aws_cloudfront.BehaviorOptions(
            origin=origin,
            cache_policy=cache_policy,
            compress=cache_policy is self._policies.text,
            response_headers_policy=headers,
            viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            **self._functions(on_request=True, on_response=False),
        )

    def _pages(
        self, origin: aws_cloudfront.IOrigin, *, pinned: bool
    ) -> aws_cloudfront.BehaviorOptions:
        """The same page for everyone; the answer says which tier its scripts are of."""
        return aws_cloudfront.BehaviorOptions(
            origin=origin,
            cache_policy=self._policies.text,
            compress=True,
            response_headers_policy=self._policies.page_headers,
            viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            **self._functions(on_request=False, on_response=pinned),
        )

    def _passed_on(
        self, origin: aws_cloudfront.IOrigin, *, cached: bool
    ) -> aws_cloudfront.BehaviorOptions:
        """Pages that we know nothing of, which may be anyone's own: all goes through, nothing is
        kept, unless the site wants pages kept by tier.
        """
        return aws_cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=aws_cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=self._policies.by_tier if cached else self._policies.none,
            compress=cached,
            origin_request_policy=self._policies.everything,
            response_headers_policy=self._policies.page_headers,
            viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            **self._functions(on_request=True, on_response=True),
        )

    def _functions(self, *, on_request: bool, on_response: bool) -> dict[str, Any]:
        """The arguments that attach `edge_request`, of whichever kind it is."""
        edge = self._edge_request
        attached = [
            *([edge.on_viewer_request] if on_request else ()),
            *([edge.on_viewer_response] if on_response else ()),
        ]
        return {
            "edge_lambdas" if isinstance(edge, EdgeFunction) else "function_associations": attached
        }

    def _beacons(self, api: Api) -> dict[str, aws_cloudfront.BehaviorOptions]:
        """Our own agent's address, and below it those of other agents, which use queries, too."""
        origin = HttpOrigin(
            api.domain,
            # As a reference that CloudFormation resolves: the template does not hold the value.
            custom_headers={ORIGIN_HEADER: api.secret.sent.unsafe_unwrap()},
            protocol_policy=aws_cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            connection_timeout=_CONNECT_TIMEOUT,
        )
        passed_on = {PATH: self._policies.beacons, f"{PATH}/*": self._policies.foreign_beacons}
        return {
            path: aws_cloudfront.BehaviorOptions(
                origin=origin,
                allowed_methods=aws_cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=self._policies.none,
                compress=False,
                origin_request_policy=policy,
                viewer_protocol_policy=aws_cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            )
            for path, policy in passed_on.items()
        }

    def _firewall(self, site: Site) -> Firewall | None:
        limit = site.cloud.firewall_requests_per_5_minutes
        return Firewall(self, "Firewall", requests_per_5_minutes=limit) if limit else None

    def _acknowledge(self) -> None:
        reasons = {
            "CFR1": "the site is for everyone, everywhere",
            "CFR2": "a firewall costs more than all else: site.toml has it; the API is throttled",
            "CFR3": "it is logged, less what is about visitors: infra/constructs/access_logs.py",
            "CFR4": "a distribution without a domain of its own has CloudFront's certificate",
        }
        for rule, reason in reasons.items():
            acknowledge(self.distribution, f"AwsSolutions-{rule}", because=reason)
        acknowledge(
            self.distribution,
            "@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk",
            because="the default root object stands before the bucket's listing",
        )


def _own_origin(url: str) -> aws_cloudfront.IOrigin:
    """The site's own, which serves all but images: those may be in the bucket, or be made."""
    origin = Origin.parse(url)
    return HttpOrigin(
        origin.host,
        origin_path=origin.prefix or None,
        protocol_policy=aws_cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[aws_cloudfront.OriginSslPolicy.TLS_V1_2],
        connection_attempts=2,
        connection_timeout=_CONNECT_TIMEOUT,
    )


def _files(bucket: aws_s3.IBucket) -> aws_cloudfront.IOrigin:
    """The bucket, whose missing files are a 404 rather than a 403 since CloudFront may list it."""
    level = aws_cloudfront.AccessLevel
    return S3BucketOrigin.with_origin_access_control(
        bucket,
        origin_access_levels=[level.READ, level.LIST],
        connection_attempts=1,
        connection_timeout=_CONNECT_TIMEOUT,
    )
