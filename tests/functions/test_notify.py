"""notify, from the queue to a receiver over real TLS."""

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto.sqs.models import sqs_backends
from standardwebhooks import Webhook as Judge

from adaptive.aws.public_https import Network
from adaptive.aws.queue import put_off
from adaptive.monitoring import cloudwatch_alarm
from adaptive.monitoring.notice import DETAIL_TYPE, SOURCE, Notice
from adaptive.settings.monitoring import NotifySettings
from lambdas.monitoring.notify import handler
from tests.receiver_world import (
    Receiver,
    garbage,
    hanging_up,
    receiving,
    saying,
    silent,
    taking_it_but_dripping,
)
from tests.samples import NOTIFY, notice

KEY = base64.b64encode(bytes(range(33))).decode()
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
ADDRESSES = {
    "team": "https://hooks.slack.com/services/T0/B0/xYz",
    "office": "https://prod-07.westeurope.logic.azure.com:443/workflows/a?sig=b",
    "oncall": ROUTING_KEY,
    "own": "https://alerts.example.com/hook",
}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as found:
        yield found


@pytest.fixture
def world(aws: SimpleNamespace, receiver: Receiver) -> SimpleNamespace:
    """`invoke` is the whole function; `letters` is what the topic's subscriber got."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName="notices")["QueueUrl"]
    letters = sqs.create_queue(QueueName="letters")["QueueUrl"]
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    attributes = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["Attributes"]["QueueArn"])
    boto3.client("secretsmanager").create_secret(
        Name=NOTIFY.destination_secret,
        SecretString=json.dumps({"signing_key": KEY, "addresses": ADDRESSES}),
    )
    settings = NOTIFY.model_copy(update={"queue_url": queue, "topic": topic})
    pauses = list[float]()

    def invoke(
        event: Any, *, network: Network = receiver.network, settings: NotifySettings = settings
    ) -> Any:
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
        received = sqs.receive_message(
            QueueUrl=queue, MessageSystemAttributeNames=["ApproximateReceiveCount"]
        )
        [message] = received["Messages"]
        record = {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "attributes": message["Attributes"],
            "body": message["Body"],
        }
        routing = handler.compose(settings, network, pauses.append)
        return handler.notify(
            {"Records": [record]}, routing, partial(put_off, sqs, queue_url=queue)
        )

    def heard_by_mail() -> list[Any]:
        messages = sqs.receive_message(QueueUrl=letters, MaxNumberOfMessages=10).get("Messages", ())
        return [json.loads(message["Body"]) for message in messages]

    return SimpleNamespace(
        invoke=invoke, letters=heard_by_mail, sqs=sqs, queue=queue, settings=settings
    )


def event(about: Notice) -> dict[str, Any]:
    return {
        "version": "0",
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "region": "us-east-1",
        "detail": about.model_dump(mode="json"),
    }


DONE: dict[str, Any] = {"batchItemFailures": []}


def test_a_page_reaches_every_destination_in_its_own_words(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    assert world.invoke(event(notice())) == DONE
    [slack] = receiver.at("hooks.slack.com")
    assert slack.path == "/services/T0/B0/xYz"
    assert slack.json["text"] == "Page: Product pages are slow"
    [teams] = receiver.at("prod-07.westeurope.logic.azure.com")
    assert teams.path == "/workflows/a?sig=b"
    [pager] = receiver.at("events.pagerduty.com")
    assert (pager.path, pager.json["routing_key"]) == ("/v2/enqueue", ROUTING_KEY)
    [own] = receiver.at("alerts.example.com")
    call = Judge(KEY).verify(own.body, own.headers)
    assert call["notice"]["id"] == own.headers["webhook-id"] == notice().id
    [letter] = world.letters()
    assert letter["Subject"] == "Page: Product pages are slow"
    assert "82% of the excess" in letter["Message"]


def test_what_is_delivered_twice_is_told_once(world: SimpleNamespace, receiver: Receiver) -> None:
    for _ in range(3):
        assert world.invoke(event(notice())) == DONE
    assert len(receiver.heard) == len(ADDRESSES)
    assert len(world.letters()) == 1


@pytest.mark.parametrize(
    ("severity", "hosts"),
    [
        ("info", {"hooks.slack.com"}),
        ("ticket", {"hooks.slack.com", "alerts.example.com"}),
    ],
)
def test_a_severity_goes_only_where_it_is_wanted(
    severity: str, hosts: set[str], world: SimpleNamespace, receiver: Receiver
) -> None:
    assert world.invoke(event(notice(severity=severity))) == DONE
    assert {each.host for each in receiver.heard} == hosts
    assert len(world.letters()) == (severity == "ticket")


def only(name: str, world: SimpleNamespace) -> NotifySettings:
    settings: NotifySettings = world.settings
    kept = {name: settings.destinations[name]}
    return settings.model_copy(update={"destinations": kept, "topic_severities": ()})


def visible_in_s(world: SimpleNamespace) -> float:
    """When the message comes back, as far as moto tells."""
    [queue] = [
        each
        for name, each in sqs_backends["123456789012"]["us-east-1"].queues.items()
        if name == "notices"
    ]
    [message] = queue._messages  # noqa: SLF001
    return float(message.visible_at / 1000 - datetime.now(UTC).timestamp())


@pytest.mark.parametrize("fault", [saying(500), saying(503), garbage, hanging_up])
def test_a_passing_fault_is_over_within_the_invocation(
    fault: Any, world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [fault]
    assert world.invoke(event(notice()), settings=only("team", world)) == DONE
    assert len(receiver.heard) == 2


def test_one_destination_that_is_down_holds_up_no_other_and_hears_later(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [saying(500)] * 3
    [failure] = world.invoke(event(notice()))["batchItemFailures"]
    assert failure["itemIdentifier"]
    assert len(receiver.heard) == 3 + 3
    assert 10 < visible_in_s(world) <= 15
    assert world.invoke(event(notice())) == DONE
    assert len(receiver.at("hooks.slack.com")) == 4
    assert len(receiver.heard) == 4 + 3


def test_a_destination_that_asks_for_time_gets_it(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [saying(429, Retry_After="90")]
    assert world.invoke(event(notice()), settings=only("team", world))["batchItemFailures"]
    assert len(receiver.heard) == 1
    assert 80 < visible_in_s(world) <= 90


def test_it_may_ask_for_time_by_a_date(world: SimpleNamespace, receiver: Receiver) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=200), usegmt=True)
    receiver.script["hooks.slack.com"] = [saying(429, Retry_After=later)]
    world.invoke(event(notice()), settings=only("team", world))
    assert 150 < visible_in_s(world) <= 200


@pytest.mark.parametrize("retry_after", ["soon", "-5", "1e9", "\u00b2"])
def test_a_senseless_request_for_time_is_as_good_as_none(
    retry_after: str, world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [saying(429, Retry_After=retry_after)]
    assert world.invoke(event(notice()), settings=only("team", world)) == DONE


@pytest.mark.parametrize("status", [301, 307, 400, 403, 404, 410])
def test_a_refusal_is_not_repeated_at_once_and_no_redirect_followed(
    status: int, world: SimpleNamespace, receiver: Receiver
) -> None:
    elsewhere = "https://alerts.example.com/"
    receiver.script["hooks.slack.com"] = [saying(status, b"no_service", Location=elsewhere)]
    assert world.invoke(event(notice()), settings=only("team", world))["batchItemFailures"]
    assert len(receiver.heard) == 1


def test_teams_telling_of_a_limit_within_a_200_is_heard(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    limit = b"delivery failed with error: Microsoft Teams endpoint returned HTTP error 429"
    receiver.script["prod-07.westeurope.logic.azure.com"] = [saying(200, limit)]
    assert world.invoke(event(notice()), settings=only("office", world)) == DONE
    assert len(receiver.heard) == 2


def test_one_that_took_it_but_never_ends_its_answer_is_not_told_again(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [taking_it_but_dripping(receiver)]
    ticks = count()
    hurried = replace(receiver.network, clock=lambda: next(ticks))
    assert world.invoke(event(notice()), network=hurried, settings=only("team", world)) == DONE
    assert len(receiver.heard) == 1


def test_one_that_never_answers_costs_seconds_not_minutes(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    receiver.script["hooks.slack.com"] = [silent(receiver)] * 3
    ticks = count(step=5)
    hurried = replace(receiver.network, clock=lambda: next(ticks))
    assert world.invoke(event(notice()), network=hurried, settings=only("team", world))[
        "batchItemFailures"
    ]


def test_an_address_that_leads_inside_is_not_connected_to(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    inside = Network(resolve=receiver.network.resolve, port=receiver.port, tls=receiver.network.tls)
    assert world.invoke(event(notice()), network=inside, settings=only("team", world))[
        "batchItemFailures"
    ]
    assert receiver.heard == []


def test_a_certificate_of_nobody_gets_no_secret_address(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    wary = replace(receiver.network, tls=ssl.create_default_context)
    assert world.invoke(event(notice()), network=wary, settings=only("team", world))[
        "batchItemFailures"
    ]
    assert receiver.heard == []


def test_a_destination_without_an_address_fails_alone(
    world: SimpleNamespace, receiver: Receiver, aws: SimpleNamespace
) -> None:
    few = {"signing_key": KEY, "addresses": {"oncall": "too short", "own": ADDRESSES["own"]}}
    aws.secrets.put_secret_value(SecretId=NOTIFY.destination_secret, SecretString=json.dumps(few))
    assert world.invoke(event(notice()))["batchItemFailures"]
    assert {each.host for each in receiver.heard} == {"alerts.example.com"}
    assert len(world.letters()) == 1


def alarm(before: str, now: str) -> dict[str, Any]:
    """As CloudWatch puts it on EventBridge's default bus."""
    return {
        "detail-type": cloudwatch_alarm.DETAIL_TYPE,
        "source": "aws.cloudwatch",
        "region": "us-east-1",
        "detail": {
            "alarmName": "AdaptiveEdgeRenderFallback",
            "configuration": {"description": "[page] Renditions fail. See docs/runbooks/x.md."},
            "previousState": {"timestamp": "2026-11-22T09:14:00.000+0000", "value": before},
            "state": {
                "timestamp": "2026-11-22T09:29:00.000+0000",
                "reason": "Threshold Crossed: 3 datapoints",
                "value": now,
            },
        },
    }


