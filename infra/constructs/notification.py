"""How people hear of alerts: a bus, a queue behind it, `notify`, and where it posts to."""

import json

from aws_cdk import (
    CfnOutput,
    Duration,
    RemovalPolicy,
    aws_cloudwatch,
    aws_events,
    aws_events_targets,
    aws_lambda_event_sources,
    aws_secretsmanager,
    aws_sns,
    aws_sns_subscriptions,
    aws_sqs,
)
from constructs import Construct

from adaptive.monitoring import cloudwatch_alarm
from adaptive.monitoring.notice import DETAIL_TYPE, SOURCE
from adaptive.settings.monitoring import NotifySettings
from infra.acknowledge import acknowledge
from infra.constructs.alarm import MetricAlarm
from infra.constructs.layer import Layer
from infra.constructs.python_function import PythonFunction
from infra.constructs.versioned_table import versioned_table
from infra.site import Site

_RECEIVES = 8  # with the back-off of adaptive.monitoring.notifier: half an hour
_VISIBLE_AGAIN_S = 180
_TIMEOUT_S = 60


class Notification(Construct):
    """What is published on `bus` as detail type `Alert` is told to every destination of the site,
    and so are the changes of our own CloudWatch alarms.
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, layer: Layer) -> None:
        super().__init__(scope, construct_id)
        self._site = site
        self.bus = aws_events.EventBus(self, "Bus", description="Alerts, for whoever listens")
        self._given_up, self._queue = self._queues()
        self._listen()
        self._topic = self._letters()
        self._secret = self._addresses()
        function = self._notify(layer)
        function.function.add_event_source(
            aws_lambda_event_sources.SqsEventSource(
                self._queue, batch_size=1, report_batch_item_failures=True, max_concurrency=5
            )
        )
        self._alarms()
        CfnOutput(scope, "AlertBusName", value=self.bus.event_bus_name)
        CfnOutput(scope, "AlertTopicArn", value=self._topic.topic_arn)
        CfnOutput(scope, "DestinationSecretArn", value=self._secret.secret_arn)
        CfnOutput(scope, "GivenUpNoticesUrl", value=self._given_up.queue_url)

    def publishing(self, function: PythonFunction) -> None:
        """Let a function publish on the bus."""
        function.allow("events:PutEvents", on=self.bus.event_bus_arn)

    def _queues(self) -> tuple[aws_sqs.Queue, aws_sqs.Queue]:
        given_up = aws_sqs.Queue(
            self,
            "GivenUp",
            encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(given_up, "AwsSolutions-SQS3", because="it is a dead-letter queue")
        queue = aws_sqs.Queue(
            self,
            "Queue",
            encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(_VISIBLE_AGAIN_S),
            dead_letter_queue=aws_sqs.DeadLetterQueue(queue=given_up, max_receive_count=_RECEIVES),
        )
        return given_up, queue

    def _listen(self) -> None:
        target = aws_events_targets.SqsQueue(self._queue, dead_letter_queue=self._given_up)
        aws_events.Rule(
            self,
            "Alerts",
            event_bus=self.bus,
            event_pattern=aws_events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE]),
            targets=[target],
        )
        aws_events.Rule(
            self,
            "OwnAlarms",
            event_pattern=aws_events.EventPattern(
                source=[cloudwatch_alarm.SOURCE],
                detail_type=[cloudwatch_alarm.DETAIL_TYPE],
                detail={"alarmName": [{"prefix": "Adaptive"}]},
            ),
            targets=[target],
        )

    def _letters(self) -> aws_sns.Topic:
        # Not encrypted by the AWS-managed key: CloudWatch's alarms could not publish with it
        # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).
        topic = aws_sns.Topic(self, "Topic", enforce_ssl=True)
        for address in self._site.notify.email:
            topic.add_subscription(aws_sns_subscriptions.EmailSubscription(address))
        return topic

    def _addresses(self) -> aws_secretsmanager.Secret:
        secret = aws_secretsmanager.Secret(
            self,
            "Destinations",
            description="Where alerts are posted to, and the key their signature is made with",
            generate_secret_string=aws_secretsmanager.SecretStringGenerator(
                secret_string_template=json.dumps({"addresses": {}}),
                generate_string_key="signing_key",
                password_length=44,  # of letters and digits: base64 of 33 bytes
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            because="the addresses are others' to rotate; `./adaptive-ops address` puts a new one",
        )
        return secret

    def _notify(self, layer: Layer) -> PythonFunction:
        sent = versioned_table(self, "Sent")
        site = self._site
        notify = PythonFunction(
            self,
            "Notify",
            folder="monitoring/notify",
            settings=NotifySettings(
                site=site.site.name,
                queue_url=self._queue.queue_url,
                sent_table=sent.table_name,
                topic=self._topic.topic_arn,
                topic_severities=site.notify.email_severities,
                destination_secret=self._secret.secret_arn,
                destinations=site.notify.destinations,
            ),
            layers=[layer],
            timeout_s=_TIMEOUT_S,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        notify.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=sent.table_arn)
        notify.allow("secretsmanager:GetSecretValue", on=self._secret.secret_arn)
        notify.allow("sns:Publish", on=self._topic.topic_arn)
        return notify

    def _alarms(self) -> None:
        minute = Duration.minutes(1)
        longest = aws_cloudwatch.Stats.MAXIMUM
        MetricAlarm(
            self,
            "NoticesGivenUp",
            meaning="[page] Somebody was not told of an alert, in half an hour of trying.",
            metric=self._given_up.metric_approximate_number_of_messages_visible(
                period=minute, statistic=longest
            ),
            at_least=1,
            periods=1,
            topic=self._topic,
        )
        MetricAlarm(
            self,
            "NoticesDelayed",
            meaning="[page] A notice of an alert has been waiting for ten minutes.",
            metric=self._queue.metric_approximate_age_of_oldest_message(
                period=minute, statistic=longest
            ),
            at_least=600,
            periods=3,
            topic=self._topic,
        )
