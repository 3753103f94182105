import gzip
import json
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import boto3
import jsonschema
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from adaptive.aws.items import DynamoItemReader
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import Change, ChangeLog
from adaptive.errors import UnavailableError
from adaptive.monitoring import window
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.notice import Notice, Phase, notice_id
from adaptive.monitoring.window import Resolution
from adaptive.ports import NEVER_S, ItemReader, KeyRange, Versioned, Write
from infra.generate import ROOT
from lambdas.monitoring.query import handler
from tests.alert_world import in_trouble
from tests.fakes import InMemoryItemReader, InMemoryVersionedStore
from tests.query_world import DAY, at, rollup
from tests.rollup_world import ALL
from tests.samples import QUERY

CONTRACT = json.loads((ROOT / "contracts" / "query.openapi.json").read_text())
Get = Callable[..., dict[str, Any]]


def call(method: str, path: str, authorizer: object = None, **event: Any) -> dict[str, Any]:
    """As API Gateway calls the function."""
    answer: dict[str, Any] = handler.lambda_handler(
        {
            "version": "2.0",
            "routeKey": f"{method} /api/{{proxy+}}",
            "rawPath": path,
            "headers": {},
            "queryStringParameters": {},
            "requestContext": {
                "stage": "$default",
                "http": {"method": method, "path": path},
                **({"authorizer": authorizer} if authorizer else {}),
            },
            "isBase64Encoded": False,
            **event,
        },
        None,
    )
    return answer


@pytest.fixture
def now() -> int:
    """In minutes, when the test begins: of the suite's beginning, live figures know nothing."""
    return int(time.time() // 60)


@pytest.fixture
def get(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Get]:
    for name, text in QUERY.environment().items():
        monkeypatch.setenv(name, text)
    handler._app.cache_clear()  # noqa: SLF001

    def ask(path: str, headers: dict[str, str] | None = None, **query: str) -> dict[str, Any]:
        return call("GET", path, headers=headers or {}, queryStringParameters=query)

    yield ask
    handler._app.cache_clear()  # noqa: SLF001


@pytest.fixture
def filled(aws: SimpleNamespace, now: int) -> None:
    store = DynamoVersionedStore(aws.dynamodb, table=QUERY.rollups_table)
    cells = [ALL, Cell("country", "DE"), Cell("country", "FR"), Cell("page_group", "front")]
    made = rollup(*range(100, 9_100, 100), failing=3, measured=80, bytes=9_000).encode()
    writes = [
        Write(
            window.key(Resolution.MINUTE, cell, now - 2, shard=0), Versioned(made, 1), None, NEVER_S
        )
        for cell in cells
    ]
    writes += [
        Write(
            window.key(Resolution.HOUR, cell, now - now % 60 - DAY),
            Versioned(made, 1),
            None,
            NEVER_S,
        )
        for cell in cells
    ]
    store.write(writes)
    operations = DynamoVersionedStore(aws.dynamodb, table=QUERY.operations_table)
    ChangeLog(operations).append(
        Change(kind="release", name="1.1", who="ci", why="summer", at=at(now - 9))
    )


def valid(answer: dict[str, Any], path: str, method: str = "get") -> dict[str, Any]:
    """The body, which is as the contract has it."""
    status = str(int(answer["statusCode"]))
    [(kind, content)] = CONTRACT["paths"][path][method]["responses"][status]["content"].items()
    assert answer["headers"]["Content-Type"] == kind
    body: dict[str, Any] = json.loads(answer["body"])
    jsonschema.validate(body, {**content["schema"], "components": CONTRACT["components"]})
    return body


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/api/series", {"metric": "lcp"}, "metric"),
        ("/api/series", {"stat": "sum"}, "stat"),
        ("/api/series", {"from": "yesterday"}, "from"),
        ("/api/series", {"from": "2026-11-01T10:00:00"}, "from"),
        ("/api/series", {"by": "a,b,c"}, "by"),
        ("/api/series", {"by": "country", "range": "13mo", "step": "1h"}, "range"),
        ("/api/series", {"filter": "country"}, "filter"),
        ("/api/series", {"range": "24h", "step": "1s"}, "step"),
        ("/api/series", {"ragne": "24h"}, "ragne"),
        ("/api/distribution", {"metric": "views"}, "metric"),
        ("/api/top", {"limit": "0"}, "limit"),
        ("/api/top", {"limit": "many"}, "limit"),
        ("/api/top", {"cursor": "x" * 101}, "cursor"),
        ("/api/top", {"order": "up"}, "order"),
        ("/api/changes", {"cursor": "AAAA"}, "cursor"),
        ("/api/overview", {"range": "13mo"}, "range"),
    ],
)
def test_a_question_that_makes_no_sense_gets_a_problem_that_names_the_parameter(
    get: Get, path: str, query: dict[str, str], field: str
) -> None:
    answer = get(path, **query)
    assert answer["statusCode"] == 422
    assert valid(answer, path)["field"] == field
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_what_is_not_there_is_a_problem_too(get: Get) -> None:
    for path in ("/api", "/api/", "/api/nothing", "/", "/machine/api/nothing"):
        answer = get(path)
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"])["status"] == 404


