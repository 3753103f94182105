"""`edge_request` as a CloudFront Function: a sixth of Lambda@Edge's price per request."""

import hashlib

from aws_cdk import aws_cloudfront
from constructs import Construct

from infra import edge_twin
from infra.site import Site


class EdgeTwin(Construct):
    """`on_viewer_request` and `on_viewer_response` attach the function; its KeyValueStore knows the
    site's paths.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site) -> None:
        super().__init__(scope, construct_id)
        known = edge_twin.import_source(site)
        # A store is filled once, when it is made: other content is another store.
        digest = hashlib.sha256(known.encode()).hexdigest()[:8]
        store = aws_cloudfront.KeyValueStore(
            self,
            f"Known{digest}",
            comment="twins of scripts, widths of originals",
            source=aws_cloudfront.ImportSource.from_inline(known),
        )
        function = aws_cloudfront.Function(
            self,
            "Function",
            comment="rewrites the URI to the variant that the visitor can carry",
            code=aws_cloudfront.FunctionCode.from_inline(edge_twin.code(site)),
            runtime=aws_cloudfront.FunctionRuntime.JS_2_0,
            key_value_store=store,
        )
        events = aws_cloudfront.FunctionEventType
        self.on_viewer_request = aws_cloudfront.FunctionAssociation(
            event_type=events.VIEWER_REQUEST, function=function
        )
        self.on_viewer_response = aws_cloudfront.FunctionAssociation(
            event_type=events.VIEWER_RESPONSE, function=function
        )
