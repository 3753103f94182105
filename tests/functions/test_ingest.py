import base64
import copy
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.http import Request
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.prior import PLACE, Priors
from adaptive.delivery.session import Arrival, Prior
from adaptive.ports import Versioned, Write
from lambdas.delivery.ingest import handler
from tests.functions.conftest import STREAM, TABLE
from tests.samples import HELD_OUT, INGEST, INITIAL, ORIGIN, TREATED, envelope, wire_beacon

EVENT = json.loads((Path(__file__).parent / "events/ingest.json").read_text())
Post = Callable[..., dict[str, Any]]


@pytest.fixture
def post(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    for name, text in INGEST.environment().items():
        monkeypatch.setenv(name, text)
    handler._intake.cache_clear()  # noqa: SLF001
    handler._gate.cache_clear()  # noqa: SLF001

    def call(body: bytes | str = envelope(), **changes: Any) -> dict[str, Any]:
        answer: dict[str, Any] = handler.lambda_handler(event(body, **changes), None)
        return answer

    yield call
    handler._intake.cache_clear()  # noqa: SLF001
    handler._gate.cache_clear()  # noqa: SLF001


def event(  # noqa: PLR0913 - as many as a request has parts
    body: bytes | str,
    *,
    method: str = "POST",
    content_type: str = "text/plain;charset=UTF-8",
    cookies: list[str] | None = None,
    headers: dict[str, str] | None = None,
    path: str = "/rum",
    query: str = "",
) -> dict[str, Any]:
    """SAM's HTTP API event with this request; bytes travel base64-encoded, as AWS sends them."""
    sample: dict[str, Any] = copy.deepcopy(EVENT)
    sample["requestContext"]["http"]["method"] = method
    return sample | {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {
            "content-type": content_type,
            "x-adaptive-origin": ORIGIN.current,
            **(headers or {}),
        },
        "cookies": cookies or [],
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": isinstance(body, bytes),
    }


@pytest.mark.parametrize(
    ("request_changes", "status"),
    [
        ({"method": "GET"}, 405),
        ({"method": "PUT"}, 405),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": ""}, 415),
        ({"path": "/rum/"}, 404),
        ({"path": "/rum/unheard-of"}, 404),
        ({"path": "/rumours"}, 404),
        ({"path": "/rum/cloudwatch", "method": "GET"}, 405),
        ({"path": "/rum/boomerang"}, 415),
        ({"path": "/rum/boomerang", "method": "GET", "query": "u=%00"}, 422),
        ({"path": "/rum/boomerang", "method": "GET", "query": "u=\udc80"}, 400),
        ({"path": "/rum/cloudwatch/appmonitors/1", "body": b"\x1f\x8b"}, 400),
        ({"body": b"\xff\xfe"}, 400),
        ({"body": "{"}, 400),
        ({"body": b" " * 70_000}, 413),
        ({"body": envelope(wire_beacon(vitals={"lcp_ms": -1}))}, 422),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(
    post: Post, request_changes: dict[str, Any], status: int
) -> None:
    answer = post(**request_changes)
    problem = json.loads(answer["body"])
    assert answer["statusCode"] == problem["status"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert problem["detail"]
    assert answer["cookies"] == []


def test_a_session_over_its_budget_is_told_when_to_come_back(post: Post) -> None:
    fifty = envelope(*(wire_beacon(view_id=f"view-{n:04}") for n in range(50)))
    cookies = [f"ae_sid={TREATED}"]
    assert [post(fifty, cookies=cookies)["statusCode"] for _ in range(2)] == [202, 202]
    answer = post(fifty, cookies=cookies)
    assert answer["statusCode"] == 429
    assert 0 < int(answer["headers"]["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.178, 130.176.1.1", "203.0.113.178, 130.176.1.9", True),
        ("203.0.113.178, 130.176.1.1", "203.0.113.179, 130.176.1.1", False),
        ("1.1.1.1, 203.0.113.178, 130.176.1.1", "203.0.113.178, 130.176.1.1", True),
        ("2001:db8::1, 130.176.1.1", "2001:db8::2, 130.176.1.1", True),
        ("2001:db8::1, 130.176.1.1", "2001:db8:0:1::1, 130.176.1.1", False),
        ("\udc80, 130.176.1.1", "\x00, 130.176.1.1", False),
        ("", "127.0.0.1", False),
    ],
)
def test_senders_are_told_apart_by_the_address_that_cloudfront_saw(
    one: str, other: str, *, same: bool
) -> None:
    first, second = (
        Request.of_event(event(b"", headers={"x-forwarded-for": hops})).sender
        for hops in (one, other)
    )
    assert (first == second) is same
    assert len(first) == 32


@pytest.mark.parametrize("shown", ["", "guess", ORIGIN.current + "x"])
def test_a_call_to_the_apis_own_address_is_refused(
    post: Post, stream_records: Callable[[], list[Any]], shown: str
) -> None:
    assert post(headers={"x-adaptive-origin": shown})["statusCode"] == 403
    assert stream_records() == []


def test_the_secret_that_cloudfront_sends_next_is_taken_already(post: Post) -> None:
    assert post(headers={"X-Adaptive-Origin": ORIGIN.following})["statusCode"] == 202


def test_without_secrets_manager_the_agent_is_told_when_to_come_back(
    post: Post, aws: SimpleNamespace
) -> None:
    aws.secrets.delete_secret(SecretId=INGEST.origin_secret, ForceDeleteWithoutRecovery=True)
    answer = post()
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) > 0


def test_a_wrong_method_is_told_the_right_one(post: Post) -> None:
    assert post(method="DELETE")["headers"]["Allow"] == "POST"


def test_a_body_that_is_not_the_base64_it_claims_to_be_is_refused(post: Post) -> None:
    broken = event(envelope()) | {"body": "%%%"}
    assert handler.lambda_handler(broken, None)["statusCode"] == 400
    assert post()["statusCode"] == 202


def test_the_field_at_fault_is_named(post: Post) -> None:
    answer = post(envelope(wire_beacon(vitals={"lcp_ms": float("nan")})))
    assert json.loads(answer["body"])["field"] == "beacons.0.vitals.lcp_ms"


def test_good_beacons_of_a_mixed_batch_are_taken_and_the_bad_ones_listed(
    post: Post, stream_records: Callable[[], list[Any]]
) -> None:
    answer = post(envelope(wire_beacon(), wire_beacon(page="nowhere")))
    assert answer["statusCode"] == 202
    body = json.loads(answer["body"])
    assert body["accepted"] == 1
    assert [(r["index"], r["field"]) for r in body["rejected"]] == [(1, "page")]
    assert len(stream_records()) == 1


def test_a_slow_first_view_is_answered_with_a_poorer_tier_and_a_new_session(post: Post) -> None:
    _, tier = post(cookies=[f"ae_sid={TREATED}"])["cookies"]
    assert tier == "ae_tier=lite; Max-Age=1800; Path=/; SameSite=Lax; Secure"
    sid, _ = post()["cookies"]
    name, _, rest = sid.partition("=")
    assert name == "ae_sid"
    assert len(rest.split(";")[0]) == 22
    assert rest.endswith("Max-Age=1800; Path=/; SameSite=Lax; Secure; HttpOnly")


def test_a_recipe_has_a_cookie_of_its_own_that_goes_when_the_tier_is_served_as_usual(
    post: Post, aws: SimpleNamespace
) -> None:
    put_policy(aws, served_as={"lite": "thrifty"})
    known = f"ae_sid={TREATED}"
    _, tier, recipe = post(cookies=[known])["cookies"]
    assert tier.startswith("ae_tier=lite; ")
    assert recipe == "ae_recipe=thrifty; Max-Age=1800; Path=/; SameSite=Lax; Secure"
    put_policy(aws, served_as={})
    handler._intake.cache_clear()  # noqa: SLF001
    *_, recipe = post(cookies=[known, "ae_tier=lite", "ae_recipe=thrifty"])["cookies"]
    gone = "ae_recipe=; Max-Age=0; Path=/; SameSite=Lax; Secure"
    assert recipe == gone
    assert len(post(cookies=[known])["cookies"]) == 2
    denied = post(envelope(wire_beacon(consent="denied")), cookies=["ae_recipe=thrifty"])
    assert denied["cookies"] == [gone]


@pytest.mark.parametrize(
    ("origin", "secure"),
    [
        ("http://localhost:8080", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost.example.com", True),
        ("https://shop.example", True),
        ("null", True),
    ],
)
def test_cookies_are_secure_but_on_this_machine(post: Post, origin: str, *, secure: bool) -> None:
    for cookie in post(headers={"Origin": origin})["cookies"]:
        assert ("; Secure" in cookie) is secure


@pytest.mark.parametrize(
    ("said", "headers"),
    [("denied", {}), ("pending", {}), (None, {"Sec-GPC": "1"}), ("granted", {"sec-gpc": "1"})],
)
def test_without_consent_no_cookie_is_set_and_an_old_one_goes(
    post: Post, stream_records: Callable[[], list[Any]], said: str | None, headers: dict[str, str]
) -> None:
    body = envelope(wire_beacon(consent=said))
    assert post(body, headers=headers)["cookies"] == []
    known = post(body, headers=headers, cookies=[f"ae_sid={TREATED}", "ae_tier=lite"])
    assert known["statusCode"] == 202
    assert known["cookies"] == [
        "ae_sid=; Max-Age=0; Path=/; SameSite=Lax; Secure",
        "ae_tier=; Max-Age=0; Path=/; SameSite=Lax; Secure",
    ]
    records = stream_records()
    assert [record["PartitionKey"] for record in records] == ["view-0001", "view-0001"]
    assert all(TREATED not in record["Data"].decode() for record in records)


def test_who_said_yes_gets_a_cookie_of_his_own_that_only_this_address_sees(post: Post) -> None:
    body = envelope(wire_beacon(consent="granted"))
    *_, visitor = post(body)["cookies"]
    name, _, rest = visitor.partition("=")
    assert (name, len(rest.split(";")[0])) == ("ae_vid", 22)
    flags = "Max-Age=7776000; Path=/rum; SameSite=Lax; Secure; HttpOnly"
    assert rest.endswith(f"; {flags}")
    assert post(body, cookies=[f"ae_vid={TREATED}"])["cookies"][2] == f"ae_vid={TREATED}; {flags}"
    gone = "ae_vid=; Max-Age=0; Path=/rum; SameSite=Lax; Secure; HttpOnly"
    for no in (wire_beacon(consent="denied"), wire_beacon()):
        assert post(envelope(no), cookies=[f"ae_vid={TREATED}"])["cookies"][-1] == gone
    answer = post(body, headers={"Sec-GPC": "1"}, cookies=[f"ae_vid={TREATED}"])
    assert answer["cookies"] == [gone]


@pytest.mark.parametrize("apart", [True, False])
def test_a_known_session_keeps_its_id_wherever_its_cookie_is(post: Post, *, apart: bool) -> None:
    sent = [f"ae_sid={TREATED}", "ae_sid=" + "B" * 22, "a=b"]
    answer = post(cookies=sent) if apart else post(headers={"Cookie": "; ".join(sent)})
    assert answer["cookies"][0].startswith(f"ae_sid={TREATED};")


def test_the_holdout_is_told_to_take_originals(post: Post) -> None:
    assert post(cookies=[f"ae_sid={HELD_OUT}"])["cookies"][1].startswith("ae_tier=control;")


def put_policy(aws: SimpleNamespace, **changes: Any) -> None:
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    draft = INITIAL.model_copy(update=changes)
    book.put(draft, replacing=book.version, who="me", why="test", at=datetime.now(UTC))


def test_a_kill_reaches_a_session_with_its_next_beacon(
    post: Post, aws: SimpleNamespace, stream_records: Callable[[], list[Any]]
) -> None:
    put_policy(aws, kill=True)
    sid, tier = post(cookies=[f"ae_sid={TREATED}", "ae_tier=lite"])["cookies"]
    assert sid.startswith(f"ae_sid={TREATED};")
    assert tier.startswith("ae_tier=control; Max-Age=1800;")
    [record] = stream_records()
    assert json.loads(record["Data"])["policy"] == 1


def test_an_unreadable_policy_is_logged_and_counted_and_the_last_good_one_serves(
    post: Post,
    aws: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    put_policy(aws, holdout_share=1)
    put_policy(aws, holdout_share=0)
    aws.dynamodb.update_item(
        TableName=INGEST.operations_table,
        Key={"pk": {"S": "policy"}, "sk": {"S": "current"}},
        UpdateExpression="SET body = :body",
        ExpressionAttributeValues={":body": {"B": b"{}"}},
    )
    aws.dynamodb.delete_item(
        TableName=INGEST.operations_table,
        Key={"pk": {"S": "policy"}, "sk": {"S": "history#00000002"}},
    )
    assert post()["cookies"][1].startswith("ae_tier=control;")
    assert '"PolicyUnread":[1.0]' in "".join(capsys.readouterr())
    assert "the policy cannot be read" in caplog.text


def test_without_the_policys_table_the_sites_own_policy_serves(
    post: Post, aws: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.dynamodb.delete_table(TableName=INGEST.operations_table)
    assert post(cookies=[f"ae_sid={TREATED}"])["cookies"][1].startswith("ae_tier=lite;")
    assert '"PolicyUnread":[1.0]' in "".join(capsys.readouterr())


def put_priors(aws: SimpleNamespace, body: bytes) -> None:
    store = DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table)
    store.write([Write(PLACE, Versioned(body, 1), None, 2**40)])


def test_a_new_session_begins_with_what_was_measured_of_such_visitors_and_says_so_to_the_stream(
    post: Post, aws: SimpleNamespace, stream_records: Callable[[], list[dict[str, Any]]]
) -> None:
    slow = Prior(fixed_ms=900, moved_ms=9_000, inp_ms=300, of="*,*,*")
    priors = Priors(through=int(time.time()) // 60, cells={"*,*,*": slow})
    put_priors(aws, priors.model_dump_json().encode())
    post()
    [record] = stream_records()
    arrival = Arrival.model_validate_json(record["Data"])
    assert arrival.prior == slow
    assert arrival.at_full is not None


def test_unreadable_priors_are_logged_and_counted_and_beacons_are_taken(
    post: Post, aws: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    put_priors(aws, b"?")
    assert post()["statusCode"] == 202
    assert '"PriorsUnread":[1.0]' in "".join(capsys.readouterr())


def test_without_the_table_beacons_are_still_taken(post: Post, aws: SimpleNamespace) -> None:
    aws.dynamodb.delete_table(TableName=TABLE)
    assert post()["statusCode"] == 202


def test_without_the_stream_the_agent_is_told_when_to_come_back(
    post: Post, aws: SimpleNamespace
) -> None:
    aws.kinesis.delete_stream(StreamName=STREAM)
    answer = post()
    assert answer["statusCode"] == 503
    assert int(answer["headers"]["Retry-After"]) > 0


def test_a_door_that_reads_no_answer_gets_cookies_alone(post: Post) -> None:
    answer = post(b"", method="GET", path="/rum/boomerang", query="pid=8fj2k1ab&u=/&pt.lcp=1800")
    assert answer["statusCode"] == 204
    assert "body" not in answer
    assert [cookie.partition("=")[0] for cookie in answer["cookies"]] == ["ae_sid", "ae_tier"]


def test_json_is_welcome_too(post: Post) -> None:
    assert post(envelope().decode(), content_type="application/json")["statusCode"] == 202


def test_country_region_and_network_are_kept_of_where_a_visitor_is(
    post: Post, stream_records: Callable[[], list[Any]]
) -> None:
    told = (
        "CloudFront-Viewer-Country",
        "CloudFront-Viewer-Country-Region",
        "CloudFront-Viewer-ASN",
    )
    for values in (("NO", "03", "2119"), ("<b>", "03<b>", "-1"), ("", "", "9" * 400)):
        post(headers=dict(zip(told, values, strict=True)))
    records = [json.loads(record["Data"]) for record in stream_records()]
    kept = [[record.get(name) for name in ("country", "region", "asn")] for record in records]
    assert kept == [["NO", "03", 2119], [None] * 3, [None] * 3]


def test_a_visitors_address_reaches_neither_the_stream_nor_the_log(
    post: Post, stream_records: Callable[[], list[Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    address = "203.0.113.178"
    assert address in json.dumps(EVENT)
    sent = {name: EVENT["headers"][name] for name in ("x-forwarded-for", "user-agent")}
    assert post(headers=sent)["statusCode"] == 202
    assert post(b"{", headers=sent)["statusCode"] == 400
    assert stream_records()
    assert address not in json.dumps(stream_records(), default=str)
    assert address not in "".join(capsys.readouterr())


def test_of_the_user_agent_only_the_kinds_it_names_reach_the_stream(
    post: Post, stream_records: Callable[[], list[Any]]
) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 secret"
    post(headers={"User-Agent": agent})
    [record] = stream_records()
    arrival = Arrival.model_validate_json(record["Data"])
    assert (arrival.browser, arrival.device_class) == ("firefox", "desktop")
    assert b"secret" not in record["Data"]
