"""What must hold of the cloud, whatever else changes."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Match, Template
from aws_cdk.aws_lambda import CfnFunction, Function
from aws_cdk.aws_s3 import Bucket

from adaptive.monitoring.draft import LATE_AFTER_MINUTES
from adaptive.monitoring.merging import FINAL_AFTER_MINUTES
from adaptive.monitoring.notice import DETAIL_TYPE, SOURCE
from adaptive.monitoring.notifier import CLAIM_S, Fate, Outcome, wait_before_retry
from adaptive.monitoring.probe import unpack
from adaptive.monitoring.raw_event import COLUMNS
from adaptive.monitoring.tally import CORRECTED_FOR_MINUTES
from app import build
from infra.constructs import function_folder
from infra.stacks.probes import TABLE
from tests.infra.conftest import SITE_FILE, Resource, Templates

FUNCTION = "AWS::Lambda::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"


def streams(templates: Templates) -> list[Resource]:
    """The mappings from a stream to a function."""
    return [each for each in templates.properties(MAPPING) if "StartingPosition" in each]


def statements(templates: Templates) -> Iterator[tuple[str, Resource]]:
    """Every statement that grants a role of ours something."""
    for name, policy in templates.of_type("AWS::IAM::Policy").items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            yield name, statement


def actions(statement: Resource) -> list[str]:
    granted = statement["Action"]
    return granted if isinstance(granted, list) else [granted]


def edge_function(templates: Templates) -> Resource:
    (found,) = (
        function
        for function in templates.of_type(FUNCTION).values()
        if function["Metadata"]["adaptive:folder"] == "delivery/edge_request"
    )
    return found["Properties"]  # type: ignore[no-any-return]


def distribution(templates: Templates) -> Resource:
    (found,) = templates.of_stack("AdaptiveEdge").properties("AWS::CloudFront::Distribution")
    return found["DistributionConfig"]  # type: ignore[no-any-return]


def behavior(templates: Templates, pattern: str) -> Resource:
    (found,) = (
        each for each in distribution(templates)["CacheBehaviors"] if each["PathPattern"] == pattern
    )
    return found  # type: ignore[no-any-return]


def referred(templates: Templates, reference: Resource) -> Resource:
    """The properties of the resource of the edge stack that `{"Ref": …}` means."""
    resource = templates.by_stack["AdaptiveEdge"]["Resources"][reference["Ref"]]
    return resource["Properties"]  # type: ignore[no-any-return]


def rule(templates: Templates, bucket: str) -> Resource:
    """The rule for objects of a bucket; what it cannot deliver is kept."""
    (found,) = (
        each
        for each in templates.properties("AWS::Events::Rule")
        if each.get("EventPattern", {}).get("source") == ["aws.s3"]
        and each["EventPattern"]["detail"]["bucket"]["name"][0]["Ref"].startswith(bucket)
    )
    (target,) = found["Targets"]
    assert target["DeadLetterConfig"]["Arn"]
    return found


def told(templates: Templates) -> set[str]:
    """The buckets that tell EventBridge of their objects."""
    return {
        name.partition(".")[2]
        for name, bucket in templates.of_type("AWS::S3::Bucket").items()
        if bucket["Properties"].get("NotificationConfiguration")
        == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    }


def test_no_role_may_do_a_whole_family_of_actions(templates: Templates) -> None:
    for name, statement in statements(templates):
        assert not [action for action in actions(statement) if "*" in action], name


def test_only_tracing_is_granted_on_everything(templates: Templates) -> None:
    for name, statement in statements(templates):
        if statement["Resource"] == "*":
            assert {action.partition(":")[0] for action in actions(statement)} == {"xray"}, name


def test_no_role_has_a_policy_written_by_someone_else(templates: Templates) -> None:
    for role in templates.properties("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role


def test_what_is_stored_is_encrypted(templates: Templates) -> None:
    for bucket in templates.properties("AWS::S3::Bucket"):
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    for table in templates.properties("AWS::DynamoDB::Table"):
        assert table["SSESpecification"] == {"SSEEnabled": True}
    for stream in templates.properties("AWS::Kinesis::Stream"):
        assert stream["StreamEncryption"]["EncryptionType"] == "KMS"


def test_buckets_are_private_and_speak_tls_only(templates: Templates) -> None:
    blocks = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    guarded = [
        policy["Bucket"]["Ref"]
        for policy in templates.properties("AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] == {"AWS": "*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]
    for name, bucket in templates.of_type("AWS::S3::Bucket").items():
        assert bucket["Properties"]["PublicAccessBlockConfiguration"] == dict.fromkeys(blocks, True)
        assert name.partition(".")[2] in guarded


def test_what_cannot_be_made_again_outlives_its_stack(templates: Templates) -> None:
    for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
        for resource in templates.of_type(kind).values():
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


def test_items_expire_and_can_be_restored(templates: Templates) -> None:
    for table in templates.properties("AWS::DynamoDB::Table"):
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_what_tells_sessions_apart_is_not_where_rollups_are(templates: Templates) -> None:
    keys = {
        name.partition(".")[2][:-8]: [
            each["AttributeName"] for each in table["Properties"]["KeySchema"]
        ]
        for name, table in templates.of_type("AWS::DynamoDB::Table").items()
    }
    assert {"Sessions", "Rollups", "Tallies"} <= keys.keys()
    assert keys.pop("Sessions") == ["session_id"]
    assert all(others == ["pk", "sk"] for others in keys.values())


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


def test_a_function_that_nobody_waits_for_has_a_place_for_its_failures(
    templates: Templates,
) -> None:
    waited_for_by_nobody = {
        name
        for kind in ("AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::SNS::Subscription")
        for caller in templates.of_type(kind).values()
        for name in templates.of_type(FUNCTION)
        if f'"{name.partition(".")[2]}"' in json.dumps(caller)
    }
    covered = {
        name
        for name in templates.of_type(FUNCTION)
        for config in templates.of_type("AWS::Lambda::EventInvokeConfig").values()
        if config["Properties"]["FunctionName"] == {"Ref": name.partition(".")[2]}
        and "OnFailure" in config["Properties"]["DestinationConfig"]
    }
    assert waited_for_by_nobody <= covered


def test_a_replaced_original_is_noticed_and_a_failure_to_act_is_kept(templates: Templates) -> None:
    detail = rule(templates, "SiteBucket")["EventPattern"]["detail"]
    assert detail["bucket"]["name"][0]["Ref"] in told(templates)
    [without] = detail["object"]["key"]
    ours = without["anything-but"]["wildcard"]
    of_ours = ("960w.lite.avif", "960w.lite.avif.lock", "replaced")
    assert all(any(fnmatch(f"img/a.jpg/{name}", each) for each in ours) for name in of_ours)
    assert not any(fnmatch("img/row.full.jpg", each) for each in ours)


def test_every_access_log_is_tallied_and_a_failure_to_do_so_is_kept(templates: Templates) -> None:
    bucket = rule(templates, "AccessLogs")["EventPattern"]["detail"]["bucket"]["name"][0]["Ref"]
    assert bucket in told(templates)
    resources = templates.by_stack["AdaptiveEdge"]["Resources"]
    assert resources[bucket]["Properties"]["LifecycleConfiguration"]["Rules"] == [
        {"ExpirationInDays": 7, "Status": "Enabled"}
    ]
    (destination,) = templates.properties("AWS::Logs::DeliveryDestination")
    assert destination["DestinationResourceArn"] == {"Fn::GetAtt": [bucket, "Arn"]}
    (source,) = templates.properties("AWS::Logs::DeliverySource")
    assert "Distribution" in json.dumps(source["ResourceArn"])


def test_access_logs_have_nothing_of_a_visitor(templates: Templates) -> None:
    (delivery,) = templates.properties("AWS::Logs::Delivery")
    assert set(delivery["RecordFields"]) == {
        *("date", "time", "cs-method", "cs-uri-stem"),
        *("sc-status", "sc-bytes", "x-edge-result-type"),
    }
    assert "Logging" not in distribution(templates)


def test_only_the_log_delivery_of_this_account_may_write_logs(templates: Templates) -> None:
    (grant,) = (
        statement
        for policy in templates.properties("AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    )
    assert (grant["Effect"], grant["Action"]) == ("Allow", "s3:PutObject")
    assert grant["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert "delivery-source:*" in json.dumps(grant["Condition"]["ArnLike"]["aws:SourceArn"])


def test_every_alarm_says_what_to_do(templates: Templates) -> None:
    runbooks = Path(__file__).parents[2] / "docs" / "runbooks"
    alarms = templates.properties("AWS::CloudWatch::Alarm")
    for alarm in alarms:
        page = f"{alarm['AlarmName']}.md"
        assert page in alarm["AlarmDescription"]
        assert (runbooks / page).is_file()
    assert {f"{alarm['AlarmName']}.md" for alarm in alarms} == {
        page.name for page in runbooks.glob("Adaptive*.md")
    }


def queue_of(templates: Templates, name: str) -> tuple[str, Resource]:
    """A queue of the notification, by logical id and properties."""
    (found,) = (
        (each.partition(".")[2], queue["Properties"])
        for each, queue in templates.of_type("AWS::SQS::Queue").items()
        if each.startswith(f"AdaptiveMonitoring.Notification{name}")
    )
    return found


def test_an_alert_is_tried_for_half_an_hour_and_then_kept_for_two_weeks(
    templates: Templates,
) -> None:
    given_up, kept = queue_of(templates, "GivenUp")
    assert kept["MessageRetentionPeriod"] == 14 * 86_400
    _, queue = queue_of(templates, "Queue")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [given_up, "Arn"]}
    waits = [
        wait_before_retry({"team": Outcome(Fate.FAILED)}, received=received)
        for received in range(1, queue["RedrivePolicy"]["maxReceiveCount"])
    ]
    assert 30 * 60 <= sum(waits) <= 60 * 60
    (notify,) = (
        function["Properties"]
        for function in templates.of_type(FUNCTION).values()
        if function["Metadata"]["adaptive:folder"] == "monitoring/notify"
    )
    assert notify["Timeout"] < CLAIM_S < queue["VisibilityTimeout"]


def test_alerts_and_our_own_alarms_reach_the_queue_and_what_does_not_is_kept(
    templates: Templates,
) -> None:
    queue, _ = queue_of(templates, "Queue")
    given_up, _ = queue_of(templates, "GivenUp")
    patterns = []
    for each in templates.properties("AWS::Events::Rule"):
        (target,) = each["Targets"]
        if target["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}:
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [given_up, "Arn"]}
            patterns.append((each.get("EventBusName") is None, each["EventPattern"]))
    own, alerts = sorted(patterns, key=lambda each: not each[0])
    assert own[1]["detail"] == {"alarmName": [{"prefix": "Adaptive"}]}
    assert own[1]["source"] == ["aws.cloudwatch"]
    assert alerts == (False, {"source": [SOURCE], "detail-type": [DETAIL_TYPE]})
    for alarm in templates.properties("AWS::CloudWatch::Alarm"):
        assert alarm["AlarmName"].startswith("Adaptive")


def test_people_hear_of_a_broken_notify_past_notify(templates: Templates) -> None:
    told = {
        alarm["AlarmName"]: alarm.get("AlarmActions")
        for alarm in templates.properties("AWS::CloudWatch::Alarm")
        if "Notices" in alarm["AlarmName"]
    }
    assert set(told) == {"AdaptiveMonitoringNoticesGivenUp", "AdaptiveMonitoringNoticesDelayed"}
    assert all(told.values())
    (subscription,) = templates.properties("AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ops@example.com")


def test_probes_look_from_every_region_and_tell_one_place(templates: Templates) -> None:
    probes = {
        name.partition(".")[0]: function["Properties"]["Environment"]["Variables"]
        for name, function in templates.of_type(FUNCTION).items()
        if function["Metadata"]["adaptive:folder"] == "monitoring/probe"
    }
    assert {each["LOCATION"] for each in probes.values()} == {"us-east-1", "eu-west-1"}
    assert {each["HOME_REGION"] for each in probes.values()} == {"us-east-1"}
    (parameter,) = templates.properties("AWS::SSM::Parameter")
    assert {each["ROLLUPS_PARAMETER"] for each in probes.values()} == {parameter["Name"]}
    renditions, buy = unpack(probes["AdaptiveProbesEuWest1"]["PROBES"])
    assert [step.name for step in renditions.steps][:2] == ["full", "full-again"]
    assert renditions.steps[-1].headers["cookie"] == "ae_tier=minimal"
    assert renditions.steps[-1].url == "https://www.example.com/img/hero.jpg"
    assert buy.steps[0].url == "https://www.example.com/p/1"


def test_what_probes_may_write_to_is_the_table_of_rollups(templates: Templates) -> None:
    pattern = TABLE.removesuffix("*")
    fitting = [
        name
        for name in templates.of_type("AWS::DynamoDB::Table")
        if name.replace(".", "-").startswith(pattern)
    ]
    assert len(fitting) == 1


def test_too_many_originals_in_place_of_renditions_raise_an_alarm(templates: Templates) -> None:
    (alarm,) = (
        each
        for each in templates.properties("AWS::CloudWatch::Alarm")
        if each["MetricName"] == "RenderFallback"
    )
    assert (alarm["Namespace"], alarm["Statistic"]) == ("AdaptiveEdge", "Average")
    assert alarm["Dimensions"] == [{"Name": "service", "Value": "render"}]
    assert alarm["Threshold"] == 0.05
    assert alarm["TreatMissingData"] == "notBreaching"


def test_every_function_keeps_its_logs_for_a_time_that_was_chosen(templates: Templates) -> None:
    for group in templates.properties("AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] == 30


def test_functions_run_as_their_layers_were_built(templates: Templates) -> None:
    for function in templates.properties(FUNCTION):
        assert function["Runtime"] == "python3.13"
        if "Layers" in function:
            assert function["Architectures"] == ["arm64"]


def test_the_edge_function_is_one_that_lambda_at_edge_takes(templates: Templates) -> None:
    function = edge_function(templates)
    assert not {"Environment", "Layers", "VpcConfig", "TracingConfig", "DeadLetterConfig"} & set(
        function
    )
    assert function["Architectures"] == ["x86_64"]
    assert function["Timeout"] <= 5
    assert function["MemorySize"] <= 128


def test_the_edge_function_trusts_both_services_that_run_it(templates: Templates) -> None:
    role_id = edge_function(templates)["Role"]["Fn::GetAtt"][0]
    role = templates.by_stack["AdaptiveEdge"]["Resources"][role_id]["Properties"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert set(trust["Principal"]["Service"]) == {
        "lambda.amazonaws.com",
        "edgelambda.amazonaws.com",
    }


def for_browsers(templates: Templates, of: Resource) -> dict[str, str]:
    """The headers that its policy adds."""
    policy = referred(templates, of["ResponseHeadersPolicyId"])["ResponseHeadersPolicyConfig"]
    return {each["Header"]: each["Value"] for each in policy["CustomHeadersConfig"]["Items"]}


@pytest.mark.parametrize("pattern", ["/img/*", "/js/*"])
def test_adapted_paths_run_a_numbered_version_before_the_cache(
    pattern: str, templates: Templates
) -> None:
    (association,) = behavior(templates, pattern)["LambdaFunctionAssociations"]
    assert association["EventType"] == "viewer-request"
    assert "IncludeBody" not in association
    version = association["LambdaFunctionARN"]["Ref"]
    resource = templates.by_stack["AdaptiveEdge"]["Resources"][version]
    assert resource["Type"] == "AWS::Lambda::Version"
    assert resource["DeletionPolicy"] == "Retain"


def test_browsers_are_asked_for_every_hint_that_the_edge_reads(templates: Templates) -> None:
    asked = for_browsers(templates, distribution(templates)["DefaultCacheBehavior"])["Accept-CH"]
    measures = ("width", "viewport-width", "dpr", "rtt", "downlink", "ect", "device-memory")
    read = {"save-data", *measures, *(f"sec-ch-{name}" for name in measures)}
    assert set(asked.lower().split(", ")) == read


def test_a_page_is_looked_up_without_a_function_and_its_answer_pins_the_tier(
    templates: Templates,
) -> None:
    (association,) = distribution(templates)["DefaultCacheBehavior"]["LambdaFunctionAssociations"]
    assert association["EventType"] == "viewer-response"


@pytest.mark.parametrize(
    ("pattern", "cache_control", "vary"),
    [
        ("/img/*", "private, max-age=300", {"DPR", "Width", "Viewport-Width"}),
        ("/js/*", "private, no-cache", set()),
    ],
)
def test_what_moves_with_the_tier_is_kept_by_the_browser_alone_and_judged_by_etag(
    templates: Templates, pattern: str, cache_control: str, vary: set[str]
) -> None:
    sent = for_browsers(templates, behavior(templates, pattern))
    assert sent["Cache-Control"] == cache_control
    said = {each for each in sent.get("Vary", "").split(", ") if each}
    assert said == vary | {f"Sec-CH-{each}" for each in vary}
    policy = referred(templates, behavior(templates, pattern)["ResponseHeadersPolicyId"])
    removed = policy["ResponseHeadersPolicyConfig"]["RemoveHeadersConfig"]["Items"]
    assert removed == [{"Header": "Last-Modified"}]


def test_no_cache_key_has_a_cookie_a_query_or_a_header_of_the_viewer(templates: Templates) -> None:
    for policy in templates.properties("AWS::CloudFront::CachePolicy"):
        key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}


def test_images_are_keyed_by_path_alone(templates: Templates) -> None:
    images = behavior(templates, "/img/*")
    policy = referred(templates, images["CachePolicyId"])["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is False
    assert images["Compress"] is False
    assert policy["MinTTL"] == 0


def test_a_rendition_that_is_not_there_is_made(templates: Templates) -> None:
    config = distribution(templates)
    target = behavior(templates, "/img/*")["TargetOriginId"]
    (group,) = (each for each in config["OriginGroups"]["Items"] if each["Id"] == target)
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
    origins = {each["Id"]: each for each in config["Origins"]}
    bucket, render = (origins[each["OriginId"]] for each in group["Members"]["Items"])
    assert "S3OriginConfig" in bucket
    assert "Url" in json.dumps(render["DomainName"])
    for origin in (bucket, render):
        assert (origin["ConnectionAttempts"], origin["ConnectionTimeout"]) == (1, 2)
        assert origin["OriginAccessControlId"]


def test_only_this_distribution_may_ask_render(templates: Templates) -> None:
    (url,) = templates.properties("AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    granted = [
        permission
        for permission in templates.properties("AWS::Lambda::Permission")
        if permission["Principal"] == "cloudfront.amazonaws.com"
    ]
    assert {each["Action"] for each in granted} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    assert all("distribution/" in json.dumps(each["SourceArn"]) for each in granted)


def test_beacons_are_never_cached_and_carry_no_more_than_ingest_reads(
    templates: Templates,
) -> None:
    beacons = behavior(templates, "/rum")
    policy = referred(templates, beacons["CachePolicyId"])["CachePolicyConfig"]
    assert policy["MinTTL"] == policy["DefaultTTL"] == policy["MaxTTL"] == 0
    assert "POST" in beacons["AllowedMethods"]
    sent = referred(templates, beacons["OriginRequestPolicyId"])["OriginRequestPolicyConfig"]
    assert sent["CookiesConfig"]["Cookies"] == ["ae_sid", "ae_tier"]
    assert sent["HeadersConfig"]["HeaderBehavior"] == "whitelist"
    assert not {"Host", "Authorization", "Cookie"} & set(sent["HeadersConfig"]["Headers"])
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "none"}


def test_other_agents_reach_the_same_api_with_their_queries(templates: Templates) -> None:
    own, foreign = (behavior(templates, path) for path in ("/rum", "/rum/*"))
    assert own["TargetOriginId"] == foreign["TargetOriginId"]
    assert own["CachePolicyId"] == foreign["CachePolicyId"]
    sent = referred(templates, foreign["OriginRequestPolicyId"])["OriginRequestPolicyConfig"]
    assert sent["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert "Content-Encoding" in sent["HeadersConfig"]["Headers"]
    assert len(sent["HeadersConfig"]["Headers"]) <= 10  # what CloudFront takes
    delivery = templates.of_stack("AdaptiveDelivery")
    routes = {each["RouteKey"] for each in delivery.properties("AWS::ApiGatewayV2::Route")}
    assert routes == {"ANY /rum", "ANY /rum/{door+}"}


def test_where_a_visitor_is_comes_from_cloudfront_and_no_address_is_kept(
    templates: Templates,
) -> None:
    sent = referred(templates, behavior(templates, "/rum")["OriginRequestPolicyId"])
    names = set(sent["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"])
    place = ("Country", "Country-Region", "ASN")
    assert {f"CloudFront-Viewer-{each}" for each in place} <= names
    assert not {"CloudFront-Viewer-Address", "X-Forwarded-For"} & names
    assert len(names) <= 10  # what CloudFront takes
    (stage,) = templates.of_stack("AdaptiveDelivery").properties("AWS::ApiGatewayV2::Stage")
    assert "AccessLogSettings" not in stage
    assert "Logging" not in distribution(templates)


def test_the_api_learns_from_a_secret_that_a_request_came_through_cloudfront(
    templates: Templates,
) -> None:
    target = behavior(templates, "/rum")["TargetOriginId"]
    (origin,) = (each for each in distribution(templates)["Origins"] if each["Id"] == target)
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-adaptive-origin"
    before, arn, after = header["HeaderValue"]["Fn::Join"][1]
    assert (before, after) == ("{{resolve:secretsmanager:", ":SecretString:current::}}")
    assert "OriginSecret" in arn["Fn::ImportValue"]
    (secret,) = (
        each["Properties"]
        for name, each in templates.of_type("AWS::SecretsManager::Secret").items()
        if name.partition(".")[2].startswith("OriginSecret")
    )
    assert secret["GenerateSecretString"]["PasswordLength"] >= 32


def test_that_secret_is_rotated_every_two_weeks_by_two_turns(templates: Templates) -> None:
    (schedule,) = (
        rule["ScheduleExpression"]
        for rule in templates.properties("AWS::Events::Rule")
        if "ScheduleExpression" in rule and "RotateSecret" in json.dumps(rule["Targets"])
    )
    assert schedule == "rate(7 days)"


def test_visitors_are_kept_on_tls_and_asked_for_hints(templates: Templates) -> None:
    config = distribution(templates)
    for each in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert each["ViewerProtocolPolicy"] in {"redirect-to-https", "https-only"}
    policies = templates.of_stack("AdaptiveEdge").properties(
        "AWS::CloudFront::ResponseHeadersPolicy"
    )
    for policy in policies:
        added = policy["ResponseHeadersPolicyConfig"]
        (hints,) = (
            each["Value"].split(", ")
            for each in added["CustomHeadersConfig"]["Items"]
            if each["Header"] == "Accept-CH"
        )
        assert {"Sec-CH-DPR", "Sec-CH-Width", "ECT", "Save-Data"} <= set(hints)
        assert added["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}


def test_a_flood_of_beacons_is_turned_away(templates: Templates) -> None:
    (stage,) = templates.of_stack("AdaptiveDelivery").properties("AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 500


def test_without_the_switch_there_is_no_firewall_to_pay_for(templates: Templates) -> None:
    assert templates.of_type("AWS::WAFv2::WebACL") == {}
    assert "WebACLId" not in distribution(templates)


def test_a_firewall_stops_one_address_and_keeps_none(edge_package: Path, tmp_path: Path) -> None:
    text = SITE_FILE.read_text().replace(
        "[cloud]\n", "[cloud]\nfirewall_requests_per_5_minutes = 1_000\n"
    )
    (tmp_path / "site.toml").write_text(text)
    app = build(site_file=tmp_path / "site.toml", edge_package=edge_package, bundle="none")
    stack = app.node.children[1]
    assert isinstance(stack, Stack)
    edge = Template.from_stack(stack).to_json()["Resources"]
    (name,) = (name for name, each in edge.items() if each["Type"] == "AWS::WAFv2::WebACL")
    acl = edge[name]["Properties"]
    (rule,) = acl["Rules"]
    rate = rule["Statement"]["RateBasedStatement"]
    assert acl["Scope"] == "CLOUDFRONT"
    assert (rate["Limit"], rate["AggregateKeyType"], rate["EvaluationWindowSec"]) == (
        1_000,
        "IP",
        300,
    )
    assert rate["ScopeDownStatement"]["ByteMatchStatement"]["SearchString"] == "/rum"
    assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert 'SampledRequestsEnabled": true' not in json.dumps(acl)
    (config,) = (each for each in edge.values() if each["Type"] == "AWS::CloudFront::Distribution")
    assert config["Properties"]["DistributionConfig"]["WebACLId"] == {"Fn::GetAtt": [name, "Arn"]}


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        (
            "AdaptiveDelivery",
            {"ApiEndpoint", "SessionsTableName", "BeaconStreamName", "DeadLetterBucketName"},
        ),
        (
            "AdaptiveEdge",
            {"SiteBucketName", "DistributionId", "DistributionDomainName", "RenderFunctionName"},
        ),
    ],
)
def test_outputs_that_others_read_are_there(
    stack: str, names: set[str], templates: Templates
) -> None:
    assert names <= set(templates.by_stack[stack]["Outputs"])


def test_a_site_may_do_without_scripts_and_shards(edge_package: Path, tmp_path: Path) -> None:
    text = SITE_FILE.read_text().replace('stream = "provisioned"', 'stream = "on-demand"')
    text = text.replace('bundle_prefixes = ["/js/"]', "bundle_prefixes = []")
    before, bundles, after = text.partition("\n[bundles]\n")
    (tmp_path / "site.toml").write_text(before + bundles + after[after.index("[render]") :])
    app = build(site_file=tmp_path / "site.toml", edge_package=edge_package, bundle="none")
    delivery, edge = (Template.from_stack(Stack.of(stack)) for stack in app.node.children[:2])
    delivery.has_resource_properties(
        "AWS::Kinesis::Stream",
        {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": Match.absent()},
    )
    assert "/js/" not in json.dumps(edge.to_json())


def test_what_running_the_code_leaves_behind_changes_no_asset(tmp_path: Path) -> None:
    (tmp_path / "handler.py").write_text("")

    def key() -> object:
        stack = Stack(App(), "Any")
        function = Function(
            stack,
            "Any",
            code=function_folder.source(tmp_path),
            handler=function_folder.HANDLER,
            runtime=function_folder.RUNTIME,
        )
        resource = function.node.default_child
        assert isinstance(resource, CfnFunction)
        return stack.resolve(resource.code)

    before = key()
    (tmp_path / "adaptive" / "__pycache__").mkdir(parents=True)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "handler.cpython-313.pyc").write_bytes(b"compiled")
    (tmp_path / "adaptive" / "__pycache__" / "errors.cpython-313.pyc").write_bytes(b"compiled")
    assert key() == before


def test_cdk_nag_looks_at_every_stack(edge_package: Path) -> None:
    app = build(site_file=SITE_FILE, edge_package=edge_package, bundle="none")
    Bucket(Stack(app, "Careless"), "Bucket")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    report = (Path(app.outdir) / "validation-report.json").read_text()
    assert "AwsSolutions-S10" in report
    assert "AdaptiveEdge" not in report


def test_cfn_lint_finds_nothing(templates: Templates) -> None:
    lint = shutil.which("cfn-lint", path=".venv/bin") or shutil.which("cfn-lint")
    assert lint
    files = sorted(map(str, templates.folder.glob("*.template.json")))
    root = Path(__file__).parents[2]
    done = subprocess.run(  # noqa: S603
        [lint, *files], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stdout


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
