"""The HTTP API that the dashboard and machines ask: one function behind two doors."""

from aws_cdk import Stack, aws_apigatewayv2, aws_cognito, aws_lambda
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer, HttpUserPoolAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from adaptive.monitoring.query.rights import OPERATE, READ, scope_of
from infra.acknowledge import acknowledge

_PER_SECOND = 50
_SCOPES = {
    aws_apigatewayv2.HttpMethod.GET: READ,
    aws_apigatewayv2.HttpMethod.POST: OPERATE,
}


class QueryApi(aws_apigatewayv2.HttpApi):
    """`/api/*` for people by an access token, `/machine/api/*` for machines by a signature.

    No origin but its own: it says nothing of CORS.
    """

    def __init__(self, scope: Construct, construct_id: str, *, query: aws_lambda.IFunction) -> None:
        super().__init__(scope, construct_id, create_default_stage=False)
        stage = aws_apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self,
            stage_name="$default",
            auto_deploy=True,
            throttle=aws_apigatewayv2.ThrottleSettings(
                rate_limit=_PER_SECOND, burst_limit=2 * _PER_SECOND
            ),
        )
        acknowledge(
            stage,
            "AwsSolutions-APIG1",
            because="query logs a line per question, the change log every action",
        )
        self._integration = HttpLambdaIntegration("Query", query)

    def admit(self, pool: aws_cognito.IUserPool, client: aws_cognito.IUserPoolClient) -> None:
        """Open both doors: to users of the pool who come by the client, and to the account."""
        people = HttpUserPoolAuthorizer("People", pool, user_pool_clients=[client])
        machines = HttpIamAuthorizer()
        for method, scope in _SCOPES.items():
            self.add_routes(
                path="/api/{proxy+}",
                methods=[method],
                integration=self._integration,
                authorizer=people,
                authorization_scopes=[scope_of(scope)],
            )
            self.add_routes(
                path="/machine/api/{proxy+}",
                methods=[method],
                integration=self._integration,
                authorizer=machines,
            )

    @property
    def domain(self) -> str:
        """The host to ask."""
        stack = Stack.of(self)
        return f"{self.api_id}.execute-api.{stack.region}.{stack.url_suffix}"
