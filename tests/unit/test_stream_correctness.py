"""Both consumers of the stream, under every fault, any interleaving of two workers, resharding and
replays: they end in the state that a simple model of the reports has.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from functools import reduce
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from adaptive.aws.stream import records_of
from adaptive.delivery import tier
from adaptive.delivery.assignment import is_control
from adaptive.delivery.ledger import Ledger, Record
from adaptive.delivery.policy import Policy
from adaptive.delivery.policy_book import PolicyBook
from adaptive.delivery.policy_watch import PolicyArchive
from adaptive.delivery.session import Arrival, SessionId, SessionState
from adaptive.edge.policy import Tier
from adaptive.errors import AdaptiveError
from adaptive.monitoring import dimension, outcome_log, vital, window
from adaptive.monitoring.dimension import Cell, Dimensions
from adaptive.monitoring.outcome import Outcome
from adaptive.monitoring.roller import Roller
from adaptive.monitoring.rollup import Field, Rollup
from local.shards import Stream
from local.stream import Batch, Consumer, Discarded, Rules
from tests.fakes import InMemoryDeadLetters, InMemorySessionStore, InMemoryVersionedStore
from tests.faults import Fault, FaultyLetters, FaultySessions, FaultyVersions, Worker
from tests.rollup_world import AT, MINUTE, arrival
from tests.samples import ROLL_UP, SCORE

SESSIONS = [f"{letter}" * 22 for letter in "abcde"]
FAULTS = st.sampled_from(Fault)
NUMBERS = st.integers(0, 9)


def answer_of(failed: list[int]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": str(each)} for each in failed]}


class Side:
    """One consumer: its mapping, and its invocations under way, those given up on included."""

    def __init__(
        self, stream: Stream, rules: Rules, function: Callable[[Worker, Any], list[int]]
    ) -> None:
        self.discarded: list[Discarded] = []
        self.consumer = Consumer(stream, rules, self.discarded.append)
        self.function = function
        self.running: list[tuple[Batch, Worker, bool]] = []

    def start(self) -> None:
        for batch in self.consumer.poll():
            # Lambda ends what timed out; what is new on another shard comes long after.
            for other, worker, gone in self.running:
                if gone and other.shard.number != batch.shard.number:
                    worker.kill()
            records = records_of(batch.event)
            worker = Worker(lambda worker, records=records: self.function(worker, records))  # type: ignore[misc]
            self.running.append((batch, worker, False))
        self._sweep()

    def step(self, pick: int, calls: int, fault: Fault) -> None:
        """So many calls that go well, then one that goes as told."""
        if self.running:
            worker = self.running[pick % len(self.running)][1]
            for each in (*[Fault.NONE] * calls, fault):
                if not worker.finished:
                    worker.step(each)
            self._sweep()

    def time_out(self, pick: int) -> None:
        """Lambda takes the invocation for failed and retries, while it still goes on."""
        at = pick % len(self.running) if self.running else 0
        if self.running and not self.running[at][2]:
            batch, worker, _ = self.running[at]
            self.consumer.settle(batch, failed=True)
            self.running[at] = (batch, worker, True)

    def _sweep(self) -> None:
        for batch, worker, gone in self.running:
            if worker.finished and not gone:
                answer = None if worker.failed else answer_of(worker.answer)
                self.consumer.settle(batch, answer, failed=worker.failed)
        self.running = [each for each in self.running if not each[1].finished]

    def drain(self) -> None:
        """To the end of the stream; what had timed out comes last, with all it read long ago."""
        while True:
            self.start()
            current = [worker for _, worker, gone in self.running if not gone]
            for worker in current or [worker for _, worker, _ in self.running]:
                worker.run()
            self._sweep()
            if not current and not self.running:
                return


class Faults(RuleBasedStateMachine):
    mapping = Rules(batch_size=4, bisect=True)

    @initialize(shards=st.integers(1, 2), factor=st.integers(1, 2))
    def begin(self, shards: int, factor: int) -> None:
        self.stream = Stream(shards=shards, now=AT.timestamp)
        self.sessions = InMemorySessionStore()
        self.cells, self.tallies = InMemoryVersionedStore(), InMemoryVersionedStore()
        self.letters = {"score": InMemoryDeadLetters(), "roll_up": InMemoryDeadLetters()}
        self.operations = InMemoryVersionedStore()
        self.policy: Policy | None = None
        self.told: list[dict[str, Any]] = []
        self.poison = 0
        self.warm: dict[int, int] = {}
        rules = self.mapping
        of_score = Rules(rules.batch_size, factor, rules.retries, bisect=rules.bisect)
        self.sides = (
            Side(self.stream, of_score, self._score),
            Side(self.stream, rules, self._roll_up),
        )

    def _score(self, worker: Worker, records: Any) -> list[int]:
        sessions = FaultySessions(self.sessions, worker)
        letters = FaultyLetters(self.letters["score"], worker)
        archive = PolicyArchive(FaultyVersions(self.operations, worker), SCORE.rules, tell)
        return Ledger(SCORE, sessions, letters, archive.rules).post(records).failed

    def _roll_up(self, worker: Worker, records: Any) -> list[int]:
        letters = FaultyLetters(self.letters["roll_up"], worker)
        stores = (FaultyVersions(self.cells, worker), FaultyVersions(self.tallies, worker))
        warm = {} if len(records) % 2 else self.warm  # a new environment, or the one of last time
        return Roller(ROLL_UP, *stores, letters, warm).post(records).failed

    @rule(
        session=st.sampled_from(SESSIONS),
        view=st.integers(0, 2),
        sequence=st.integers(0, 3),
        minute=st.integers(0, 3),
        lcp_ms=st.sampled_from([900, 2_600, 5_000]),
        final=st.booleans(),
    )
    def report(self, session: str, minute: int, final: bool, **of_view: int) -> None:  # noqa: FBT001
        told: dict[str, Any] = {
            "session": session,
            "minute": minute,
            "view_id": f"view-{session[0]}-{of_view['view']:02}",
            "sequence": of_view["sequence"],
            "final": final,
            "vitals": {"lcp_ms": of_view["lcp_ms"], "inp_ms": of_view["lcp_ms"] // 10},
            "page_group": "product" if of_view["view"] else "front",
        }
        if self.policy:
            told["of_arrival"] = {
                "policy": self.policy.version,
                "holdout_share": self.policy.holdout_share,
            }
        self.told.append(told)
        self.stream.put(session, arrival(**told))

    @rule(
        off=st.sampled_from([*Tier]),
        target_ms=st.sampled_from([1_000, 2_500, 6_000]),
        holdout_share=st.sampled_from([0.0, 0.5, 1.0]),
    )
    def put_policy(self, off: Tier, target_ms: int, holdout_share: float) -> None:
        on = tuple(tier for tier in Tier if tier is not off)
        target = {"lcp_ms": target_ms, "inp_ms": 200, "share": 0.75}
        rules = {**SCORE.rules.model_dump(), "tiers_on": on, "default_tier": on[0]}
        draft = Policy.model_validate({**rules, "target": target, "holdout_share": holdout_share})
        version = self.policy.version if self.policy else 0
        book = PolicyBook(self.operations)
        self.policy = book.put(draft, replacing=version, who="me", why="test", at=AT).policy

    @rule(session=st.sampled_from(SESSIONS))
    def unreadable(self, session: str) -> None:
        self.stream.put(session, b"\xff")
        self.poison += 1

    @rule(side=st.integers(0, 1), pick=NUMBERS, calls=NUMBERS, fault=FAULTS)
    def go_on(self, side: int, pick: int, calls: int, fault: Fault) -> None:
        self.sides[side].start()
        self.sides[side].step(pick, calls, fault)

    @rule(side=st.integers(0, 1), pick=NUMBERS, calls=NUMBERS)
    def time_out(self, side: int, pick: int, calls: int) -> None:
        self.sides[side].start()
        self.sides[side].step(pick, calls, Fault.NONE)
        self.sides[side].time_out(pick)
        self.sides[side].start()

    @precondition(lambda self: len(self.stream.shards) < 6)
    @rule(pick=NUMBERS, split=st.booleans())
    def reshard(self, pick: int, split: bool) -> None:  # noqa: FBT001
        shards = self.stream.open_shards()
        at = pick % len(shards)
        if split:
            self.stream.split(shards[at])
        elif at + 1 < len(shards):
            self.stream.merge(shards[at], shards[at + 1])

    def teardown(self) -> None:
        for side in self.sides:
            side.drain()
        self.check()

    def check(self) -> None:
        assert of_views(self.counted()) == expected_cells(self.told)
        cells, outcomes = undisturbed(self.told)
        assert self.counted() == cells
        assert outcome_log.between(self.tallies, MINUTE, MINUTE + 60) == outcomes
        assert {name: stored.state for name, stored in self.sessions.items.items()} == (
            expected_sessions(self.told, self.operations)
        )
        for letters in self.letters.values():
            assert len(letters.letters) == self.poison

    def counted(self) -> dict[tuple[int, Cell], bytes]:
        return counted(self.cells)


def counted(cells: InMemoryVersionedStore) -> dict[tuple[int, Cell], bytes]:
    """All shards together."""
    sums: dict[tuple[int, Cell], Rollup] = defaultdict(Rollup)
    for (partition, sort), item in cells.items.items():
        value, minute = window.read_sort(sort)
        sums[minute, Cell(partition.split("#")[1], value)].add(Rollup.decode(item.body))
    return {place: rollup.encode() for place, rollup in sums.items()}


def of_views(cells: dict[tuple[int, Cell], bytes]) -> dict[tuple[int, Cell], bytes]:
    """Less what is counted of sessions."""
    found = {}
    for place, body in cells.items():
        rollup = Rollup.decode(body)
        rollup.fields[Field.SESSIONS :] = [0] * (len(Field) - Field.SESSIONS)
        for code in list(rollup.codes):
            if vital.VITALS[vital.vital_of(code)].of_session:
                del rollup.codes[code]
        if any(rollup.fields) or +rollup.codes:
            found[place] = rollup.encode()
    return found


def undisturbed(
    told: list[dict[str, Any]],
) -> tuple[dict[tuple[int, Cell], bytes], dict[str, Outcome]]:
    """Cells and outcomes of one worker without a fault, record by record."""
    cells, tallies = InMemoryVersionedStore(), InMemoryVersionedStore()
    roller = Roller(ROLL_UP, cells, tallies, InMemoryDeadLetters())
    for number, each in enumerate(told, start=1):
        roller.post([Record(number, arrival(**each))])
    return counted(cells), outcome_log.between(tallies, MINUTE, MINUTE + 60)


def tell(error: AdaptiveError) -> None:
    raise AssertionError(error)


def expected_sessions(
    told: list[dict[str, Any]], operations: InMemoryVersionedStore
) -> dict[str, SessionState]:
    rules = PolicyArchive(operations, SCORE.rules, tell).rules
    by_session: dict[str, list[Arrival]] = defaultdict(list)
    for each in told:
        by_session[each["session"]].append(Arrival.model_validate_json(arrival(**each)))
    return {
        session: reduce(
            lambda state, each: tier.follow(
                state, each.beacon, rules(each.policy, each.session_id or SessionId(""))
            ),
            arrivals,
            SessionState(),
        )
        for session, arrivals in by_session.items()
    }


def newer_only(told: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The reports that count, by view: each with a higher sequence than those before."""
    views: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        reports = views[each["session"], each["view_id"]]
        if not reports or each["sequence"] > reports[-1]["sequence"]:
            reports.append(each)
    return views


