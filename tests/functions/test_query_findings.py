"""What came of adaptation, by the API: delivered, proven, foreseen, silenced, pinned."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.files import S3FileStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.delivered import DeliveredBook, Sent
from adaptive.delivery.trial import HOLDOUT
from adaptive.experiments import cells
from adaptive.experiments.holdout import stratum_of
from adaptive.experiments.registry import Entry, Registry
from adaptive.experiments.rollout import Standing, State, move
from adaptive.experiments.tallies import ArmTally
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.ports import NEVER_S, StoredFile, Versioned, Write
from adaptive.prediction import published
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.published import Breach, Published
from tests.experiment_world import QUICKER, experiment
from tests.functions.test_query import Get, get, valid
from tests.functions.test_query_actions import BEN, post
from tests.samples import QUERY
from tests.unit.test_advice import LOWER, SHARDS

__all__ = ["get"]
pytestmark = pytest.mark.usefixtures("get")
NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
ASSET = "/img/hero.jpg"


def store(aws: SimpleNamespace, table: str) -> DynamoVersionedStore:
    return DynamoVersionedStore(aws.dynamodb, table=table)


def changes(get: Get) -> list[tuple[str, str, str]]:
    found = json.loads(get("/api/changes", range="1h")["body"])["data"]["changes"]
    return [(each["kind"], each["who"], each["why"]) for each in found]


class TestDelivery:
    @pytest.fixture
    def book(self, aws: SimpleNamespace) -> DeliveredBook:
        return DeliveredBook(store(aws, QUERY.delivered_table))

    @pytest.mark.parametrize(
        ("query", "field"), [({"range": "13mo"}, "range"), ({"by": "tier"}, "by")]
    )
    def test_too_much_is_refused(self, get: Get, query: dict[str, str], field: str) -> None:
        answer = get("/api/delivery", **query)
        assert valid(answer, "/api/delivery")["field"] == field

    def test_before_any_log_came_nothing_is_claimed(self, get: Get) -> None:
        data = valid(get("/api/delivery"), "/api/delivery")["data"]
        assert data["counted_until"] is None
        assert data["total"]["hit_rate"]["value"] is None
        assert set(data["hit_rate"]) == {None}

    def test_rates_and_bytes_are_those_of_the_logs(self, get: Get, book: DeliveredBook) -> None:
        lite = Sent(requests=80, hits=60, fallbacks=8, whole=70, bytes_sent=700, bytes_saved=6_300)
        book.add({"lite": lite, "original": Sent(requests=20, hits=20)}, log="a", at=HOUR)
        book.add({"lite": lite}, log="b", at=HOUR - timedelta(hours=2))
        body = valid(get("/api/delivery", range="24h"), "/api/delivery")
        data, total = body["data"], body["data"]["total"]
        assert body["samples"] == total["requests"] == 180
        assert total["hit_rate"]["value"] == pytest.approx(140 / 180, abs=1e-6)
        assert total["hit_rate"]["low"] < total["hit_rate"]["value"] < total["hit_rate"]["high"]
        assert total["fallback_rate"]["value"] == pytest.approx(16 / 180, abs=1e-6)
        assert total["bytes_saved"] == 12_600
        assert [each["tier"] for each in data["tiers"]] == ["lite", "original"]
        at = data["at"].index(int(HOUR.timestamp()))
        assert (data["requests"][at], data["requests"][at - 2]) == (100, 80)
        assert data["hit_rate"][at] == pytest.approx(0.8)
        assert datetime.fromisoformat(data["counted_until"]) == HOUR + timedelta(hours=1)

    def test_a_log_that_is_told_of_twice_counts_once(self, get: Get, book: DeliveredBook) -> None:
        assert book.add({"full": Sent(requests=5)}, log="a", at=HOUR)
        assert not book.add({"full": Sent(requests=5)}, log="a", at=HOUR)
        data = valid(get("/api/delivery"), "/api/delivery")["data"]
        assert data["total"]["requests"] == 5


class TestRenditions:
    @pytest.mark.parametrize("asset", ["", "hero", "/js/shop.js", "/img/a b.jpg", "/img/../x.jpg"])
    def test_what_is_no_image_of_ours_is_refused(self, get: Get, asset: str) -> None:
        answer = get("/api/renditions", asset=asset)
        assert valid(answer, "/api/renditions")["field"] == "asset"

    def test_what_is_not_there_is_not_found(self, get: Get) -> None:
        assert get("/api/renditions", asset="/img/none.jpg")["statusCode"] == 404

    def test_each_tier_has_its_file_with_bytes_and_quality(
        self, get: Get, aws: SimpleNamespace
    ) -> None:
        made = f"{ASSET}/960w.lite.avif"
        for path, size in ((ASSET, 5_000), (made, 700), (f"{ASSET}/960w.lite.avif.lock", 1)):
            aws.s3.put_object(Bucket=QUERY.site_bucket, Key=path[1:], Body=bytes(size))
        data = valid(get("/api/renditions", asset=ASSET), "/api/renditions")["data"]
        tiers = {each["tier"]: each for each in data["files"]}
        assert [*tiers] == ["control", "full", "standard", "lite", "minimal"]
        assert tiers["control"]["bytes"] == 5_000
        assert (tiers["lite"]["path"], tiers["lite"]["bytes"]) == (made, 700)
        assert tiers["lite"]["quality"] == 57
        assert tiers["minimal"]["bytes"] is None
        assert (data["kept"], data["kept_bytes"]) == (1, 700)

    def test_what_its_encoding_reached_is_told_where_it_was_noted(
        self, get: Get, aws: SimpleNamespace
    ) -> None:
        files = S3FileStore(aws.s3, bucket=QUERY.site_bucket)
        files.write(ASSET, StoredFile(bytes(5_000), "image/jpeg"))
        for tier, score in (("lite", 58.63), ("minimal", None)):
            rendition = StoredFile(b"1", "image/avif", score=score)
            files.write(f"{ASSET}/960w.{tier}.avif", rendition)
        data = valid(get("/api/renditions", asset=ASSET), "/api/renditions")["data"]
        reached = {each["tier"]: each["reached"] for each in data["files"]}
        assert reached == {
            **dict.fromkeys(("control", "full", "standard", "minimal")),
            "lite": 58.6,
        }

    def test_images_are_listed_without_their_renditions(
        self, get: Get, aws: SimpleNamespace
    ) -> None:
        for key in ("img/b.png", "img/a.jpg", "img/a.jpg/960w.lite.avif", "img/read.me", "x.jpg"):
            aws.s3.put_object(Bucket=QUERY.site_bucket, Key=key, Body=b"1")
        body = valid(get("/api/assets"), "/api/assets")
        assert body["data"] == {"assets": ["/img/a.jpg", "/img/b.png"]}
        assert body["next"] is None


def tally(lcp_ms: int, sessions: int) -> ArmTally:
    """Sessions of about that LCP."""
    whole = ArmTally()
    for number in range(sessions):
        thousandths = round(1_000 * (7.2 + (lcp_ms - 2_000) / 4_000 + number % 7 / 20))
        whole.add(
            ArmTally.of({"lcp": (thousandths, 7_600), "conversion": (number % 9 == 0, 7_600)})
        )
    return whole


def count(table: DynamoVersionedStore, key: str) -> None:
    """Two days of both arms, the candidate's faster."""
    writes = []
    for day in range(2):
        stratum = stratum_of((NOW - timedelta(days=day)).date().isoformat(), 0.95)
        for arm, lcp_ms in (("baseline", 2_600), ("candidate", 1_400)):
            for scope in cells.SCOPES:
                [place] = cells.keys(key, stratum, arm, scope, (), 0)
                body = tally(lcp_ms, 190 if arm == "candidate" else 10).encode()
                if scope == cells.EXPOSED:
                    body = tally(lcp_ms, 120).encode()
                writes.append(Write(place, Versioned(body, 1), None, NEVER_S))
    table.write(writes)


