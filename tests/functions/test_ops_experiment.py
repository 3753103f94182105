"""adaptive-ops experiment and value: orders need who and why, answers say how sure they are."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.ports import NEVER_S, Write
from local.adaptive_ops.__main__ import app
from tests.experiment_world import ExperimentWorld
from tests.functions.ops_world import OUTPUTS, deployed
from tests.samples import INGEST, JUDGE, RECORD

SIGNED = ("--who", "me", "--why", "because")
Run = Callable[..., Result]
SITE = Path(__file__).parents[1] / "infra" / "site.toml"


@pytest.fixture
def site_file(tmp_path: Path) -> str:
    """A site with one experiment."""
    file = tmp_path / "site.toml"
    declared = """
[[experiments]]
name = "quicker"
hypothesis = "Aiming at two seconds makes pages faster and costs no sales"
primary = "lcp"
minimum_effect = 0.03
guardrails = { lcp = 0.0, conversion = 0.0 }
changes = { target = { lcp_ms = 2000, inp_ms = 200, share = 0.75 } }
"""
    file.write_text(SITE.read_text() + declared)
    return str(file)


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    boto3.client("events").create_event_bus(Name=JUDGE.alert_bus)
    monkeypatch.setenv("COLUMNS", "200")
    further = {"ExperimentsTableName": RECORD.experiments_table, "AlertBusName": JUDGE.alert_bus}
    with deployed(monkeypatch, OUTPUTS | further):
        yield lambda *arguments: CliRunner().invoke(app, [*arguments])


@pytest.fixture
def store(aws: SimpleNamespace) -> DynamoVersionedStore:
    return DynamoVersionedStore(aws.dynamodb, table=RECORD.experiments_table)


def recorded(store: DynamoVersionedStore, sessions: int, **visits: float) -> None:
    """What `record` would have counted of so many sessions of today."""
    world = ExperimentWorld(now=datetime.now(UTC))
    world.policy_at_first = world.policy_at_first.model_copy(update={"holdout_share": 0.3})
    world.visit(sessions, **visits)
    for key, item in world.store.items.items():
        if key[0].startswith("cells#holdout#"):
            store.write([Write(key, item, None, NEVER_S)])


def written(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("order", ["start", "stop", "promote", "rollback"])
def test_no_order_without_who_and_why(run: Run, order: str) -> None:
    assert run("experiment", order, "quicker").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("start", "nothing"), "site.toml declares quicker"),
        (("stop", "quicker"), "there is no experiment quicker"),
    ],
)
def test_what_cannot_be_ordered_is_told_in_a_sentence(
    run: Run, site_file: str, arguments: tuple[str, ...], sentence: str
) -> None:
    more = ("--site-file", site_file) if arguments[0] == "start" else ()
    result = run("experiment", *arguments, *SIGNED, *more)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_an_experiment_is_started_listed_promoted_and_taken_back(
    run: Run, aws: SimpleNamespace, site_file: str
) -> None:
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    result = run("experiment", "start", "quicker", *SIGNED, "--site-file", site_file)
    assert result.stdout.startswith("quicker is canary, with 1% of its sessions")
    [listed] = written(run("experiment", "list", "--json"))["experiments"]
    assert (listed["state"], listed["decision"]["who"]) == ("canary", "me")
    assert "me: because" in run("experiment", "list").stdout
    run("experiment", "promote", "quicker", *SIGNED)
    assert (current := book.current())
    assert (current.policy.target.lcp_ms, current.policy.trials) == (2_000, ())
    run("experiment", "rollback", "quicker", *SIGNED)
    assert (current := book.current())
    assert current.policy.target.lcp_ms == 2_500
    result = run("experiment", "show", "quicker")
    assert "too few sessions to say anything" in result.stdout
    assert "rolled-back (0%) by me: because" in result.stdout
    result = run("experiment", "start", "quicker", *SIGNED, "--site-file", site_file)
    assert "it rests until" in result.stderr


def test_the_holdout_says_what_adaptation_does(run: Run, store: DynamoVersionedStore) -> None:
    recorded(store, 3_000, faster=0.7)
    result = run("experiment", "show")
    assert result.stdout.startswith("adapted visitors: LCP -3")
    assert "no proven change in revenue" in result.stdout
    found = written(run("experiment", "show", "--json"))
    [lcp] = [each for each in found["exposed"] if each["metric"] == "lcp"]
    assert lcp["low"] < lcp["estimate"] < lcp["high"] < 0
    assert not found["is_mismatched"]


def test_a_plan_follows_from_the_sites_own_variance(
    run: Run, store: DynamoVersionedStore, site_file: str
) -> None:
    asked = ("experiment", "plan", "quicker", "--site-file", site_file)
    assert "Too few sessions yet" in run(*asked).stdout
    recorded(store, 2_000)
    found = written(run(*asked, "--json"))
    # By the formula of one look, (z.95 + z.8)^2 * 2 sd^2 / d^2, times what looking always costs.
    classic = 2 * (1.645 + 0.842) ** 2 * found["spread"] ** 2 / found["step"] ** 2
    assert 1.2 * classic < found["sessions"] < 3 * classic
    assert "sessions an arm prove at least 3.0% in LCP if it is 6.0%" in run(*asked).stdout
    assert "never proves the minimum effect, 3.0%" in run(*asked, "--effect", "0.03").stderr


def test_value_is_money_with_an_interval_or_nothing_proven(
    run: Run, store: DynamoVersionedStore, site_file: str
) -> None:
    asked = ("value", "--site-file", site_file)
    assert "Sales: too few sessions of the control group yet" in run(*asked).stdout
    recorded(store, 6_000, buys=0.05, candidate_buys=0.15)
    found = written(run(*asked, "--json"))
    revenue = found["revenue"]
    assert 0 < revenue["low"] < revenue["estimate"] < revenue["high"]
    assert revenue["estimate"] == pytest.approx(0.1 * 80 * found["sessions"], rel=0.3)
    said = run(*asked).stdout
    assert f"Sales: {revenue['estimate']:+,.0f} EUR" in said
    assert "its cost is not told" in said


def test_the_optimiser_is_off_until_it_is_declared_and_then_only_proposes(
    run: Run, aws: SimpleNamespace, site_file: str
) -> None:
    asked = ("optimise", "--site-file", site_file, "--seed", "5")
    assert "the optimiser is off" in run(*asked).stderr
    file = Path(site_file)
    declared = """
[optimiser]
metric = "revenue"
minimum_effect = 0.01
guardrails = { lcp = 0.02, conversion = 0.0 }
lcp_ms = [1500, 3500]
share = [0.6, 0.9]
default_tiers = ["full", "standard"]
"""
    file.write_text(file.read_text() + declared)
    found = written(run(*asked, "--json"))
    assert found["lessons"] == 0
    proposed = found["experiment"]
    ordered = run(*asked).stdout.partition("[[experiments]]")
    file.write_text(file.read_text() + "".join(ordered[1:]))
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    assert book.current() is None
    started = run("experiment", "start", proposed["name"], *SIGNED, "--site-file", site_file)
    assert started.stdout.startswith(f"{proposed['name']} is canary")
