"""adaptive-ops policy: nothing is changed unless told, and every change has who and why."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import Change, ChangeLog
from adaptive.delivery.policy_book import PolicyBook
from adaptive.edge.policy import Tier
from local.adaptive_ops.__main__ import app
from tests.functions.ops_world import deployed
from tests.samples import INGEST, INITIAL

SIGNED = ("--who", "me", "--why", "because")
Run = Callable[..., Result]


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("COLUMNS", "160")
    with deployed(monkeypatch):
        yield lambda *arguments: CliRunner().invoke(app, ["policy", *arguments])


@pytest.fixture
def book(aws: SimpleNamespace) -> PolicyBook:
    return PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))


def logged(book: PolicyBook) -> list[Change]:
    now = datetime.now(UTC)
    return ChangeLog(book.store).between(now - timedelta(hours=1), now + timedelta(hours=1))


def written(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def spoil(aws: SimpleNamespace, *sort_keys: str) -> None:
    for sort in sort_keys:
        aws.dynamodb.update_item(
            TableName=INGEST.operations_table,
            Key={"pk": {"S": "policy"}, "sk": {"S": sort}},
            UpdateExpression="SET body = :body",
            ExpressionAttributeValues={":body": {"B": b"{}"}},
        )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "say what to change"),
        (("holdout_share",), "write key=value"),
        (("holdout_share=2",), "holdout_share: Input should be less than or equal to 1"),
        (("tiers_on=lite",), "default_tier full is not among tiers_on"),
        (("tiers_off=lite",), "tiers_off: Extra inputs are not permitted"),
        (("goal.lcp_ms=1",), "there is no section goal"),
        (("version=9",), "version: is counted, not set"),
        (("--again", "4"), "there is no version 4"),
        (("--file", "/nowhere.json"), "No such file"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_reason_and_nothing_is_put(
    run: Run, book: PolicyBook, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("set", *arguments, *SIGNED, "--apply")
    assert result.exit_code == 1
    assert sentence in result.output
    assert book.version == 0


@pytest.mark.parametrize("missing", ["--who", "--why"])
def test_nobody_changes_anything_unnamed_or_without_a_reason(run: Run, missing: str) -> None:
    at = SIGNED.index(missing)
    rest = (*SIGNED[:at], *SIGNED[at + 2 :])
    for command in (("set", "kill=true"), ("kill",)):
        assert run(*command, *rest, "--apply").exit_code == 2


def test_without_being_told_to_nothing_changes_but_the_difference_is_shown(
    run: Run, book: PolicyBook
) -> None:
    result = run("set", "target.lcp_ms=2000", "tiers_on=full, lite", *SIGNED)
    assert result.exit_code == 0, result.output
    for word in ("target.lcp_ms", "2500.0", "2000.0", "full, lite", "--apply does it"):
        assert word in result.output
    assert run("kill", *SIGNED).exit_code == 0
    assert (book.version, logged(book)) == (0, [])


def test_what_is_put_is_in_force_and_in_the_change_log(run: Run, book: PolicyBook) -> None:
    result = run("set", "holdout_share=0.1", *SIGNED, "--apply")
    assert "Version 1 is in force" in result.output
    current = book.current()
    assert current is not None
    assert (current.policy.holdout_share, current.who, current.why) == (0.1, "me", "because")
    assert [(each.kind, each.name, each.who) for each in logged(book)] == [("policy", "v1", "me")]


def test_a_kill_changes_nothing_else_and_can_be_lifted(run: Run, book: PolicyBook) -> None:
    run("set", "holdout_share=0.1", *SIGNED, "--apply")
    for lift, killed in (((), True), (("--lift",), False)):
        answer = written(run("kill", *lift, *SIGNED, "--apply", "--json"))
        assert answer["applied"] is True
        assert [each["key"] for each in answer["different"]] == ["kill"]
        current = book.current()
        assert current is not None
        assert current.policy.kill is killed
        assert current.policy.holdout_share == 0.1


def test_every_version_can_be_seen_and_put_again(run: Run, book: PolicyBook) -> None:
    run("set", "holdout_share=0.1", *SIGNED, "--apply")
    run("set", "holdout_share=0.2", *SIGNED, "--apply")
    run("set", "--again", "1", *SIGNED, "--apply")
    run("set", "--again", "0", *SIGNED, "--apply")
    versions = written(run("history", "--json"))["versions"]
    assert [each["policy"]["holdout_share"] for each in versions] == [0.05, 0.1, 0.2, 0.1]
    assert written(run("show", "--json", "--version", "2"))["policy"]["holdout_share"] == 0.2
    assert written(run("show", "--json", "--version", "0"))["policy"]["version"] == 0
    told = run("history").output
    assert "holdout_share: 0.05 -> 0.1" in told
    assert "because" in told


def test_before_anything_is_put_version_0_is_shown(run: Run) -> None:
    shown = run("show").output
    assert "version 0: site.toml's" in shown
    assert "full, standard, lite, minimal" in shown
    assert "Nothing was put yet" in run("history").output
    assert written(run("show", "--json"))["policy"] == INITIAL.model_dump(mode="json")


def test_a_file_made_from_another_version_is_refused(
    run: Run, book: PolicyBook, tmp_path: Path
) -> None:
    file = tmp_path / "proposal.json"
    file.write_text(json.dumps({"policy": {"version": 0, "image_weight": {"lite": 0.25}}}))
    run("set", "--file", str(file), *SIGNED, "--apply")
    current = book.current()
    assert current is not None
    assert current.policy.image_weight == {**INITIAL.image_weight, Tier.LITE: 0.25}
    refused = run("set", "--file", str(file), *SIGNED, "--apply")
    assert refused.exit_code == 1
    assert "made from version 0, and 1 is in force" in refused.output


@pytest.mark.parametrize("text", ["", "[]", '{"policy": 1}', '{"policy": {"kill": "perhaps"}}'])
def test_a_file_that_is_no_policy_is_refused(
    run: Run, book: PolicyBook, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "proposal.json"
    file.write_text(text)
    assert run("set", "--file", str(file), *SIGNED, "--apply").exit_code == 1
    assert book.version == 0


def test_an_unreadable_policy_is_told_and_can_be_killed_or_replaced(
    run: Run, book: PolicyBook, aws: SimpleNamespace
) -> None:
    run("set", "holdout_share=0.1", *SIGNED, "--apply")
    run("set", "holdout_share=0.2", *SIGNED, "--apply")
    spoil(aws, "current", "history#00000002")
    assert "version 2 cannot be read" in run("show").output
    refused = run("set", "kill=true", *SIGNED, "--apply")
    assert refused.exit_code == 1
    assert "put a good one --again" in refused.output
    assert "Version 3 is in force" in run("kill", *SIGNED, "--apply").output
    killed = book.at(3).policy
    assert (killed.kill, killed.holdout_share) == (True, 0.1)
    spoil(aws, "current", "history#00000003")
    assert "Version 4 is in force" in run("set", "--again", "1", *SIGNED, "--apply").output


def test_a_table_that_does_not_answer_is_told_in_a_sentence(run: Run, aws: SimpleNamespace) -> None:
    aws.dynamodb.delete_table(TableName=INGEST.operations_table)
    result = run("show")
    assert result.exit_code == 1
    assert "DynamoDB: " in result.output


def test_an_old_stack_is_told_in_a_sentence(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with deployed(monkeypatch, outputs={"SessionsTableName": "sessions"}):
        result = CliRunner().invoke(app, ["policy", "show"])
    assert result.exit_code == 1
    assert "has no output 'OperationsTableName'" in result.output


def test_a_release_is_noted_by_whom_and_why(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, book: PolicyBook
) -> None:
    with deployed(monkeypatch):
        done = CliRunner().invoke(app, ["release", "v43", *SIGNED])
        refused = CliRunner().invoke(app, ["release", "v 43", *SIGNED])
    assert done.exit_code == 0, done.output
    assert [(each.kind, each.name, each.who) for each in logged(book)] == [("release", "v43", "me")]
    assert refused.exit_code == 1
    assert "name: " in refused.output
