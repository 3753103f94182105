"""adaptive-ops explain-session: the parts of a score, and what each tier promises."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery import tier
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.session import SessionState
from adaptive.edge.policy import Tier
from adaptive.ports import Stored
from local.adaptive_ops.__main__ import app
from tests.functions.conftest import TABLE
from tests.functions.ops_world import deployed
from tests.samples import HELD_OUT, INGEST, INITIAL, RULES, TREATED, beacon

Run = Callable[..., Result]
SLOW = tier.follow(SessionState(), beacon(), RULES)


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("COLUMNS", "160")
    with deployed(monkeypatch):
        yield lambda *arguments: CliRunner().invoke(app, ["explain-session", *arguments])


def keep(aws: SimpleNamespace, state: SessionState, *, session: str = TREATED) -> None:
    sessions = DynamoSessionStore(aws.dynamodb, table=TABLE)
    sessions.put(session, Stored(state, 1), replacing=None, expires_at_s=2_000_000_000)


@pytest.mark.parametrize(
    ("session", "sentence"), [("../x", "is no session id"), (TREATED, "there is no session")]
)
def test_a_session_that_cannot_be_explained_is_told_in_a_sentence(
    run: Run, session: str, sentence: str
) -> None:
    result = run(session)
    assert result.exit_code == 1
    assert sentence in result.output


def test_the_parts_of_the_score_and_each_tiers_promise_are_shown(
    run: Run, aws: SimpleNamespace
) -> None:
    keep(aws, SLOW)
    result = run(TREATED)
    assert result.exit_code == 0, result.output
    assert f"Performance Score {SLOW.score:.0f}; tier {SLOW.tier}" in result.output
    for word in ("view-0001", "points lost", "worth most", "decided", "minimal", "treatment"):
        assert word in result.output


def test_a_view_that_was_served_by_a_recipe_says_so(run: Run, aws: SimpleNamespace) -> None:
    keep(aws, tier.follow(SessionState(), beacon(tier="lite", recipe="thrifty"), RULES))
    assert "lite by thrifty" in run(TREATED).output


def test_as_json_the_points_lost_make_up_the_score(run: Run, aws: SimpleNamespace) -> None:
    keep(aws, SLOW)
    found = json.loads(run(TREATED, "--json").stdout)
    lost = sum(part["lost"] for view in found["views"] for part in view["vitals"].values())
    assert found["score"] + lost == pytest.approx(100)
    assert found["tier"] == found["best"] == SLOW.tier
    assert set(found["tiers"]) == set(Tier)


def test_a_session_that_told_nothing_yet_is_explained_too(run: Run, aws: SimpleNamespace) -> None:
    keep(aws, SessionState())
    result = run(TREATED)
    assert result.exit_code == 0, result.output
    assert "no Performance Score" in result.output


def test_the_policy_in_force_is_what_explains(run: Run, aws: SimpleNamespace) -> None:
    keep(aws, SLOW, session=HELD_OUT)
    assert "control" in run(HELD_OUT).output
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    draft = INITIAL.model_copy(update={"kill": True, "tiers_on": (Tier.FULL, Tier.STANDARD)})
    book.put(draft, replacing=0, who="me", why="test", at=datetime.now(UTC))
    told = run(HELD_OUT).output
    assert "kill" in told
    assert "policy version 1" in told
    found = json.loads(run(HELD_OUT, "--json").stdout)
    assert [name for name, part in found["tiers"].items() if not part["is_on"]] == [
        "lite",
        "minimal",
    ]
