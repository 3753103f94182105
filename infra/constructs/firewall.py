"""AWS WAF before the site: one address cannot drown the beacons of all others.

It costs $5 a month, $1 for its rule, and $0.60 per million requests of the whole distribution,
whatever path they are for (https://aws.amazon.com/waf/pricing/).
"""

from aws_cdk import aws_wafv2
from constructs import Construct

_WINDOW_S = 300


class Firewall(aws_wafv2.CfnWebACL):
    """Above `requests_per_5_minutes` to `/rum` an address gets 429; must be in us-east-1."""

    def __init__(self, scope: Construct, construct_id: str, *, requests_per_5_minutes: int) -> None:
        super().__init__(
            scope,
            construct_id,
            scope="CLOUDFRONT",
            default_action=_acl.DefaultActionProperty(allow=_acl.AllowActionProperty()),
            visibility_config=_visible("Firewall"),
            rules=[_flood(requests_per_5_minutes)],
        )


_acl = aws_wafv2.CfnWebACL


def _flood(limit: int) -> aws_wafv2.CfnWebACL.RuleProperty:
    beacons = _acl.ByteMatchStatementProperty(
        field_to_match=_acl.FieldToMatchProperty(uri_path={}),
        positional_constraint="STARTS_WITH",
        search_string="/rum",
        text_transformations=[_acl.TextTransformationProperty(priority=0, type="NONE")],
    )
    refusal = _acl.CustomResponseProperty(
        response_code=429,
        response_headers=[_acl.CustomHTTPHeaderProperty(name="Retry-After", value=str(_WINDOW_S))],
    )
    return _acl.RuleProperty(
        name="BeaconFlood",
        priority=0,
        action=_acl.RuleActionProperty(block=_acl.BlockActionProperty(custom_response=refusal)),
        statement=_acl.StatementProperty(
            rate_based_statement=_acl.RateBasedStatementProperty(
                aggregate_key_type="IP",
                limit=limit,
                evaluation_window_sec=_WINDOW_S,
                scope_down_statement=_acl.StatementProperty(byte_match_statement=beacons),
            )
        ),
        visibility_config=_visible("BeaconFlood"),
    )


def _visible(metric: str) -> aws_wafv2.CfnWebACL.VisibilityConfigProperty:
    """Counted; but no sampled requests, which would show visitors' addresses."""
    return _acl.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )
