"""How fast the stream's two consumers are on one core, and what they write to DynamoDB.

Ports in memory, so that what is timed is ours. The peer is the floor: decoding the same records
with `json.loads` and nothing else. Sessions send one, ten or a hundred beacons in a batch.
"""

import argparse
import gc
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adaptive.delivery.ledger import Ledger, Record
from adaptive.delivery.session import SessionState, dump
from adaptive.monitoring.roller import Roller
from adaptive.ports import Key, Stored, Versioned, Write
from adaptive.settings.delivery import ScoreSettings
from adaptive.settings.monitoring import RollUpSettings
from bench.report import Result, finish, say
from infra import config

SITE = Path(__file__).parents[1] / "site.toml"
_PER_SESSION = (1, 10, 100)
_KEY_BYTES = 150  # of a session's item: names, key, sequence, tier, score
_WRITE_UNIT = 1_024  # bytes of an item that one DynamoDB write unit covers


@dataclass
class Sessions:
    """In memory; `units` are DynamoDB's write units."""

    items: dict[str, Stored[SessionState]] = field(default_factory=dict)
    writes: int = 0
    units: int = 0

    def get(self, session_id: str) -> Stored[SessionState] | None:
        """See the port."""
        return self.items.get(session_id)

    def put(
        self,
        session_id: str,
        new: Stored[SessionState],
        *,
        replacing: Stored[SessionState] | None,  # noqa: ARG002 - the port's signature
        expires_at_s: int,  # noqa: ARG002
    ) -> bool:
        """See the port."""
        self.items[session_id] = new
        self.writes += 1
        self.units += -(-(len(dump(new.state)) + _KEY_BYTES) // _WRITE_UNIT)
        return True


@dataclass
class Items:
    """In memory; `units` are DynamoDB's write units."""

    items: dict[Key, Versioned] = field(default_factory=dict)
    writes: int = 0
    units: int = 0

    def read(self, keys: Sequence[Key]) -> dict[Key, Versioned]:
        """See the port."""
        return {key: self.items[key] for key in keys if key in self.items}

    def read_partition(self, partition: str) -> dict[Key, Versioned]:
        """See the port."""
        return {key: item for key, item in self.items.items() if key[0] == partition}

    def write(self, writes: Sequence[Write]) -> list[Key]:
        """See the port."""
        for each in writes:
            self.items[each.key] = each.new
            self.units += -(-len(each.new.body) // _WRITE_UNIT)
        self.writes += len(writes)
        return []


class NoLetters:
    """Where nothing is to arrive."""

    def bury(self, record: bytes, *, record_id: str, reason: str) -> None:
        """See the port."""
        raise AssertionError(f"{record_id} cannot be read: {reason} {record!r}")


def main() -> None:
    """Time both, batch by batch, at each number of beacons per session."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beacons", type=int, default=20_000, help="per run (%(default)s)")
    parser.add_argument("--batch", type=int, default=2_000, help="records (%(default)s)")
    arguments = parser.parse_args()
    score, roll_up = consumers()
    gc.set_threshold(250_000, 50, 50)  # as the handlers set it
    found: dict[str, list[float]] = defaultdict(list)
    for per_session in _PER_SESSION:
        records = [
            Record(number, data)
            for number, data in enumerate(stream(arguments.beacons, per_session), start=1)
        ]
        batches = [
            records[at : at + arguments.batch] for at in range(0, len(records), arguments.batch)
        ]
        thousands = len(records) / 1_000
        sessions, cells, tallies = Sessions(), Items(), Items()
        row = {
            "json_loads_per_s": _rate(batches, lambda batch: [json.loads(r.data) for r in batch]),
            "score_per_s": _rate(
                batches, Ledger(score, sessions, NoLetters(), lambda *_: score.rules).post
            ),
            "roll_up_per_s": _rate(batches, Roller(roll_up, cells, tallies, NoLetters()).post),
            "score_writes_per_1000": sessions.writes / thousands,
            "tally_and_plan_writes_per_1000": tallies.writes / thousands,
            "cell_writes_per_1000": cells.writes / thousands,
            "roll_up_write_units_per_1000": (cells.units + tallies.units) / thousands,
        }
        say(f"{per_session} a session: {row}")
        for name, value in row.items():
            found[name].append(round(value, 1))
    ours, floor = found["roll_up_per_s"][0], found["json_loads_per_s"][0]
    finish(
        Result(
            name="stream",
            value=ours,
            unit="beacons/s through roll_up on one core, each of its own session",
            peer="json.loads of the same records",
            peer_value=floor,
            ratio=ours / floor,
            n=arguments.beacons,
        ),
        targets_per_s={"score": 20_000, "roll_up": 40_000},
        batch=arguments.batch,
        beacons_per_session=list(_PER_SESSION),
        **found,
    )


def consumers() -> tuple[ScoreSettings, RollUpSettings]:
    """As `site.toml` has them, on no tables."""
    site = config.load(SITE)
    score = ScoreSettings(
        sessions_table="",
        operations_table="",
        dead_letter_bucket="",
        session_ttl_s=1,
        rules=site.rules,
    )
    roll_up = RollUpSettings(
        rollups_table="",
        tallies_table="",
        dead_letter_bucket="",
        holdout_share=site.holdout.share,
        holdout_salt=site.holdout.salt,
        lists=site.rollups.lists,
        experience=site.experience.rules,
        outcome_ttl_s=1,
    )
    return score, roll_up


def _rate(batches: list[list[Record]], consume: Callable[[list[Record]], object]) -> float:
    """Records a second of processor time, over all batches."""
    began = time.process_time()
    for batch in batches:
        consume(batch)
    return sum(map(len, batches)) / (time.process_time() - began)


def stream(count: int, per_session: int, *, per_s: float = 300) -> Iterator[bytes]:
    """Two reports a view, so many a second; the sessions of a batch one after the other."""
    chance = random.Random(4)  # noqa: S311 - reproducible, not secret
    for number in range(count):
        session, of_session = divmod(number, per_session)
        if of_session == 0:
            visitor = {
                "country": chance.choice(["US", "GB", "DE", "FR", "SE", "IN"]),
                "browser": chance.choice(["chrome", "chrome", "safari", "firefox", "edge"]),
                "device_class": chance.choice(["phone", "phone", "desktop"]),
            }
        view, sequence = divmod(of_session, 2)
        if sequence == 0:
            vitals = {
                "lcp_ms": round(chance.lognormvariate(7.6, 0.6), 1),
                "fcp_ms": round(chance.lognormvariate(7.2, 0.5), 1),
                "ttfb_ms": round(chance.lognormvariate(6.2, 0.6), 1),
            }
        else:
            vitals |= {"inp_ms": float(chance.randrange(8, 600, 8)), "cls": chance.random() / 5}
        seconds = int(number / per_s)
        arrival = {
            "session_id": f"{session:022}",
            "received_at": f"2026-11-01T10:{seconds // 60 % 60:02}:{seconds % 60:02}.5Z",
            **visitor,
            "beacon": {
                "view_id": f"{session:012}{view:010}",
                "sequence": sequence,
                "final": sequence == 1,
                "page": "/product.html",
                "page_group": chance.choice(["front", "category", "product"]),
                "navigation": "navigate",
                "hidden": False,
                "tier": chance.choice(["full", "standard", "lite"]),
                "vitals": vitals,
                "timing": {"tcp_ms": 41.0, "tls_ms": 44.5, "load_ms": 2_310.25},
                "transfer": {"requests": 31, "bytes": 612_004, "image_bytes": 402_113},
                "network": {"ect": "4g", "rtt_ms": chance.choice([50.0, 150.0, 300.0])},
                "device": {"cores": 8, "dpr": 2.625, "viewport_width_px": 412, "mobile": True},
            },
        }
        yield json.dumps(arrival, separators=(",", ":")).encode()


if __name__ == "__main__":
    main()