def test_without_a_table_callers_are_told_when_to_come_back(get: Get, aws: SimpleNamespace) -> None:
    aws.dynamodb.delete_table(TableName=QUERY.rollups_table)
    answer = get("/api/series")
    assert valid(answer, "/api/series")["status"] == 503
    assert answer["headers"]["Retry-After"]


def test_a_bug_tells_nothing_of_itself(get: Get, aws: SimpleNamespace, now: int) -> None:
    store = DynamoVersionedStore(aws.dynamodb, table=QUERY.rollups_table)
    key = window.key(Resolution.MINUTE, ALL, now, shard=0)
    store.write([Write(key, Versioned(b"\x03no rollup", 1), None, NEVER_S)])
    answer = get("/api/series", range="1h")
    assert answer["statusCode"] == 500
    assert "rollup" not in answer["body"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/overview", {}),
        ("/api/series", {}),
        ("/api/series", {"by": "country", "range": "7d", "stat": "good"}),
        ("/api/series", {"metric": "bytes", "stat": "per_view", "filter": "country:DE,country:FR"}),
        ("/api/distribution", {"by": "country"}),
        ("/api/top", {"by": "country", "limit": "1", "range": "14d"}),
        ("/api/changes", {"range": "7d"}),
        ("/api/live", {}),
    ],
)
@pytest.mark.usefixtures("filled")
def test_answers_are_as_the_contract_says(
    get: Get, now: int, path: str, query: dict[str, str]
) -> None:
    answer = get(path, **query)
    body = valid(answer, path)
    assert answer["statusCode"] == 200
    assert body["samples"] > 0
    assert datetime.fromisoformat(body["fresh_at"]) == at(now - 1)
    assert float(answer["headers"]["Read-Units"]) > 0
    assert answer["headers"]["Cache-Control"] == "private, max-age=5"
    assert "Access-Control-Allow-Origin" not in answer["headers"]


def test_what_is_wrong_was_told_and_is_silenced_can_be_asked(
    get: Get, aws: SimpleNamespace, now: int
) -> None:
    in_trouble(DynamoVersionedStore(aws.dynamodb, table=QUERY.alerts_table), now)
    data = valid(get("/api/alerts"), "/api/alerts")["data"]
    assert datetime.fromisoformat(data["judged_until"]) <= at(now)
    [going] = data["going"]
    assert (going["rule"], going["stage"], going["share"]) == ("slow", "firing", 1)
    [told] = data["told"]
    assert (told["rule"], told["phase"], told["severity"]) == ("slow", "firing", "page")
    assert [each["id"] for each in data["silences"]] == ["s1"]
    [budget] = valid(get("/api/slos"), "/api/slos")["data"]["slos"]
    assert (budget["slo"], budget["spent"], budget["allows_promotion"]) == ("fast", 2, False)