def expected_cells(told: list[dict[str, Any]]) -> dict[tuple[int, Cell], bytes]:
    """Said once more, simply: a view in its first minute, with its last LCP; and its last INP in
    the minute of its first final report.
    """
    sums: dict[tuple[int, Cell], Rollup] = defaultdict(Rollup)
    for reports in newer_only(told).values():
        first, last = reports[0], reports[-1]
        page_group = first["page_group"]
        share = first.get("of_arrival", {}).get("holdout_share", ROLL_UP.holdout_share)
        control = is_control(first["session"], share=share, salt=ROLL_UP.holdout_salt)
        arm = "control" if control else "treatment"
        values = Dimensions(page_group, "none", "none", "none", "none", "none", "none", arm)
        finals = [each for each in reports if each["final"]]
        for cell in dimension.cells_of(values):
            one = sums[MINUTE + first["minute"], cell]
            one.fields[Field.VIEWS] += 1
            one.codes[vital.code_of(vital.INDEX["lcp_ms"], last["vitals"]["lcp_ms"])] += 1
            if finals:
                minute = max(finals[0]["minute"], first["minute"])
                code = vital.code_of(vital.INDEX["inp_ms"], finals[-1]["vitals"]["inp_ms"])
                sums[MINUTE + minute, cell].codes[code] += 1
    return {place: rollup.encode() for place, rollup in sums.items()}


