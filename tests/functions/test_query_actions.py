"""What operators do through the API, and what they see of it; sessions, too."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.sessions import DynamoSessionStore
from adaptive.delivery import tier
from adaptive.delivery.session import SessionState
from adaptive.ports import Stored
from tests.functions.test_query import Get, call, get, valid
from tests.samples import HELD_OUT, QUERY, RULES, TREATED, beacon

__all__ = ["get"]
pytestmark = pytest.mark.usefixtures("get")

ANNE = {"jwt": {"claims": {"username": "anne", "cognito:groups": "[operators readers]"}}}
BEN = {"jwt": {"claims": {"username": "ben", "cognito:groups": "[readers]"}}}
ROLE = "arn:aws:sts::000000000000:assumed-role/deploy/ci"


def post(path: str, authorizer: object = ANNE, **body: Any) -> dict[str, Any]:
    return call("POST", path, authorizer, body=json.dumps(body))


@pytest.mark.parametrize(
    "authorizer",
    [
        None,
        BEN,
        {"jwt": {"claims": {"username": "eve"}}},
        {"jwt": {"claims": {"username": "eve", "cognito:groups": "[not-operators]"}}},
        {"iam": {"userArn": None}},
    ],
)
def test_who_is_no_operator_changes_nothing(authorizer: object, get: Get) -> None:
    answer = post("/api/policy/kill", authorizer, kill=True, why="pictures are broken")
    assert valid(answer, "/api/policy/kill", "post")["status"] == 403
    assert json.loads(get("/api/policy")["body"])["data"]["version"] == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/policy/kill", {"kill": True}),
        ("/api/policy/kill", {"kill": True, "why": ""}),
        ("/api/policy/kill", {"kill": True, "why": "line\nline"}),
        ("/api/policy/kill", {"kill": True, "why": "w", "who": "root"}),
        ("/api/policy", {"replacing": 0, "changes": {}, "why": "w"}),
        ("/api/policy", {"replacing": 0, "changes": {"tiers_on": []}, "why": "w"}),
        ("/api/policy", {"replacing": 0, "changes": {"target": {"lcp_ms": -1}}, "why": "w"}),
        ("/api/policy", {"replacing": 0, "changes": {"version": 9}, "why": "w"}),
        ("/api/policy", {"replacing": 0, "changes": {"colour": "red"}, "why": "w"}),
        ("/api/policy", {"replacing": -1, "changes": {"kill": True}, "why": "w"}),
        ("/api/policy", {"replacing": 7, "changes": {"kill": True}, "why": "w"}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(path: str, body: dict[str, Any]) -> None:
    answer = post(path, **body)
    assert valid(answer, path, "post")["status"] == 422


def test_a_body_that_is_no_json_is_refused() -> None:
    assert call("POST", "/api/policy", ANNE, body="{")["statusCode"] == 422


def test_a_change_is_in_force_and_written_down_with_who_and_why(get: Get) -> None:
    order = {"replacing": 0, "changes": {"target": {"lcp_ms": 2_200}}, "why": "summer sale"}
    told = valid(post("/api/policy", **order), "/api/policy", "post")
    assert (told["version"], told["who"], told["why"]) == (1, "anne", "summer sale")
    assert told["changes"] == [{"key": "target.lcp_ms", "before": "2500.0", "after": "2200.0"}]
    now = valid(get("/api/policy"), "/api/policy")["data"]
    assert now["policy"]["target"] == {"lcp_ms": 2_200, "inp_ms": 200, "share": 0.75}
    assert [each["version"] for each in now["history"]] == [1]
    [change] = json.loads(get("/api/changes", range="1h")["body"])["data"]["changes"]
    assert (change["kind"], change["who"], change["why"]) == ("policy", "anne", "summer sale")


def test_of_two_who_replace_the_same_version_one_is_told_so() -> None:
    order = {"replacing": 0, "changes": {"default_tier": "lite"}, "why": "w"}
    assert post("/api/policy", **order)["statusCode"] == 200
    assert valid(post("/api/policy", **order), "/api/policy", "post")["status"] == 409


def test_the_kill_switch_needs_no_version_and_can_be_lifted(get: Get) -> None:
    assert post("/api/policy/kill", kill=True, why="broken")["statusCode"] == 200
    machine = {"iam": {"userArn": ROLE}}
    assert post("/machine/api/policy/kill", machine, kill=False, why="ok")["statusCode"] == 200
    first = json.loads(get("/api/policy", limit="1")["body"])
    assert [(each["version"], each["who"]) for each in first["data"]["history"]] == [(2, ROLE)]
    second = json.loads(get("/api/policy", limit="1", cursor=first["next"])["body"])
    assert [each["who"] for each in second["data"]["history"]] == ["anne"]
    assert second["next"] is None


def test_one_tier_alone_pins_everybody_to_it(get: Get) -> None:
    changes = {"tiers_on": ["lite"], "default_tier": "lite"}
    answer = post("/api/policy", replacing=0, changes=changes, why="a test")
    assert answer["statusCode"] == 200, answer
    assert json.loads(get("/api/policy")["body"])["data"]["policy"]["tiers_on"] == ["lite"]


class TestSessions:
    path = "/api/sessions/{session}"

    def stored(self, aws: SimpleNamespace, session_id: str) -> None:
        state = tier.follow(SessionState(), beacon(), RULES)
        DynamoSessionStore(aws.dynamodb, table=QUERY.sessions_table).put(
            session_id, Stored(state, 1), replacing=None, expires_at_s=2_000_000_000
        )

    @pytest.mark.parametrize("session", [TREATED, "short", "..%2F", "A" * 500])
    def test_an_unknown_one_is_not_found(self, get: Get, session: str) -> None:
        answer = get(f"/api/sessions/{session}")
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"])["status"] == 404

    def test_it_says_what_the_score_is_made_of(self, get: Get, aws: SimpleNamespace) -> None:
        self.stored(aws, TREATED)
        data = valid(get(f"/api/sessions/{TREATED}"), self.path)["data"]
        assert (data["arm"], data["seen"], data["policy"]) == ("treatment", 1, 0)
        told = data["explanation"]
        lost = sum(part["lost"] for part in told["views"][0]["vitals"].values())
        assert told["score"] == pytest.approx(100 - lost, abs=0.5)
        assert set(told["tiers"]) == {"full", "standard", "lite", "minimal"}

    def test_control_is_told_apart(self, get: Get, aws: SimpleNamespace) -> None:
        self.stored(aws, HELD_OUT)
        assert valid(get(f"/api/sessions/{HELD_OUT}"), self.path)["data"]["arm"] == "control"

    def test_the_log_names_no_session(
        self, get: Get, aws: SimpleNamespace, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.stored(aws, TREATED)
        get(f"/api/sessions/{TREATED}")
        get(f"/machine/api/sessions/{TREATED}")
        assert TREATED not in capsys.readouterr().out
