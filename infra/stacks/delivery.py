"""Takes measurements in: HTTP API -> ingest -> Kinesis -> score -> DynamoDB."""

from typing import Any

from aws_cdk import (
    CfnOutput,
    Duration,
    RemovalPolicy,
    Stack,
    aws_dynamodb,
    aws_kinesis,
)
from constructs import Construct

from adaptive.settings.delivery import IngestSettings, ScoreSettings
from infra.constructs.alarm import Alarm, CountAlarm
from infra.constructs.beacon_api import BeaconApi
from infra.constructs.layer import Layer
from infra.constructs.origin_secret import OriginSecret
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import PythonFunction
from infra.constructs.site_distribution import Api
from infra.constructs.stream_consumer import StreamConsumer
from infra.constructs.versioned_table import versioned_table
from infra.site import Site

_DAY_S = 86_400


class DeliveryStack(Stack):
    """`api` is where the edge sends `/rum`; `beacons` what came in there, for whoever reads the
    stream, and `dead_letters` where they put what they cannot read. `operations` is the table of
    what operators decide and of what was changed (adaptive.delivery.changes).
    """

    def __init__(self, scope: Construct, construct_id: str, *, site: Site, **props: Any) -> None:  # noqa: ANN401 - StackProps
        super().__init__(scope, construct_id, **props)
        self._site = site
        self._layer = Layer(self, "CoreLayer", name="core")
        self.sessions = sessions = self._sessions()
        self.operations = versioned_table(self, "Operations")
        self.beacons = beacons = self._beacons()
        self.dead_letters = dead_letters = PrivateBucket(
            self,
            "DeadLetters",
            kept_days=30,
            unlogged_because="functions write and operators read: CloudTrail knows the latter",
        )
        secret = OriginSecret(self, "OriginSecret")
        self.ingest = ingest = self._ingest(sessions, beacons, secret)
        self.score = self._score(sessions, beacons, dead_letters)
        api = BeaconApi(
            self,
            "BeaconApi",
            ingest=ingest.live(provisioned=site.cloud.ingest_provisioned),
            requests_per_second=site.cloud.requests_per_second,
        )
        self.api = Api(api.domain, secret)
        Alarm(
            self,
            "PolicyUnread",
            meaning="Policies that are put, a kill too, do not reach visitors.",
            function="ingest",
            metric="PolicyUnread",
            at_least=1,
        )
        CountAlarm(
            self,
            "BeaconsBuried",
            meaning="Records of the stream could not be read, and are dead letters.",
            function="score",
            metric="RecordsBuried",
            at_least=1,
        )
        CountAlarm(
            self,
            "BeaconsUnavailable",
            meaning="[page] The stream does not take beacons: agents are told to come back.",
            function="ingest",
            metric="UnavailableError",
            at_least=10,
        )
        CfnOutput(self, "ApiEndpoint", value=api.api_endpoint)
        CfnOutput(self, "IngestFunctionName", value=ingest.function.function_name)
        CfnOutput(self, "SessionsTableName", value=sessions.table_name)
        CfnOutput(self, "BeaconStreamName", value=beacons.stream_name)
        CfnOutput(self, "OperationsTableName", value=self.operations.table_name)
        CfnOutput(self, "DeadLetterBucketName", value=dead_letters.bucket_name)

    def _sessions(self) -> aws_dynamodb.Table:
        return aws_dynamodb.Table(
            self,
            "Sessions",
            partition_key=aws_dynamodb.Attribute(
                name="session_id", type=aws_dynamodb.AttributeType.STRING
            ),
            time_to_live_attribute="expires_at",
            billing_mode=aws_dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=aws_dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=aws_dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _beacons(self) -> aws_kinesis.Stream:
        cloud = self._site.cloud
        provisioned = cloud.stream == "provisioned"
        mode = aws_kinesis.StreamMode
        return aws_kinesis.Stream(
            self,
            "Beacons",
            stream_mode=mode.PROVISIONED if provisioned else mode.ON_DEMAND,
            shard_count=cloud.shards if provisioned else None,
            retention_period=Duration.hours(24),
            encryption=aws_kinesis.StreamEncryption.MANAGED,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _ingest(
        self, sessions: aws_dynamodb.ITable, beacons: aws_kinesis.IStream, secret: OriginSecret
    ) -> PythonFunction:
        site = self._site
        ingest = PythonFunction(
            self,
            "Ingest",
            folder="delivery/ingest",
            settings=IngestSettings(
                sessions_table=sessions.table_name,
                operations_table=self.operations.table_name,
                beacon_stream=beacons.stream_name,
                origin_secret=secret.secret_arn,
                session_beacons_per_minute=site.cloud.session_beacons_per_minute,
                sender_beacons_per_minute=site.cloud.sender_beacons_per_minute,
                holdout_share=site.holdout.share,
                holdout_salt=site.holdout.salt,
                visitor_ttl_s=site.holdout.sticky_days * 86_400,
                rules=site.rules,
            ),
            layers=[self._layer],
            timeout_s=10,
            memory_mib=512,
            log_days=site.cloud.log_days,
            reserved=site.cloud.ingest_reserved,
        )
        ingest.allow("dynamodb:GetItem", on=sessions.table_arn)
        ingest.allow("dynamodb:BatchGetItem", "dynamodb:Query", on=self.operations.table_arn)
        ingest.allow("kinesis:PutRecords", on=beacons.stream_arn)
        ingest.allow("secretsmanager:GetSecretValue", on=secret.secret_arn)
        return ingest

    def _score(
        self,
        sessions: aws_dynamodb.ITable,
        beacons: aws_kinesis.IStream,
        dead_letters: PrivateBucket,
    ) -> PythonFunction:
        site = self._site
        score = PythonFunction(
            self,
            "Score",
            folder="delivery/score",
            traced=False,
            settings=ScoreSettings(
                sessions_table=sessions.table_name,
                operations_table=self.operations.table_name,
                dead_letter_bucket=dead_letters.bucket_name,
                session_ttl_s=site.sessions.ttl_days * _DAY_S,
                rules=site.rules,
            ),
            layers=[self._layer],
            timeout_s=60,
            memory_mib=512,
            log_days=site.cloud.log_days,
        )
        score.allow("dynamodb:GetItem", "dynamodb:PutItem", on=sessions.table_arn)
        score.allow("dynamodb:BatchGetItem", on=self.operations.table_arn)
        score.allow_objects(
            "s3:PutObject",
            bucket=dead_letters,
            below="beacons/",
            because="a dead letter is named by its sequence number",
        )
        StreamConsumer(
            self,
            "ScoreBeacons",
            function=score,
            stream=beacons,
            dead_letters=dead_letters,
            batch_size=100,
            window_s=1,
            behind="ScoreBehind",
            stale="sessions that answers are decided by.",
        )
        return score