class GivingUp(Faults):
    """Lambda gives up soon; what it discarded is sent again, to whom it was for."""

    mapping = Rules(batch_size=3, bisect=True, retries=0)

    def check(self) -> None:
        for side, consumer in zip(self.sides, ("score", "roll_up"), strict=True):
            while side.discarded:
                for record in side.discarded.pop(0).batch.records:
                    if record.data.startswith(b"{"):
                        again = {**json.loads(record.data), "redriven_to": consumer}
                        self.stream.put(record.key, json.dumps(again).encode())
        for side in self.sides:
            side.drain()
        self.check_nothing_is_lost_or_doubled()

    def check_nothing_is_lost_or_doubled(self) -> None:
        views = newer_only(self.told)
        whole = Rollup()
        for (partition, _), item in self.cells.items.items():
            if partition.split("#")[1] == "all":
                whole.add(Rollup.decode(item.body))
        assert whole.views == len(views)
        lcps = sum(whole.ratings("lcp_ms").values())
        assert lcps == len(views)
        seen = {
            (session, view.view_id)
            for session, stored in self.sessions.items.items()
            for view in stored.state.views
        }
        assert seen == set(views)


_BUDGET = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestFaults = Faults.TestCase
TestFaults.settings = _BUDGET
TestGivingUp = GivingUp.TestCase
TestGivingUp.settings = _BUDGET
