"""A Lambda@Edge function. No environment, layers, arm64 or X-Ray there, and a numbered version only
(https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html).
"""

from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy, aws_cloudfront, aws_iam, aws_lambda
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.constructs import function_folder


class EdgeFunction(Construct):
    """`on_viewer_request` and `on_viewer_response` attach the current version; the stack must be in
    us-east-1.
    """

    def __init__(self, scope: Construct, construct_id: str, *, folder: str, staged: Path) -> None:
        super().__init__(scope, construct_id)
        role = aws_iam.Role(
            self,
            "Role",
            assumed_by=aws_iam.CompositePrincipal(
                aws_iam.ServicePrincipal("lambda.amazonaws.com"),
                aws_iam.ServicePrincipal("edgelambda.amazonaws.com"),
            ),
        )
        function = aws_lambda.Function(
            self,
            "Function",
            description=function_folder.purpose_of(folder),
            runtime=function_folder.RUNTIME,
            architecture=aws_lambda.Architecture.X86_64,
            handler=function_folder.HANDLER,
            code=function_folder.source(staged),
            timeout=Duration.seconds(5),
            memory_size=128,
            role=role,
            # CloudFront's replicas keep a version busy for hours after its last use
            current_version_options=aws_lambda.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )
        function_folder.mark(function, folder)
        log_groups = f"log-group:/aws/lambda/us-east-1.{Aws.STACK_NAME}-*"
        role.add_to_policy(
            aws_iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[f"arn:{Aws.PARTITION}:logs:*:{Aws.ACCOUNT_ID}:{log_groups}"],
            )
        )
        everywhere = "arn:<AWS::Partition>:logs:*:<AWS::AccountId>:log-group:/aws/lambda/"
        acknowledge(
            role,
            f"AwsSolutions-IAM5[Resource::{everywhere}us-east-1.<AWS::StackName>-*]",
            because="each Region that a replica runs in has a log group of its own",
        )
        events = aws_cloudfront.LambdaEdgeEventType
        version = function.current_version
        self.on_viewer_request = aws_cloudfront.EdgeLambda(
            event_type=events.VIEWER_REQUEST, function_version=version
        )
        self.on_viewer_response = aws_cloudfront.EdgeLambda(
            event_type=events.VIEWER_RESPONSE, function_version=version
        )
