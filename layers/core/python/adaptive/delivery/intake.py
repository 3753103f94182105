"""Takes beacons in: decides the tier of the next page, makes the reports durable."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from adaptive.delivery import beacon, clock, consent, tier
from adaptive.delivery.assignment import is_control
from adaptive.delivery.beacon import Beacon, Rejection
from adaptive.delivery.budget import Budget
from adaptive.delivery.client import Client
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import Arrival, SessionId, SessionState, mint, recognise
from adaptive.edge.policy import CONTROL
from adaptive.errors import UnavailableError
from adaptive.ports import BeaconStream, SessionStore
from adaptive.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was taken, and what the visitor's cookies become; `tier_word` is a tier or `control`.

    Both are None without consent: then there are to be no cookies.
    """

    session_id: SessionId | None
    tier_word: str | None
    accepted: int
    rejected: tuple[Rejection, ...]

    def summary(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"accepted": self.accepted, "rejected": [asdict(each) for each in self.rejected]}


@dataclass(frozen=True, slots=True)
class Intake:
    """`ingest`, less HTTP; `policy` tells the one in force."""

    settings: IngestSettings
    policy: Callable[[], Policy]
    sessions: SessionStore[SessionState]
    stream: BeaconStream
    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    session_budget: Budget
    sender_budget: Budget

    def take(self, body: bytes, *, session: str | None, client: Client, sender: str) -> Receipt:
        """Parse, decide, and put on the stream.

        `session` is the visitor's cookie, `sender` tells addresses apart. Raises BeaconError if no
        beacon can be taken, BudgetError if there are too many, UnavailableError if the stream is
        down: never is one lost silently. A store that is down only costs the memory of earlier
        views.
        """
        parsed = beacon.parse(body)
        beacons = parsed.beacons
        self.sender_budget.spend(sender, len(beacons))
        # One without consent speaks for all of a body: it comes from one page.
        if client.opted_out or not all(map(consent.is_given, beacons)):
            beacons = tuple(map(consent.without_identity, beacons))
            client = client.without_identity
            session_id = word = policy = None
        else:
            known = recognise(session)
            session_id = known or mint(self.entropy)
            self.session_budget.spend(session_id, len(beacons))
            before = None if client.bot else known  # neither the new nor bots are in the store
            policy = self.policy()
            counted = () if client.bot else beacons
            word = self._decide(session_id, counted, policy, before=before)
        received_at = self.now()
        arrivals = [_arrival(each, session_id, received_at, client, policy) for each in beacons]
        by_key: dict[str, list[bytes]] = {}
        for arrival in arrivals:
            record = arrival.model_dump_json(exclude_none=True).encode()
            by_key.setdefault(arrival.key, []).append(record)
        for key, records in by_key.items():
            self.stream.publish(records, key=key)
        return Receipt(session_id, word, len(arrivals), parsed.rejections)

    def _decide(
        self,
        session_id: SessionId,
        beacons: tuple[Beacon, ...],
        policy: Policy,
        *,
        before: SessionId | None,
    ) -> str:
        salt = self.settings.holdout_salt
        if policy.kill or is_control(session_id, share=policy.holdout_share, salt=salt):
            return CONTROL
        try:
            stored = self.sessions.get(before) if before else None
        except UnavailableError:
            stored = None
        state = reduce(
            lambda state, each: tier.follow(state, each, policy),
            beacons,
            stored.state if stored else SessionState(),
        )
        return tier.serving(state, policy)


def _arrival(
    each: Beacon,
    session_id: SessionId | None,
    received_at: datetime,
    client: Client,
    policy: Policy | None,
) -> Arrival:
    reading = each.clock and clock.read(each.clock, received_at=received_at)
    return Arrival(
        session_id=session_id,
        received_at=received_at,
        started_at=reading and reading.started_at,
        clock_skew_ms=reading and reading.skew_ms,
        clock=reading and reading.word,
        country=client.country,
        region=client.region,
        asn=client.asn,
        browser=client.browser,
        device_class=client.device_class,
        bot=client.bot,
        policy=policy.version if policy and policy.version else None,
        holdout_share=policy.holdout_share if policy and policy.version else None,
        beacon=each,
    )
