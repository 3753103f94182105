"""Raw events as Parquet by the hour: Firehose, its bucket, the table and queries that read it."""

from pathlib import Path

from aws_cdk import (
    RemovalPolicy,
    Stack,
    aws_athena,
    aws_glue,
    aws_iam,
    aws_kinesisfirehose,
    aws_logs,
)
from constructs import Construct

from adaptive.monitoring.raw_event import COLUMNS
from infra.acknowledge import acknowledge
from infra.constructs.private_bucket import PrivateBucket

_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_QUERIES = Path(__file__).parents[1] / "queries"
"""What each says is its first line."""


class RawEvents(Construct):
    """`stream` takes rows as `adaptive.monitoring.raw_event` writes them.

    The local cloud has no saved queries (context `saved_queries=none`).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        kept_days: int,
        retention: aws_logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        self._bucket = PrivateBucket(
            self,
            "Events",
            kept_days=kept_days,
            unlogged_because="Firehose writes and Athena reads: CloudTrail knows of both",
        )
        self._database = aws_glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_input=aws_glue.CfnDatabase.DatabaseInputProperty(
                description="Raw events of visitors' browsers, a sample"
            ),
        )
        self._table = self._of_hours()
        self._queries()
        self.stream = self._firehose(retention)

    @property
    def bucket_name(self) -> str:
        """Of the bucket that has events and results of queries."""
        return self._bucket.bucket_name

    def _of_hours(self) -> aws_glue.CfnTable:
        """Partitions follow from the clock: nobody has to add any."""
        location = f"s3://{self._bucket.bucket_name}/events/"
        column = aws_glue.CfnTable.ColumnProperty
        return aws_glue.CfnTable(
            self,
            "Table",
            catalog_id=Stack.of(self).account,
            database_name=self._database.ref,
            table_input=aws_glue.CfnTable.TableInputProperty(
                name="raw_events",
                table_type="EXTERNAL_TABLE",
                partition_keys=[column(name="hour", type="string", comment="UTC")],
                parameters={
                    "classification": "parquet",
                    "projection.enabled": "true",
                    "projection.hour.type": "date",
                    "projection.hour.format": "yyyy-MM-dd-HH",
                    "projection.hour.interval": "1",
                    "projection.hour.interval.unit": "HOURS",
                    "projection.hour.range": "NOW-400DAYS,NOW+1HOURS",
                    "storage.location.template": location + "hour=${hour}/",
                },
                storage_descriptor=aws_glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        column(name=each.name, type=each.kind, comment=each.says or None)
                        for each in COLUMNS
                    ],
                    location=location,
                    input_format=_INPUT,
                    output_format=_OUTPUT,
                    serde_info=aws_glue.CfnTable.SerdeInfoProperty(serialization_library=_SERDE),
                ),
            ),
        )

    def _queries(self) -> None:
        group = aws_athena.CfnWorkGroup(
            self,
            "Queries",
            name=f"{Stack.of(self).stack_name}RawEvents",
            work_group_configuration=aws_athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=10_000_000_000,
                result_configuration=aws_athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{self._bucket.bucket_name}/results/",
                    encryption_configuration=aws_athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
        if self.node.try_get_context("saved_queries") == "none":
            return
        for file in sorted(_QUERIES.glob("*.sql")):
            says, _, query = file.read_text().partition("\n")
            aws_athena.CfnNamedQuery(
                self,
                file.stem,
                name=file.stem,
                description=says.removeprefix("-- "),
                database=self._database.ref,
                query_string=query,
                work_group=group.ref,
            )

    def _firehose(self, retention: aws_logs.RetentionDays) -> aws_kinesisfirehose.CfnDeliveryStream:
        role = self._role()
        logs = aws_logs.LogGroup(
            self, "Logs", retention=retention, removal_policy=RemovalPolicy.DESTROY
        )
        log_stream = aws_logs.LogStream(self, "LogStream", log_group=logs)
        logs.grant_write(role)
        part = aws_kinesisfirehose.CfnDeliveryStream
        stream = part(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=part.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="AWS_OWNED_CMK"
            ),
            extended_s3_destination_configuration=part.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=self._bucket.bucket_arn,
                role_arn=role.role_arn,
                prefix="events/hour=!{timestamp:yyyy-MM-dd-HH}/",
                error_output_prefix="refused/!{firehose:error-output-type}/",
                buffering_hints=part.BufferingHintsProperty(
                    interval_in_seconds=900, size_in_m_bs=64
                ),
                cloud_watch_logging_options=part.CloudWatchLoggingOptionsProperty(
                    enabled=True,
                    log_group_name=logs.log_group_name,
                    log_stream_name=log_stream.log_stream_name,
                ),
                data_format_conversion_configuration=part.DataFormatConversionConfigurationProperty(
                    enabled=True,
                    input_format_configuration=part.InputFormatConfigurationProperty(
                        deserializer=part.DeserializerProperty(
                            open_x_json_ser_de=part.OpenXJsonSerDeProperty()
                        )
                    ),
                    output_format_configuration=part.OutputFormatConfigurationProperty(
                        serializer=part.SerializerProperty(
                            parquet_ser_de=part.ParquetSerDeProperty(compression="SNAPPY")
                        )
                    ),
                    schema_configuration=part.SchemaConfigurationProperty(
                        database_name=self._database.ref,
                        table_name=self._table.ref,
                        region=Stack.of(self).region,
                        role_arn=role.role_arn,
                        version_id="LATEST",
                    ),
                ),
            ),
        )
        stream.node.add_dependency(role)
        return stream

    def _role(self) -> aws_iam.Role:
        stack = Stack.of(self)
        role = aws_iam.Role(
            self, "Role", assumed_by=aws_iam.ServicePrincipal("firehose.amazonaws.com")
        )
        objects = ("events/*", "refused/*")
        writing = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
        role.add_to_policy(
            aws_iam.PolicyStatement(
                actions=[*writing],
                resources=[self._bucket.arn_for_objects(pattern) for pattern in objects],
            )
        )
        role.add_to_policy(
            aws_iam.PolicyStatement(
                actions=["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"],
                resources=[self._bucket.bucket_arn],
            )
        )
        role.add_to_policy(
            aws_iam.PolicyStatement(
                actions=["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(
                        service="glue", resource="database", resource_name=self._database.ref
                    ),
                    stack.format_arn(
                        service="glue",
                        resource="table",
                        resource_name=f"{self._database.ref}/{self._table.ref}",
                    ),
                ],
            )
        )
        bucket = self._bucket.node.default_child
        assert bucket is not None  # noqa: S101 - narrows CDK's optional
        arn = f"<{stack.get_logical_id(bucket)}.Arn>"  # type: ignore[arg-type]
        for pattern in objects:
            acknowledge(
                role,
                f"AwsSolutions-IAM5[Resource::{arn}/{pattern}]",
                because="Firehose names the objects it writes",
            )
        return role