class TestExperiments:
    @pytest.fixture
    def table(self, aws: SimpleNamespace) -> DynamoVersionedStore:
        return store(aws, QUERY.experiments_table)

    @pytest.fixture
    def bus(self, aws: SimpleNamespace) -> None:  # noqa: ARG002 - its account
        boto3.client("events").create_event_bus(Name=QUERY.alert_bus)

    def test_an_unknown_one_is_not_found(self, get: Get) -> None:
        assert get("/api/experiments/none")["statusCode"] == 404

    def test_nothing_is_claimed_of_a_holdout_that_nobody_is_in(self, get: Get) -> None:
        path = "/api/experiments/{name}"
        data = valid(get(f"/api/experiments/{HOLDOUT}"), path)["data"]
        assert (data["summary"], data["course"], data["sessions"]) == (None, [], [0, 0])
        assert data["worth"]["revenue"] is None
        assert "too few sessions" in data["told"]

    def test_the_holdout_says_what_adaptation_does(
        self, get: Get, table: DynamoVersionedStore
    ) -> None:
        count(table, HOLDOUT)
        body = valid(get(f"/api/experiments/{HOLDOUT}"), "/api/experiments/{name}")
        lcp = next(each for each in body["data"]["exposed"] if each["metric"] == "lcp")
        assert lcp["low"] < lcp["estimate"] < lcp["high"] < 0
        assert len(body["data"]["course"]) == 2
        assert body["samples"] == sum(body["data"]["sessions"])

    def test_one_that_runs_tells_its_ramp_guardrails_and_decisions(
        self, get: Get, table: DynamoVersionedStore
    ) -> None:
        draft = Standing(experiment=experiment())
        first = move(draft, State.CANARY, at=NOW, who="ana", why="a try")
        then = move(first, State.RAMP, at=NOW, who="judge", why="no harm")
        registry = Registry(table)
        registry.replace(Entry(draft, 0), then.model_copy(update={"done": True}))
        for standing in (first, then):
            assert standing.decision
            registry.note("quicker", standing.decision)
        count(table, then.key)
        [summary] = valid(get("/api/experiments"), "/api/experiments")["data"]["experiments"]
        assert (summary["state"], summary["share"], summary["step"]) == ("ramp", 0.25, 1)
        path = "/api/experiments/{name}"
        page = valid(get("/api/experiments/quicker", limit="1"), path)
        assert [each["why"] for each in page["data"]["decisions"]] == ["no harm"]
        rest = valid(get("/api/experiments/quicker", limit="1", cursor=page["next"]), path)
        assert [each["why"] for each in rest["data"]["decisions"]] == ["a try"]
        assert rest["next"] is None
        guards = {each["metric"]: each for each in page["data"]["guardrails"]}
        assert not guards["lcp"]["is_broken"]
        assert guards["lcp"]["harm"] < 0
        assert guards["revenue"]["harm"] is None

    @pytest.mark.parametrize("action", ["stop", "promote", "rollback"])
    def test_who_is_no_operator_ends_nothing(self, action: str) -> None:
        answer = post(f"/api/experiments/quicker/{action}", BEN, why="why not")
        assert answer["statusCode"] == 403

    def test_what_is_not_declared_well_is_refused(self) -> None:
        answer = post("/api/experiments", experiment={**QUICKER, "steps": [0.5]}, why="w")
        assert valid(answer, "/api/experiments", "post")["status"] == 422

    @pytest.mark.parametrize(
        ("action", "state"),
        [("stop", "stopped"), ("promote", "promoted"), ("rollback", "rolled-back")],
    )
    @pytest.mark.usefixtures("bus")
    def test_it_is_started_and_ended_with_who_and_why(
        self, get: Get, action: str, state: str
    ) -> None:
        begun = post("/api/experiments", experiment=QUICKER, why="a try")
        assert valid(begun, "/api/experiments", "post")["state"] == "canary"
        policy = json.loads(get("/api/policy")["body"])["data"]["policy"]
        assert [each["name"] for each in policy["trials"]] == ["quicker"]
        answer = post(f"/api/experiments/quicker/{action}", why="enough")
        path = f"/api/experiments/{{name}}/{action}"
        assert valid(answer, path, "post")["state"] == state
        assert ("experiment", "anne", f"{state}: enough") in changes(get)
        assert post(f"/api/experiments/quicker/{action}", why="again")["statusCode"] == 409


