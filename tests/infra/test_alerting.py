"""What must hold of the way of an alert, and of probes."""

from adaptive.monitoring.notice import DETAIL_TYPE, SOURCE
from adaptive.monitoring.notifier import CLAIM_S, Fate, Outcome, wait_before_retry
from adaptive.monitoring.probe import unpack
from infra.stacks.probes import TABLE
from tests.infra.conftest import Resource, Templates
from tests.infra.reading import FUNCTION


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