def told_at(minute: int) -> Notice:
    rule, since = f"r{minute}", at(minute)
    return Notice(
        id=notice_id(rule=rule, group={}, since=since, phase=Phase.FIRING, number=0),
        phase=Phase.FIRING,
        rule=rule,
        severity="ticket",
        title=rule,
        summary=rule,
        since=since,
        at=since,
    )


def test_what_was_told_comes_by_pages_that_fit_together(
    get: Get, aws: SimpleNamespace, now: int
) -> None:
    store = AlertsStore(DynamoVersionedStore(aws.dynamodb, table=QUERY.alerts_table))
    store.record([told_at(now - ago) for ago in range(5)])
    first = valid(get("/api/alerts", limit="2"), "/api/alerts")
    store.record([told_at(now + 1)])
    pages, following = [first["data"]["told"]], first["next"]
    while following:
        body = valid(get("/api/alerts", limit="2", cursor=following), "/api/alerts")
        pages.append(body["data"]["told"])
        following = body["next"]
    assert [[each["rule"] for each in page] for page in pages] == [
        [f"r{now}", f"r{now - 1}"],
        [f"r{now - 2}", f"r{now - 3}"],
        [f"r{now - 4}"],
    ]


def test_a_page_of_another_month_is_refused(get: Get, aws: SimpleNamespace, now: int) -> None:
    store = AlertsStore(DynamoVersionedStore(aws.dynamodb, table=QUERY.alerts_table))
    store.record([told_at(now - ago) for ago in range(2)])
    following = valid(get("/api/alerts", limit="1"), "/api/alerts")["next"]
    answer = get("/api/alerts", month="2026-10", cursor=following)
    assert valid(answer, "/api/alerts")["field"] == "cursor"


def test_before_anything_was_judged_there_are_no_alerts(get: Get) -> None:
    body = valid(get("/api/alerts", month="2026-10"), "/api/alerts")
    assert body["data"] == {"judged_until": None, "going": [], "told": [], "silences": []}
    assert valid(get("/api/slos"), "/api/slos")["data"] == {"slos": []}


def test_the_guards_are_told_as_the_contract_has_them(get: Get, filled: None) -> None:
    data = valid(get("/api/guards", range="1h"), "/api/guards")["data"]
    of = {each["dimension"]: each for each in data["dimensions"]}
    assert (of["country"]["seen"], of["country"]["unlisted"]) == (2, 0)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path, methods in CONTRACT["paths"].items()
        if "get" in methods and "{" not in path and path != "/api/renditions"
    ],
)
@pytest.mark.usefixtures("filled")
def test_every_answer_says_how_much_it_rests_on_how_fresh_it_is_and_how_long_it_is_good(
    get: Get, path: str
) -> None:
    answer = get(path, **({"by": "country"} if path == "/api/top" else {}))
    headers = answer["headers"]
    assert answer["statusCode"] == 200
    assert headers["ETag"]
    assert headers["Cache-Control"] in {"private, max-age=5", "private, max-age=3600"}
    assert float(headers["Read-Units"]) >= 0
    if headers["Content-Type"] == "application/json":
        assert {"samples", "fresh_at", "next"} <= set(json.loads(answer["body"]))


@pytest.mark.parametrize("month", ["2026", "2026-13", "0000-01", "november", "2026-1"])
def test_what_is_no_month_is_refused(get: Get, month: str) -> None:
    answer = get("/api/alerts", month=month)
    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["field"] == "month"


@pytest.mark.usefixtures("filled")
def test_machines_ask_the_same_below_a_path_of_their_own(get: Get) -> None:
    assert get("/machine/api/series")["body"] == get("/api/series")["body"]


@pytest.mark.usefixtures("filled")
def test_who_has_the_answer_gets_no_other(get: Get, now: int) -> None:
    ends = {"from": at(now - 60).isoformat(), "to": at(now).isoformat()}
    first = get("/api/series", **ends)
    tag = first["headers"]["ETag"]
    again = get("/api/series", {"if-none-match": f'"other", {tag}'}, **ends)
    assert (again["statusCode"], again.get("body") or "") == (304, "")
    assert again["headers"]["ETag"] == tag
    assert get("/api/series", {"if-none-match": '"other"'}, **ends)["statusCode"] == 200