class TestForecast:
    @pytest.mark.parametrize("group", ["country", "colour:red", "all:", "country:"])
    def test_what_is_not_forecast_is_refused(self, get: Get, group: str) -> None:
        answer = get("/api/forecast", filter=group)
        assert valid(answer, "/api/forecast")["field"] == "filter"

    def test_before_the_first_one_there_is_nothing(self, get: Get) -> None:
        data = valid(get("/api/forecast"), "/api/forecast")["data"]
        assert (data["forecasts"], data["made_at"]) == ([], None)

    def test_what_is_published_is_told_with_its_hours(self, get: Get, aws: SimpleNamespace) -> None:
        table = store(aws, QUERY.predictions_table)
        for family, value in (("all", ""), ("country", "DE")):
            each = Published(
                family=family,
                value=value,
                measure="lcp_ms",
                begins_at=HOUR,
                expected=(2_000, 2_600),
                low_80=(1_900, 2_300),
                high_80=(2_100, 2_900),
                low_95=(1_800, 2_000),
                high_95=(2_200, 3_200),
                breach=Breach(limit=2_500, within_h=24, probability=0.7),
                shares={"profile": 1.0},
                error=90,
                naive_error=120,
            )
            key = published.key(family, value, "lcp_ms")
            backtest = published.backtest_key(each)
            body = each.model_dump_json().encode()
            table.write([Write(key, Versioned(body, 1), None, NEVER_S)])
            table.write([Write(backtest, Versioned(body, 1), None, NEVER_S)])
        table.write([Write(("forecast#all", "#odd"), Versioned(b"{}", 1), None, NEVER_S)])
        data = valid(get("/api/forecast"), "/api/forecast")["data"]
        assert data["groups"] == ["country:DE"]
        [found] = data["forecasts"]
        assert found["at"] == [int(HOUR.timestamp()), int(HOUR.timestamp()) + 3_600]
        assert (found["breach"]["probability"], found["beats_naive"]) == (0.7, True)
        assert [each["measure"] for each in data["backtests"]] == ["lcp_ms"]
        german = valid(get("/api/forecast", filter="country:DE"), "/api/forecast")["data"]
        assert german["group"] == {"country": "DE"}
        assert len(german["forecasts"]) == 1


