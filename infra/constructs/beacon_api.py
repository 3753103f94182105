"""The HTTP API that beacons are posted to: one function, throttled."""

from aws_cdk import Stack, aws_apigatewayv2, aws_lambda
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from adaptive.delivery.doors import PATH
from infra.acknowledge import acknowledge


class BeaconApi(aws_apigatewayv2.HttpApi):
    """Every method of `/rum` and below it reaches `ingest`, which answers the wrong ones; 429 above
    the rate.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        ingest: aws_lambda.IFunction,
        requests_per_second: int,
    ) -> None:
        super().__init__(scope, construct_id, create_default_stage=False)
        stage = aws_apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self,
            stage_name="$default",
            auto_deploy=True,
            throttle=aws_apigatewayv2.ThrottleSettings(
                rate_limit=requests_per_second, burst_limit=2 * requests_per_second
            ),
        )
        integration = HttpLambdaIntegration("Ingest", ingest)
        routes = [
            route
            for path in (PATH, f"{PATH}/{{door+}}")
            for route in self.add_routes(
                path=path, methods=[aws_apigatewayv2.HttpMethod.ANY], integration=integration
            )
        ]
        acknowledge(
            stage,
            "AwsSolutions-APIG1",
            because="ingest logs a line per request; access logs would add visitors' addresses",
        )
        for route in routes:
            acknowledge(
                route,
                "AwsSolutions-APIG4",
                because="visitors have no identity to prove; ingest validates what they send",
            )

    @property
    def domain(self) -> str:
        """The host to send `/rum` to."""
        stack = Stack.of(self)
        return f"{self.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
