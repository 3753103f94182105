"""What is remembered of a session, and what travels about it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, NewType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from adaptive.delivery.beacon import Beacon, Vitals
from adaptive.delivery.clock import ClockWord
from adaptive.delivery.user_agent import Browser, DeviceClass
from adaptive.edge.policy import Tier
from adaptive.settings.rules import Connection

SessionId = NewType("SessionId", str)

ID_BYTES = 16
ID_LENGTH = 22  # of 16 bytes in base64 without padding
IDLE_S = 1_800
"""A session ends after 30 idle minutes, and so do its cookies."""

VIEWS_KEPT = 6


@dataclass(frozen=True, slots=True)
class View:
    """One page view, as its latest report (`sequence`) tells it; `tier` is what it was served, by
    `recipe` if that is one of the tier's.

    `moved_ms` is the part of LCP in which bytes moved that a tier decides about, `fixed_ms` the
    rest; `inp_ms` is the vital, or what long tasks let expect (`inp_guessed`). `started_at_ms` is
    since the epoch, by the browser's clock.
    """

    view_id: str
    sequence: int
    tier: Tier
    vitals: Vitals = field(default_factory=Vitals)
    fixed_ms: float | None = None
    moved_ms: float | None = None
    inp_ms: float | None = None
    inp_guessed: bool = False
    started_at_ms: float | None = None
    recipe: str | None = None


_Span = Annotated[float, Field(ge=0, le=600_000, allow_inf_nan=False)]
_Spread = Annotated[float, Field(gt=0, le=3, allow_inf_nan=False)]


USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Prior:
    """What stands for a view before the first: medians at `full` in ms, and how far the logarithms
    of LCP and INP spread. `of` are the visitors it was measured of, by country, device and
    connection (see adaptive.delivery.prior), or USUAL.
    """

    fixed_ms: _Span
    moved_ms: _Span
    inp_ms: _Span
    lcp_spread: _Spread = 0.3
    inp_spread: _Spread = 0.6
    of: str = USUAL

    @property
    def is_measured(self) -> bool:
        """Of this site's visitors, not of the web's."""
        return self.of != USUAL


class AtFull(BaseModel):
    """A view's vitals as they would have been at `full`, ms; `moved_ms` is LCP's part."""

    model_config = ConfigDict(frozen=True)

    lcp_ms: _Span | None = None
    moved_ms: _Span | None = None
    inp_ms: _Span | None = None


@dataclass(frozen=True, slots=True)
class SessionState:
    """The last views that tell about loading (newest last), and what was decided after them.

    `score` is the Performance Score, 0-100; both it and `tier` are None until a view tells
    anything. `prior` stands for a view before the first. `seen` counts views, `changed` is that
    count when the tier last changed. `connection` is the class that a report last told of.
    """

    views: tuple[View, ...] = ()
    score: float | None = None
    tier: Tier | None = None
    prior: Prior | None = None
    seen: int = 0
    changed: int | None = None
    connection: Connection | None = None


Trace = Annotated[str, StringConstraints(pattern=r"^1-[0-9a-f]{8}-[0-9a-f]{24};[0-9a-f]{16}$")]


class Arrival(BaseModel):
    """A beacon as `ingest` puts it on the stream: `received_at` is the service's clock; where and
    who the visitor is (see Client) is as coarse as it gets.

    Without consent there is no `session_id`. `started_at`, `clock_skew_ms` and `clock` are what
    `adaptive.delivery.clock` reads from the beacon, if it tells. `policy` is the version that was
    decided by, `holdout_share` what it says of that; without them, the settings'. `exposed`
    names the experiments whose arms would have been served differently by then. `returning`: the
    session begins, in the arms that its visitor had before. `score` is the Performance Score after
    this beacon. `at_full` are the view's equivalents by that policy. `prior` is what a session that
    was not known yet was begun with. `trace` is X-Ray's, of the few requests that it samples.
    `redriven_to` is the one consumer that a dead letter, sent again, is for.
    """

    model_config = ConfigDict(frozen=True)

    session_id: SessionId | None = None
    received_at: AwareDatetime
    started_at: AwareDatetime | None = None
    clock_skew_ms: int | None = None
    clock: ClockWord | None = None
    country: str | None = None
    region: str | None = None
    asn: int | None = None
    bot: bool = False
    browser: Browser | None = None
    device_class: DeviceClass | None = None
    policy: int | None = None
    holdout_share: float | None = None
    exposed: tuple[str, ...] | None = None
    returning: bool | None = None
    redriven_to: str | None = None
    score: float | None = None
    at_full: AtFull | None = None
    prior: Prior | None = None
    trace: Trace | None = None
    beacon: Beacon

    @property
    def key(self) -> str:
        """What has to stay in order on the stream shares it: a session, or without one a view."""
        return self.session_id or self.beacon.view_id


_STATE = TypeAdapter(SessionState)


def dump(state: SessionState) -> str:
    """As JSON, for the store."""
    return _STATE.dump_json(state, exclude_none=True).decode()


def load(text: str) -> SessionState:
    """What `dump` wrote; raises pydantic.ValidationError on anything else."""
    return _STATE.validate_json(text)


def mint(entropy: Callable[[int], bytes]) -> SessionId:
    """A new session id of 128 random bits, URL-safe; `entropy` is secrets.token_bytes outside
    tests.
    """
    return SessionId(base64.urlsafe_b64encode(entropy(ID_BYTES)).rstrip(b"=").decode())


def recognise(text: str | None) -> SessionId | None:
    """The id a visitor's cookie carries if it has the shape of one of ours, else None."""
    if text is None or len(text) != ID_LENGTH or not text.isascii():
        return None
    return SessionId(text) if text.replace("-", "a").replace("_", "a").isalnum() else None


def expires_at_s(received_at: datetime, *, kept_s: int) -> int:
    """Seconds since the epoch after which a session's record may go."""
    return int(received_at.timestamp()) + kept_s
