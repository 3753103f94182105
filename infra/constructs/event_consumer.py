"""A function that EventBridge calls, by an event or by the clock: retried, and what is given up on
kept for two weeks.
"""

from collections.abc import Mapping

from aws_cdk import Duration, aws_events, aws_iam, aws_lambda, aws_sqs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.constructs.python_function import PythonFunction


class EventConsumer(Construct):
    """`pattern` or `schedule`, as EventBridge has them
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: PythonFunction,
        pattern: Mapping[str, object] | None = None,
        schedule: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        given_up = aws_sqs.Queue(
            self,
            "GivenUp",
            encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(given_up, "AwsSolutions-SQS3", because="it is a dead-letter queue")
        rule = aws_events.CfnRule(
            self,
            "Rule",
            event_pattern=pattern,
            schedule_expression=schedule,
            targets=[
                aws_events.CfnRule.TargetProperty(
                    id="Function",
                    arn=function.function.function_arn,
                    dead_letter_config=aws_events.CfnRule.DeadLetterConfigProperty(
                        arn=given_up.queue_arn
                    ),
                )
            ],
        )
        events = aws_iam.ServicePrincipal("events.amazonaws.com")
        function.function.add_permission("Rule", principal=events, source_arn=rule.attr_arn)
        given_up.add_to_resource_policy(
            aws_iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                resources=[given_up.queue_arn],
                principals=[events],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
        aws_lambda.CfnEventInvokeConfig(
            self,
            "Asynchronous",
            function_name=function.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=2,
            maximum_event_age_in_seconds=6 * 3600,
            destination_config=aws_lambda.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=aws_lambda.CfnEventInvokeConfig.OnFailureProperty(
                    destination=given_up.queue_arn
                )
            ),
        )
        function.allow("sqs:SendMessage", on=given_up.queue_arn)