def test_an_alarm_about_ourselves_is_told_the_same_way(
    world: SimpleNamespace, receiver: Receiver
) -> None:
    assert world.invoke(alarm("OK", "ALARM")) == DONE
    [slack] = receiver.at("hooks.slack.com")
    assert slack.json["text"] == "Page: AdaptiveEdgeRenderFallback"
    assert "Renditions fail. See docs/runbooks/x.md. Threshold Crossed" in json.dumps(slack.json)


@pytest.mark.parametrize(
    ("before", "now"), [("INSUFFICIENT_DATA", "OK"), ("OK", "INSUFFICIENT_DATA")]
)
def test_an_alarm_that_only_gets_to_know_something_is_no_news(
    before: str, now: str, world: SimpleNamespace, receiver: Receiver
) -> None:
    assert world.invoke(alarm(before, now)) == DONE
    assert receiver.heard == []


def test_the_end_of_an_alarm_belongs_to_its_beginning() -> None:
    begun, ended = alarm("OK", "ALARM")["detail"], alarm("ALARM", "OK")["detail"]
    begun["state"]["timestamp"] = ended["previousState"]["timestamp"]
    first, last = (cloudwatch_alarm.notice_of(each, region="us-east-1") for each in (begun, ended))
    assert first
    assert last
    assert (first.phase, last.phase) == ("firing", "resolved")
    assert first.alert_id == last.alert_id


@pytest.mark.parametrize("broken", [{"detail-type": "Alert", "detail": {"id": "x"}}, {}, []])
def test_what_is_no_notice_stays_in_the_queue_for_its_dead_letters(
    broken: Any, world: SimpleNamespace
) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        world.invoke(broken)