@pytest.mark.usefixtures("filled")
def test_a_settled_answer_is_kept_for_an_hour(get: Get, now: int) -> None:
    ends = {"from": at(now - 9 * DAY).isoformat(), "to": at(now - 3 * DAY).isoformat()}
    assert get("/api/series", **ends)["headers"]["Cache-Control"] == "private, max-age=3600"


@pytest.mark.usefixtures("filled")
def test_whoever_takes_gzip_gets_it(get: Get) -> None:
    plain = get("/api/series")
    packed = get("/api/series", {"Accept-Encoding": "gzip, br"})
    assert packed["headers"]["Content-Encoding"] == "gzip"
    assert packed["headers"]["ETag"] == plain["headers"]["ETag"]
    assert gzip.decompress(b64decode(packed["body"])).decode() == plain["body"]
    assert len(packed["body"]) < len(plain["body"]) / 2


@pytest.fixture(params=["fake", "dynamodb"])
def reader(request: pytest.FixtureRequest, aws: SimpleNamespace) -> ItemReader:
    writes = [Write(("p", f"{n:02}"), Versioned(b"%d" % n, 1), None, NEVER_S) for n in range(9)] + [
        Write(("q", "00"), Versioned(bytes(300_000), 1), None, NEVER_S) for _ in range(1)
    ]
    if request.param == "fake":
        store = InMemoryVersionedStore()
        store.write(writes)
        return InMemoryItemReader(store)
    DynamoVersionedStore(aws.dynamodb, table=QUERY.rollups_table).write(writes)
    return DynamoItemReader(aws.dynamodb, table=QUERY.rollups_table)


class TestItemReader:
    def test_ranges_hold_what_lies_between_their_bounds(self, reader: ItemReader) -> None:
        page = reader.read_ranges(
            [
                KeyRange("p"),
                KeyRange("p", "07"),
                KeyRange("p", None, "01"),
                KeyRange("p", "03", "04~"),
                KeyRange("p", "05", "05"),
                KeyRange("r"),
            ]
        )
        assert [[sort for sort, _ in items] for items in page.items] == [
            [f"{n:02}" for n in range(9)],
            ["07", "08"],
            ["00", "01"],
            ["03", "04"],
            ["05"],
            [],
        ]
        assert page.items[4] == [("05", b"5")]
        assert page.units > 0

    def test_no_range_is_no_page(self, reader: ItemReader) -> None:
        assert reader.read_ranges([]).items == []


def test_a_missing_table_is_unavailable(aws: SimpleNamespace) -> None:
    with pytest.raises(UnavailableError, match="DynamoDB"):
        DynamoItemReader(boto3.client("dynamodb"), table="missing").read_ranges([KeyRange("p")])


def _families(text: str) -> list[Any]:
    """As Prometheus reads them."""
    return [*text_string_to_metric_families(text)]  # type: ignore[no-untyped-call]


def test_prometheus_reads_the_state_of_the_site(get: Get, filled: None) -> None:
    answer = get("/api/metrics")
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"].startswith("application/openmetrics-text")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in _families(answer["body"])
        for sample in family.samples
    }
    assert found[("adaptive_page_views",)] > 0
    assert found[("adaptive_window_seconds",)] == 3_600
    assert 0 < found[("adaptive_failing_ratio",)] < 1
    assert found[("adaptive_vital_p75", ("unit", "ms"), ("vital", "lcp_ms"))] > 0
    assert ("adaptive_group_page_views", ("dimension", "country"), ("value", "DE")) in found


def test_a_site_without_visitors_has_metrics_all_the_same(get: Get) -> None:
    body = get("/api/metrics")["body"]
    [views] = [
        family.samples[0].value
        for family in _families(body)
        if family.name == "adaptive_page_views"
    ]
    assert views == 0
    assert "NaN" not in body