class TestRecommendations:
    @pytest.fixture
    def book(self, aws: SimpleNamespace) -> AdviceBook:
        book = AdviceBook(store(aws, QUERY.predictions_table))
        book.publish([LOWER, SHARDS], NOW)
        return book

    def test_nothing_is_recommended_at_first(self, get: Get) -> None:
        body = valid(get("/api/recommendations"), "/api/recommendations")
        assert body["data"] == {"recommendations": []}

    def test_they_come_page_by_page_the_most_useful_first(self, get: Get, book: AdviceBook) -> None:
        gains = {LOWER.id: LOWER.gain, SHARDS.id: SHARDS.gain}
        ranked = sorted(gains, key=lambda each: -gains[each])
        first = valid(get("/api/recommendations", limit="1"), "/api/recommendations")
        rest = valid(
            get("/api/recommendations", limit="1", cursor=first["next"]), "/api/recommendations"
        )
        pages = (first, rest)
        assert [page["data"]["recommendations"][0]["id"] for page in pages] == ranked
        assert rest["next"] is None
        assert len(book.all()) == 2

    @pytest.mark.parametrize("action", ["accept", "dismiss", "try"])
    def test_who_is_no_operator_decides_nothing(self, book: AdviceBook, action: str) -> None:
        answer = post(f"/api/recommendations/{action}", BEN, id=LOWER.id, why="w")
        assert answer["statusCode"] == 403
        assert {each.state for each in book.all()} == {"proposed"}

    @pytest.mark.parametrize("action", ["accept", "dismiss", "try"])
    def test_what_was_never_recommended_is_not_found(self, action: str) -> None:
        path = f"/api/recommendations/{action}"
        assert valid(post(path, id="none", why="w"), path, "post")["status"] == 404

    def test_one_for_the_policy_is_put_in_force_once(self, get: Get, book: AdviceBook) -> None:
        path = "/api/recommendations/accept"
        told = valid(post(path, id=LOWER.id, why="the sale"), path, "post")
        assert (told["advice"]["state"], told["advice"]["who"]) == ("accepted", "anne")
        assert json.loads(get("/api/policy")["body"])["data"]["version"] == 1
        assert ("policy", "anne", f"{LOWER.id}: the sale") in changes(get)
        assert valid(post(path, id=LOWER.id, why="again"), path, "post")["status"] == 409
        decided = valid(get("/api/recommendations", which="decided"), "/api/recommendations")
        assert [each["id"] for each in decided["data"]["recommendations"]] == [LOWER.id]
        assert book.latest(LOWER.id).state == "accepted"

    def test_one_that_is_dismissed_is_not_proposed(self, get: Get, book: AdviceBook) -> None:
        path = "/api/recommendations/dismiss"
        valid(post(path, id=SHARDS.id, why="no sale"), path, "post")
        left = valid(get("/api/recommendations"), "/api/recommendations")["data"]
        assert [each["id"] for each in left["recommendations"]] == [LOWER.id]
        assert book.latest(SHARDS.id).why == "no sale"

    def test_one_is_tried_on_some_if_sessions_can_be_split(self, book: AdviceBook) -> None:
        path = "/api/recommendations/try"
        assert valid(post(path, id=SHARDS.id, why="w"), path, "post")["status"] == 409
        assert valid(post(path, id=LOWER.id, why="w"), path, "post")["state"] == "canary"
        assert book.latest(LOWER.id).state == "proposed"


