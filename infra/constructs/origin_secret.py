"""The secret header by which ingest knows that a request came through CloudFront."""

import json

from aws_cdk import RemovalPolicy, SecretValue, aws_secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge


class OriginSecret(aws_secretsmanager.Secret):
    """Drawn at the first deployment; `rotate_secret` draws all that follow."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            description="What CloudFront adds to beacons, so that ingest refuses direct calls",
            generate_secret_string=aws_secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"following": ""}),
                generate_string_key="current",
                password_length=43,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            self,
            "AwsSolutions-SMG4",
            because="rotate_secret rotates it on a schedule of its own: CloudFront must send the "
            "new one everywhere before the old one may go",
        )

    @property
    def sent(self) -> SecretValue:
        """What the distribution sends, resolved whenever CloudFormation updates it."""
        return self.secret_value_from_json("current")
