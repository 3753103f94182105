"""Who may look and who may act: a user pool, the page as its client, and two scopes."""

from aws_cdk import Aws, Duration, RemovalPolicy, aws_cognito
from constructs import Construct

from adaptive.monitoring.query.rights import OPERATE, OPERATORS, READ, SERVER
from infra.acknowledge import acknowledge


class Operators(Construct):
    """`pool` is filled by its administrators alone; `client_of` makes a page its client."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.pool = aws_cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            sign_in_aliases=aws_cognito.SignInAliases(username=True, email=True),
            account_recovery=aws_cognito.AccountRecovery.EMAIL_ONLY,
            mfa=aws_cognito.Mfa.OPTIONAL,
            mfa_second_factor=aws_cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=aws_cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        prefix = f"adaptive-edge-{Aws.ACCOUNT_ID}"
        self.pool.add_domain(
            "Domain", cognito_domain=aws_cognito.CognitoDomainOptions(domain_prefix=prefix)
        )
        self.domain = f"{prefix}.auth.{Aws.REGION}.amazoncognito.com"
        self._scopes = {
            name: aws_cognito.ResourceServerScope(scope_name=name, scope_description=told)
            for name, told in {
                READ: "see what was measured and decided",
                OPERATE: "silence alerts, change the policy",
            }.items()
        }
        self._server = self.pool.add_resource_server(
            "Api", identifier=SERVER, scopes=[*self._scopes.values()]
        )
        aws_cognito.CfnUserPoolGroup(
            self,
            "Group",
            user_pool_id=self.pool.user_pool_id,
            group_name=OPERATORS,
            description="may act, not only look",
        )
        reasons = {
            "COG2": "a time-based code is each operator's choice until the site requires it",
            "COG3": "threat protection is priced per user beyond what this pool needs",
            "COG8": "the Plus plan is for threat protection",
        }
        for rule, reason in reasons.items():
            acknowledge(self.pool, f"AwsSolutions-{rule}", because=reason)

    def client_of(self, url: str) -> aws_cognito.UserPoolClient:
        """For a page at that address, which can keep no secret: authorisation code and PKCE."""
        scope = aws_cognito.OAuthScope
        return self.pool.add_client(
            "Dashboard",
            generate_secret=False,
            auth_flows=aws_cognito.AuthFlow(),
            o_auth=aws_cognito.OAuthSettings(
                flows=aws_cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[
                    scope.OPENID,
                    *(scope.resource_server(self._server, each) for each in self._scopes.values()),
                ],
                callback_urls=[url],
                logout_urls=[url],
            ),
            supported_identity_providers=[aws_cognito.UserPoolClientIdentityProvider.COGNITO],
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            access_token_validity=Duration.hours(1),
            id_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.hours(12),
        )
