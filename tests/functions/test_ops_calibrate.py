"""adaptive-ops calibrate: a proposal in a file, never in force by itself."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.edge.policy import Tier
from adaptive.monitoring import window
from adaptive.monitoring.dimension import Cell
from adaptive.monitoring.window import Resolution
from adaptive.ports import Stored, Versioned, Write
from local.adaptive_ops.__main__ import app
from tests.calibration_world import chance, hour
from tests.functions.conftest import TABLE
from tests.functions.ops_world import OUTPUTS, deployed
from tests.samples import INGEST, ROLL_UP, RULES
from tests.unit.test_reconsider import sessions

Run = Callable[..., Result]
IMAGES = {**RULES.image_weight, Tier.LITE: 0.45}


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("COLUMNS", "160")
    with deployed(monkeypatch, {**OUTPUTS, "RollupsTableName": ROLL_UP.rollups_table}):
        yield lambda *arguments: CliRunner().invoke(app, [*arguments])


def measured(aws: SimpleNamespace, *, hours: int, of: int) -> None:
    """Hours of cells up to now, and so many sessions."""
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    draw, now = chance(5), Resolution.HOUR.start_of(int(time.time()) // 60)
    writes = [
        Write(
            window.key(Resolution.HOUR, Cell("tier+arm", f"{tier},{arm}"), now - 60 * back),
            Versioned(whole.encode(), 1),
            None,
            2_000_000_000,
        )
        for back in range(hours)
        for arm in ("treatment", "control")
        for tier, whole in hour(draw, IMAGES, RULES.script_weight).items()
    ]
    store.write(writes)
    sessions_table = DynamoSessionStore(aws.dynamodb, table=TABLE)
    for number, state in enumerate(sessions(of)):
        new = Stored(state, 1)
        sessions_table.put(f"{number:022}", new, replacing=None, expires_at_s=2_000_000_000)


@pytest.mark.parametrize(
    ("hours", "of", "reason"),
    [(0, 0, "0 hours of rollups"), (5, 0, "5 hours of rollups"), (30, 20, "20 sessions")],
)
def test_with_too_little_data_it_refuses_with_the_reason_and_writes_nothing(
    run: Run, aws: SimpleNamespace, tmp_path: Path, hours: int, of: int, reason: str
) -> None:
    measured(aws, hours=hours, of=of)
    result = run("calibrate", "--out", str(tmp_path / "proposal.json"))
    assert result.exit_code == 1
    assert reason in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_proposal_is_written_with_its_effect_and_put_in_force_only_by_policy_set(
    run: Run, aws: SimpleNamespace, tmp_path: Path
) -> None:
    measured(aws, hours=30, of=150)
    file = tmp_path / "proposal.json"
    result = run("calibrate", "--out", str(file))
    assert result.exit_code == 0, result.output
    for word in ("Against full (95 %)", "both targets met", "control", "policy set --file"):
        assert word in result.output
    written = json.loads(file.read_text())
    assert written["policy"]["image_weight"]["lite"] == pytest.approx(0.45, rel=0.1)
    lite = written["policy"]["script_weight"]["lite"]
    assert lite == pytest.approx(RULES.script_weight[Tier.LITE], rel=0.1)
    assert written["predicted"]["sessions"] == 150
    book = PolicyBook(DynamoVersionedStore(aws.dynamodb, table=INGEST.operations_table))
    assert book.version == 0
    put = run("policy", "set", "--file", str(file), "--who", "me", "--why", "fit", "--apply")
    assert put.exit_code == 0, put.output
    current = book.current()
    assert current is not None
    assert current.policy.image_weight[Tier.LITE] == written["policy"]["image_weight"]["lite"]
    again = run("policy", "set", "--file", str(file), "--who", "me", "--why", "fit", "--apply")
    assert "made from version 0" in again.output
