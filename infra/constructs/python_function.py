"""A function of ours: a folder of lambdas/, settings as environment, and a role that can log."""

from collections.abc import Mapping
from typing import Protocol

from aws_cdk import Aws, Duration, RemovalPolicy, Stack, aws_iam, aws_lambda, aws_logs, aws_s3
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.constructs import function_folder

RETENTION = {
    1: aws_logs.RetentionDays.ONE_DAY,
    7: aws_logs.RetentionDays.ONE_WEEK,
    30: aws_logs.RetentionDays.ONE_MONTH,
    90: aws_logs.RetentionDays.THREE_MONTHS,
    365: aws_logs.RetentionDays.ONE_YEAR,
}


class Settings(Protocol):
    """What the classes in adaptive.settings are."""

    def environment(self) -> dict[str, str]:
        """The variables that the function loads itself from."""


class PythonFunction(Construct):
    """`function` runs lambdas/<folder> on arm64; `allow` grants it what it needs by the action.

    `reserved` is how many of the account's concurrent executions are for it alone. Without `traced`
    X-Ray keeps nothing of its own calls: batches of a stream are nobody's request.
    """

    def __init__(  # noqa: PLR0913 - every one of them differs between functions
        self,
        scope: Construct,
        construct_id: str,
        *,
        folder: str,
        settings: Settings,
        layers: list[aws_lambda.ILayerVersion],
        timeout_s: int,
        memory_mib: int,
        log_days: int,
        reserved: int | None = None,
        traced: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)
        self.memory_mib = memory_mib
        logs = aws_logs.LogGroup(
            self, "Logs", retention=RETENTION[log_days], removal_policy=RemovalPolicy.DESTROY
        )
        service = aws_iam.ServicePrincipal("lambda.amazonaws.com")
        self._role = aws_iam.Role(self, "Role", assumed_by=service)
        logs.grant_write(self._role)
        self.function = aws_lambda.Function(
            self,
            "Function",
            description=function_folder.purpose_of(folder),
            runtime=function_folder.RUNTIME,
            architecture=aws_lambda.Architecture.ARM_64,
            handler=function_folder.HANDLER,
            code=function_folder.code_of(folder),
            layers=layers,
            environment={
                **settings.environment(),
                "POWERTOOLS_SERVICE_NAME": folder.rpartition("/")[2],
                "POWERTOOLS_LOG_LEVEL": "INFO",
            },
            timeout=Duration.seconds(timeout_s),
            memory_size=memory_mib,
            reserved_concurrent_executions=reserved,
            role=self._role,
            log_group=logs,
            tracing=self._tracing() if traced else aws_lambda.Tracing.PASS_THROUGH,
        )
        function_folder.mark(self.function, folder)
        acknowledge(
            self._role,
            "AwsSolutions-IAM5[Resource::*]",
            because="X-Ray's write actions, and reading metrics, know no resources",
        )

    def live(self, *, provisioned: int | None) -> aws_lambda.IFunction:
        """What to call: the function, or so many of its newest version that are paid ahead."""
        if provisioned is None:
            return self.function
        return aws_lambda.Alias(
            self,
            "Live",
            alias_name="live",
            version=self.function.current_version,
            provisioned_concurrent_executions=provisioned,
        )

    def _tracing(self) -> aws_lambda.Tracing:
        """As the app's context has it: `traces` in `site.toml`."""
        if self.node.try_get_context("traces") is False:
            return aws_lambda.Tracing.PASS_THROUGH
        return aws_lambda.Tracing.ACTIVE

    def allow(self, *actions: str, on: str, when: Mapping[str, object] | None = None) -> None:
        """Grant single actions on one resource, by its ARN, under IAM conditions if need be."""
        self._role.add_to_policy(
            aws_iam.PolicyStatement(actions=[*actions], resources=[on], conditions=when)
        )

    def allow_pattern(self, *actions: str, on: str, because: str) -> None:
        """Grant single actions on what an ARN with a `*` fits, which cdk-nag wants a reason for."""
        self.allow(*actions, on=on)
        shown = on.replace(Aws.ACCOUNT_ID, "<AWS::AccountId>")
        acknowledge(self._role, f"AwsSolutions-IAM5[Resource::{shown}]", because=because)

    def allow_objects(self, *actions: str, bucket: aws_s3.Bucket, below: str, because: str) -> None:
        """Grant single actions on the objects below a prefix, which cdk-nag wants a reason for.

        A prefix with a `*` of its own is the whole pattern.
        """
        pattern = below if "*" in below else f"{below}*"
        self.allow(*actions, on=bucket.arn_for_objects(pattern))
        finding = f"AwsSolutions-IAM5[Resource::{self._arn_in_findings(bucket)}/{pattern}]"
        acknowledge(self._role, finding, because=because)

    def _arn_in_findings(self, bucket: aws_s3.Bucket) -> str:
        """As cdk-nag writes it: by reference, or by import from the stack that has the bucket."""
        owner = Stack.of(bucket)
        if owner.node.path != Stack.of(self).node.path:
            imported = owner.resolve(owner.export_value(bucket.bucket_arn))
            return str(imported["Fn::ImportValue"])
        resource = bucket.node.default_child
        assert isinstance(resource, aws_s3.CfnBucket)  # noqa: S101 - narrows CDK's IConstruct
        return f"<{owner.get_logical_id(resource)}.Arn>"
