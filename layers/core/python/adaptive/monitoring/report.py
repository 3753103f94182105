"""Reports as rollups need them, read from the stream's JSON without building its models.

`ingest` has validated every field (`delivery.session.Arrival`); a second validation would cost four
times the rest of the work. What is read here is checked as far as a rollup could be hurt by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json

from adaptive.delivery.assignment import is_control
from adaptive.delivery.session import SessionId
from adaptive.edge.policy import CONTROL
from adaptive.monitoring import dimension
from adaptive.monitoring.dimension import BROWSERS, DEVICES, NONE, TIERS, TREATMENT
from adaptive.monitoring.vital import AT_FULL, OF_VIEWS, code_named, code_of
from adaptive.settings.rules import BEST_SCORE

if TYPE_CHECKING:
    from adaptive.settings.monitoring import RollupLists

CONSUMER = "roll_up"
UNMEASURED = -1
_COUNTABLE = 2**40
_CLICKS = ("rage_clicks", "dead_clicks", "error_clicks")
_NO_CLICKS = (0,) * len(_CLICKS)
_NOTHING: dict[str, Any] = {}
_SECTIONS = {
    section: [
        (index, vital.field or vital.name, vital.at_end)
        for index, vital in enumerate(OF_VIEWS)
        if vital.section == section
    ]
    for section in dict.fromkeys(vital.section for vital in OF_VIEWS)
}
_AT_FULL = [
    (index, name, name.replace("_at_full", "")) for index, name in enumerate(AT_FULL, len(OF_VIEWS))
]
_UNMEASURED = (UNMEASURED,) * (len(OF_VIEWS) + len(AT_FULL))


class Report(NamedTuple):
    """One report of a page view. `values` are its dimensions less the arm, joined by commas.

    A visitor who has not agreed to be recognised has no session, so no arm: `is_assigned` is false,
    and the view stands for the session. `holdout_share` is what the arm was drawn by, None for the
    settings'.
    `codes` are those of OF_VIEWS and AT_FULL, UNMEASURED where this does not tell, or not for good;
    `growing` is by outcome.Growing, `money` what conversions were worth, in hundredths by currency.
    `minute` is that of its receipt, and `age_minutes` how long before that the view began. `score`
    is the Performance Score after it, in whole points.
    """

    session_id: str
    is_assigned: bool
    holdout_share: float | None
    view_id: str
    sequence: int
    minute: int
    age_minutes: int
    values: str
    hidden: bool
    soft: bool
    final: bool
    codes: tuple[int, ...]
    growing: tuple[int, ...]
    money: dict[str, int]
    score: int | None


def read(data: bytes, lists: RollupLists) -> Report | None:
    """None if it is not for us: a bot's, or sent again to another consumer.

    Raises ValueError, KeyError or TypeError on what is no arrival.
    """
    arrival = from_json(data, allow_inf_nan=False)
    beacon = arrival["beacon"]
    view_id, sequence = beacon["view_id"], beacon["sequence"]
    session_id = arrival.get("session_id", view_id)
    if not (type(session_id) is type(view_id) is str and type(sequence) is int):
        raise TypeError("session_id and view_id must be text, sequence a number")
    if arrival.get("bot") or arrival.get("redriven_to", CONSUMER) != CONSUMER:
        return None
    get = beacon.get
    hidden, soft = get("hidden", False) is True, beacon["navigation"] == "soft-navigation"
    final = get("final") is True
    conversions = [each for each in get("events") or () if each["name"] in lists.conversions]
    score = arrival.get("score")
    return Report(
        session_id,
        "session_id" in arrival,
        _share(arrival.get("holdout_share")),
        view_id,
        sequence,
        _minute_of(arrival["received_at"]),
        int((get("clock") or _NOTHING).get("sent_after_ms") or 0) // 60_000,
        _values(arrival, beacon, lists),
        hidden,
        soft,
        final,
        _UNMEASURED if hidden or soft else _codes(arrival, beacon, final),
        _growing(beacon, len(conversions)),
        _money(conversions) if conversions else _NOTHING,
        None if score is None else round(_within(score, BEST_SCORE)),
    )


def arm_of(told: Report, *, share: float, salt: str) -> str:
    """Drawn again as `ingest` drew it, by `share` where the report names none; a view keeps that of
    its first report.
    """
    if not told.is_assigned:
        return NONE
    return _drawn(
        told.session_id, share if told.holdout_share is None else told.holdout_share, salt
    )


@lru_cache(maxsize=4_096)  # a session is drawn for each of its reports
def _drawn(session_id: str, share: float, salt: str) -> str:
    return CONTROL if is_control(SessionId(session_id), share=share, salt=salt) else TREATMENT


def _values(arrival: dict[str, Any], beacon: dict[str, Any], lists: RollupLists) -> str:
    network = beacon.get("network") or _NOTHING
    device = arrival.get("device_class")
    if device is None and (beacon.get("device") or _NOTHING).get("mobile"):
        device = "phone"
    connection = dimension.connection_of(
        ect=network.get("ect"),
        rtt_ms=network.get("rtt_ms"),
        tcp_ms=(beacon.get("timing") or _NOTHING).get("tcp_ms"),
    )
    listed = dimension.listed
    return ",".join(
        (
            listed(beacon.get("page_group"), lists.page_groups),
            listed(arrival.get("country"), lists.countries),
            device if device in DEVICES else NONE,
            connection,
            listed(arrival.get("browser"), BROWSERS),
            listed(beacon.get("tier"), TIERS),
            listed(beacon.get("release"), lists.releases),
        )
    )


def _codes(arrival: dict[str, Any], beacon: dict[str, Any], final: bool) -> tuple[int, ...]:  # noqa: FBT001 - hot
    codes = [*_UNMEASURED]
    for section, fields in _SECTIONS.items():
        if told := beacon.get(section):
            for index, name, at_end in fields:
                value = told.get(name)
                if value is not None and (final or not at_end):
                    codes[index] = code_of(index, value)
    if told := arrival.get("at_full"):
        for index, name, field in _AT_FULL:
            value = told.get(field)
            if value is not None:
                codes[index] = code_named(name, value)
    return tuple(codes)


def _growing(beacon: dict[str, Any], conversions: int) -> tuple[int, ...]:
    """In the order of outcome.Growing."""
    get = beacon.get
    transfer, clicks = get("transfer") or _NOTHING, get("frustration")
    engagement, errors = get("engagement") or _NOTHING, get("errors")
    visible_ms, depth = engagement.get("visible_ms"), engagement.get("scroll_depth")
    return (
        _count(transfer.get("bytes"), absent=UNMEASURED),
        _count(transfer.get("requests")),
        _count(transfer.get("script_bytes")),
        sum([_count(each.get("count", 1)) for each in errors]) if errors else 0,
        conversions,
        UNMEASURED if visible_ms is None else int(_within(visible_ms, _COUNTABLE)),
        *([_count(clicks.get(name)) for name in _CLICKS] if clicks else _NO_CLICKS),
        UNMEASURED if depth is None else round(100 * _within(depth, 1)),
    )


def _money(conversions: list[dict[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in conversions:
        currency, value = each.get("currency"), each.get("value")
        if value is not None and type(currency) is str:
            found[currency] = found.get(currency, 0) + round(100 * _within(value, _COUNTABLE))
    return found


def _within(value: float, most: float) -> float:
    if not 0 <= value <= most:
        raise ValueError(f"not within 0 and {most}: {value!r}"[:100])
    return value


def _share(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, float | int) and type(value) is not bool and 0 <= value <= 1:
        return value
    raise ValueError(f"not a share: {value!r}"[:100])


def _count(value: object, *, absent: int = 0) -> int:
    if value is None:
        return absent
    if type(value) is not int or not 0 <= value <= _COUNTABLE:
        raise ValueError(f"not a count: {value!r}"[:100])
    return value


@lru_cache(maxsize=4_096)
def _whole_minute(text: str) -> int:
    return int(datetime.fromisoformat(text + ":00+00:00").timestamp()) // 60


def _minute_of(text: str) -> int:
    """Of an instant as pydantic writes it, or any other of ISO 8601 with a zone."""
    if text[-1] == "Z" and text[16] == ":":
        return _whole_minute(text[:16])
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("received_at has no zone")
    return int(at.astimezone(UTC).timestamp()) // 60
