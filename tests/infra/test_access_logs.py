"""What must hold of originals replaced, and of the CDN's logs."""

import json
from fnmatch import fnmatch

from tests.infra.conftest import Resource, Templates
from tests.infra.reading import distribution


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