class TestSilences:
    order: dict[str, Any] = {"rule": "slow*", "hours": 2, "why": "moving the database"}  # noqa: RUF012

    def test_who_is_no_operator_silences_nothing(self, get: Get) -> None:
        assert post("/api/silences", BEN, **self.order)["statusCode"] == 403
        assert json.loads(get("/api/alerts")["body"])["data"]["silences"] == []

    @pytest.mark.parametrize(
        "change", [{"rule": "SLOW!"}, {"hours": 0}, {"hours": 9_000}, {"why": ""}, {"kind": "nap"}]
    )
    def test_what_makes_no_sense_is_refused(self, change: dict[str, Any]) -> None:
        answer = post("/api/silences", **{**self.order, **change})
        assert valid(answer, "/api/silences", "post")["status"] == 422

    def test_it_is_put_told_and_ended_with_who_and_why(
        self, get: Get, aws: SimpleNamespace
    ) -> None:
        made = valid(post("/api/silences", **self.order), "/api/silences", "post")
        assert made["who"] == "anne"
        [told] = json.loads(get("/api/alerts")["body"])["data"]["silences"]
        assert told["id"] == made["id"]
        path = f"/api/silences/{made['id']}/end"
        assert post(path, BEN, why="done")["statusCode"] == 403
        valid(post(path, why="done"), "/api/silences/{silence}/end", "post")
        assert json.loads(get("/api/alerts")["body"])["data"]["silences"] == []
        assert post(path, why="done")["statusCode"] == 404
        [kept] = AlertsStore(store(aws, QUERY.alerts_table)).silences()
        assert kept.ends_at < datetime.now(UTC)
        assert changes(get) == [
            ("silence", "anne", "moving the database"),
            ("silence", "anne", "ended: done"),
        ]


class TestPin:
    def test_who_is_no_operator_pins_nothing(self) -> None:
        assert post("/api/policy/pin", BEN, tier="lite", why="w")["statusCode"] == 403

    def test_a_word_that_is_no_tier_is_refused(self) -> None:
        answer = post("/api/policy/pin", tier="control", why="w")
        assert valid(answer, "/api/policy/pin", "post")["status"] == 422

    def test_everybody_is_pinned_and_freed_again(self, get: Get) -> None:
        valid(post("/api/policy/pin", tier="lite", why="flood"), "/api/policy/pin", "post")
        post("/api/policy/pin", tier="minimal", why="worse")
        policy = json.loads(get("/api/policy")["body"])["data"]["policy"]
        assert (policy["tiers_on"], policy["default_tier"]) == (["minimal"], "minimal")
        valid(post("/api/policy/pin", tier=None, why="over"), "/api/policy/pin", "post")
        policy = json.loads(get("/api/policy")["body"])["data"]["policy"]
        assert policy["tiers_on"] == ["full", "standard", "lite", "minimal"]
        assert policy["default_tier"] == "full"
        assert ("policy", "anne", "over") in changes(get)
