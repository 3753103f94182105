"""Takes beacons in: decides the tier of the next page, makes the reports durable."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from adaptive.delivery import beacon, clock, consent, evidence, tier, visitor
from adaptive.delivery.assignment import is_control
from adaptive.delivery.beacon import Beacon, Rejection
from adaptive.delivery.budget import Budget
from adaptive.delivery.client import Client
from adaptive.delivery.policy import Policy
from adaptive.delivery.session import Arrival, Prior, SessionId, SessionState, recognise
from adaptive.delivery.tier import Told
from adaptive.delivery.trial import CANDIDATE, HOLDOUT, arms_of
from adaptive.delivery.visitor import Draw, Ids, VisitorId
from adaptive.edge.policy import CONTROL, Tier
from adaptive.errors import UnavailableError
from adaptive.ports import BeaconStream, SessionStore
from adaptive.settings.delivery import IngestSettings


@dataclass(frozen=True, slots=True)
class _Decision:
    """The tier cookie's word and how that is served, the experiments of which another arm would
    have got another, and the Performance Score, which control has, too; `prior` is what a new
    session was begun with.
    """

    word: str | None = None
    recipe: str | None = None
    exposed: tuple[str, ...] = ()
    score: float | None = None
    prior: Prior | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was taken, and what the visitor's cookies become; `tier_word` is a tier or `control`,
    `recipe` how that is served, if otherwise than usual.

    All are None without consent: then there are to be no cookies. `visitor_id` is kept for
    `visitor_kept_s`, by whoever agreed to that. `views` are the page views told of.
    """

    session_id: SessionId | None
    tier_word: str | None
    accepted: int
    rejected: tuple[Rejection, ...]
    views: tuple[str, ...] = ()
    visitor_id: VisitorId | None = None
    visitor_kept_s: int = 0
    recipe: str | None = None

    def summary(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"accepted": self.accepted, "rejected": [asdict(each) for each in self.rejected]}


def _untraced() -> None:
    return None


def _unmeasured(_: Beacon, __: Client) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Intake:
    """`ingest`, less HTTP; `policy` tells the one in force, `trace` X-Ray's, if it keeps one, and
    `prior` what was measured of visitors like the one who sent this.
    """

    settings: IngestSettings
    policy: Callable[[], Policy]
    sessions: SessionStore[SessionState]
    stream: BeaconStream
    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    session_budget: Budget
    sender_budget: Budget
    trace: Callable[[], str | None] = _untraced
    prior: Callable[[Beacon, Client], Prior | None] = _unmeasured

    def take(
        self,
        body: bytes,
        *,
        session: str | None,
        client: Client,
        sender: str,
        returning: str | None = None,
    ) -> Receipt:
        """Parse, decide, and put on the stream.

        `session` and `returning` are the visitor's cookies, `sender` tells addresses apart. Raises
        BeaconError if no beacon can be taken, BudgetError if there are too many, UnavailableError
        if the stream is down: never is one lost silently. A store that is down only costs the
        memory of earlier views.
        """
        parsed = beacon.parse(body)
        beacons = parsed.beacons
        self.sender_budget.spend(sender, len(beacons))
        # One without consent speaks for all of a body: it comes from one page.
        if client.opted_out or not all(map(consent.is_given, beacons)):
            beacons = tuple(map(consent.without_identity, beacons))
            client = client.without_identity
            ids, policy = None, None
            decision = _Decision()
        else:
            known = recognise(session)
            policy = self.policy()
            ids = Draw(policy, self.settings.holdout_salt, self.entropy).ids(
                session,
                returning,
                agreed=bool(self.settings.visitor_ttl_s)
                and not client.bot
                and visitor.agreed(beacons),
            )
            self.session_budget.spend(ids.session, len(beacons))
            before = None if client.bot else known  # neither the new nor bots are in the store
            counted = () if client.bot else beacons
            decision = self._decide(ids.session, counted, policy, before=before, client=client)
        received_at = self.now()
        shared = _Shared(ids, received_at, policy, decision, self.trace())
        arrivals = [_arrival(each, client, shared) for each in beacons]
        by_key: dict[str, list[bytes]] = {}
        for arrival in arrivals:
            record = arrival.model_dump_json(exclude_none=True).encode()
            by_key.setdefault(arrival.key, []).append(record)
        for key, records in by_key.items():
            self.stream.publish(records, key=key)
        return Receipt(
            ids and ids.session,
            decision.word,
            len(arrivals),
            parsed.rejections,
            tuple(dict.fromkeys(each.view_id for each in beacons)),
            ids and ids.visitor,
            self.settings.visitor_ttl_s,
            decision.recipe,
        )

    def _decide(
        self,
        session_id: SessionId,
        beacons: tuple[Beacon, ...],
        policy: Policy,
        *,
        before: SessionId | None,
        client: Client,
    ) -> _Decision:
        if policy.kill:
            return _Decision(CONTROL)
        salt = self.settings.holdout_salt
        held_out = is_control(session_id, share=policy.holdout_share, salt=salt)
        try:
            stored = self.sessions.get(before) if before else None
        except UnavailableError:
            stored = None
        state = stored.state if stored else SessionState()
        prior = self.prior(beacons[0], client) if beacons and state.prior is None else None
        mine = policy.of(session_id)
        after = _after(state, beacons, mine, prior)
        served = self._served(after, mine)
        exposed = [HOLDOUT] if served != (Tier.FULL, None) else []
        if held_out:
            return _Decision(CONTROL, None, tuple(exposed), after.score, prior)
        arms = arms_of(session_id, policy.trials)
        candidate_of = {key for key, arm in arms.items() if arm == CANDIDATE}
        for key in arms:
            other = policy.with_changes(candidate_of ^ {key})
            if self._served(_after(state, beacons, other, prior), other) != served:
                exposed.append(key)
        return _Decision(*served, tuple(exposed), after.score, prior)

    def _served(self, state: SessionState, policy: Policy) -> tuple[Tier, str | None]:
        """The tier, and its recipe, if that is deployed still: the edge knows no other."""
        word = tier.serving(state, policy)
        recipe = policy.served_as.get(word)
        return word, recipe if recipe in self.settings.rules.recipes else None


def _after(
    state: SessionState, beacons: tuple[Beacon, ...], policy: Policy, prior: Prior | None
) -> SessionState:
    return tier.follow_all(state, [Told(each, policy, prior) for each in beacons])


@dataclass(frozen=True, slots=True)
class _Shared:
    """What is the same for all beacons of a body."""

    ids: Ids | None
    received_at: datetime
    policy: Policy | None
    decision: _Decision
    trace: str | None


def _arrival(each: Beacon, client: Client, shared: _Shared) -> Arrival:
    reading = each.clock and clock.read(each.clock, received_at=shared.received_at)
    policy = shared.policy
    return Arrival(
        session_id=shared.ids and shared.ids.session,
        received_at=shared.received_at,
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
        exposed=shared.decision.exposed or None,
        returning=(shared.ids and shared.ids.is_returning) or None,
        score=shared.decision.score,
        at_full=evidence.at_full(each, policy) if policy and not client.bot else None,
        prior=shared.decision.prior,
        trace=shared.trace,
        beacon=each,
    )
