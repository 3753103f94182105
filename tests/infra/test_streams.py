"""What must hold of the stream, its consumers and what they keep."""

from adaptive.monitoring.draft import LATE_AFTER_MINUTES
from adaptive.monitoring.merging import FINAL_AFTER_MINUTES
from adaptive.monitoring.raw_event import COLUMNS
from adaptive.monitoring.view import CORRECTED_FOR_MINUTES
from tests.infra.conftest import Resource, Templates
from tests.infra.reading import MAPPING


def streams(templates: Templates) -> list[Resource]:
    """The mappings from a stream to a function."""
    return [each for each in templates.properties(MAPPING) if "StartingPosition" in each]


def test_one_batch_of_a_shard_is_rolled_up_at_a_time(templates: Templates) -> None:
    (mapping,) = (
        mapping["Properties"]
        for name, mapping in templates.of_type(MAPPING).items()
        if name.startswith("AdaptiveMonitoring.RollUp")
    )
    assert mapping["ParallelizationFactor"] == 1


def test_no_minute_changes_after_its_final_merge(templates: Templates) -> None:
    ages_s = [each["MaximumRecordAgeInSeconds"] for each in streams(templates)]
    latest = LATE_AFTER_MINUTES + max(ages_s) // 60 + CORRECTED_FOR_MINUTES
    assert latest < FINAL_AFTER_MINUTES


def test_dead_letters_are_kept_for_a_month(templates: Templates) -> None:
    (bucket,) = (
        bucket["Properties"]
        for name, bucket in templates.of_type("AWS::S3::Bucket").items()
        if name.startswith("AdaptiveDelivery.DeadLetters")
    )
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"ExpirationInDays": 30, "Status": "Enabled"}
    ]


def test_a_stream_consumer_gives_up_in_the_end_and_says_what_on(templates: Templates) -> None:
    for mapping in streams(templates):
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BisectBatchOnFunctionError"] is True
        assert 0 < mapping["MaximumRetryAttempts"] < 100
        assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600  # the stream's retention


def test_raw_events_become_parquet_by_the_columns_that_rows_are_written_by(
    templates: Templates,
) -> None:
    ((table_id, table),) = templates.of_type("AWS::Glue::Table").items()
    shape = table["Properties"]["TableInput"]
    columns = shape["StorageDescriptor"]["Columns"]
    assert [(each["Name"], each["Type"]) for each in columns] == [
        (column.name, column.kind) for column in COLUMNS
    ]
    assert [each["Name"] for each in shape["PartitionKeys"]] == ["hour"]
    (stream,) = templates.properties("AWS::KinesisFirehose::DeliveryStream")
    to_s3 = stream["ExtendedS3DestinationConfiguration"]
    assert to_s3["Prefix"] == "events/hour=!{timestamp:yyyy-MM-dd-HH}/"
    conversion = to_s3["DataFormatConversionConfiguration"]
    assert conversion["SchemaConfiguration"]["TableName"] == {"Ref": table_id.partition(".")[2]}
    assert conversion["Enabled"]
    assert "ParquetSerDe" in conversion["OutputFormatConfiguration"]["Serializer"]


def test_saved_queries_weigh_and_take_each_event_once(templates: Templates) -> None:
    queries = {
        each["Name"]: each["QueryString"]
        for each in templates.properties("AWS::Athena::NamedQuery")
    }
    assert set(queries) == {"SlowestPages", "FailingSessions"}
    names = {column.name for column in COLUMNS}
    assert "sum(1 / inclusion_probability)" in queries["SlowestPages"]
    for query in queries.values():
        assert "row_number() OVER (PARTITION BY session, view_id" in query
        assert {"session", "view_id", "sequence", "inclusion_probability"} <= names
