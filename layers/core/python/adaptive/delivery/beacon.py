"""The beacon contract: what browsers may send, bounded and checked.

`contracts/beacon.schema.json` is generated from these models. Unknown fields are ignored, so that a
newer agent can talk to an older service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import from_json

from adaptive.delivery.behaviour import Clock, Engagement, Event, Fault, Frustration, MainThread
from adaptive.delivery.part import MarkName, Milliseconds, Part, Path, Slug, Span, Text
from adaptive.delivery.resources import Resources, Slowest, Transfer
from adaptive.errors import BeaconError

SCHEMA_VERSION = 1
MAX_BODY_BYTES = 65_536
MAX_BEACONS = 50
_LONGEST_DETAIL = 200
_LONGEST_PATH = 100
_FAULTS_NAMED = 5  # per beacon: the answer must not outgrow what was sent
_CLOSED = Field(json_schema_extra={"additionalProperties": False})


class Vitals(Part):
    """The page view's Web Vitals as experienced; `cls` has no unit (https://web.dev/articles/vitals)."""

    lcp_ms: Milliseconds | None = None
    fcp_ms: Milliseconds | None = None
    ttfb_ms: Milliseconds | None = None
    inp_ms: Milliseconds | None = None
    cls: Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)] | None = None


class LcpParts(Part):
    """LCP's four consecutive sub-parts (https://web.dev/articles/optimize-lcp)."""

    ttfb_ms: Milliseconds | None = None
    load_delay_ms: Milliseconds | None = None
    load_duration_ms: Milliseconds | None = None
    render_delay_ms: Milliseconds | None = None


class Timing(Part):
    """Navigation Timing, from the start of the navigation or of the phase."""

    dns_ms: Milliseconds | None = None
    tcp_ms: Milliseconds | None = None
    tls_ms: Milliseconds | None = None
    dom_content_loaded_ms: Milliseconds | None = None
    load_ms: Milliseconds | None = None


class Network(Part):
    """Network Information API, where the browser has it."""

    ect: Literal["slow-2g", "2g", "3g", "4g"] | None = None
    rtt_ms: Milliseconds | None = None
    downlink_mbps: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None
    save_data: bool | None = None


class Device(Part):
    """What the browser tells of its device."""

    memory_gib: Annotated[float, Field(ge=0, le=4_096, allow_inf_nan=False)] | None = None
    cores: Annotated[int, Field(ge=1, le=4_096)] | None = None
    dpr: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] | None = None
    viewport_width_px: Annotated[int, Field(ge=0, le=100_000)] | None = None
    viewport_height_px: Annotated[int, Field(ge=0, le=100_000)] | None = None
    mobile: bool | None = None


class Beacon(Part):
    """One report of a page view; a later `sequence` of the same `view_id` supersedes the
    earlier.
    """

    view_id: Annotated[
        str,
        StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$"),
        Field(description="Random, anew for each page view; never stored in the browser."),
    ]
    sequence: Annotated[
        int, Field(ge=0, le=2**53, description="Ascends with the reports of this view.")
    ] = 0
    final: Annotated[bool, Field(description="Whether the page was hidden or left.")] = False
    page: Annotated[Path, Field(description="The URL's path, never its query or fragment.")]
    page_group: Annotated[
        str | None,
        StringConstraints(pattern=r"^[a-z0-9-]{1,32}$"),
        Field(description="What kind of page it is, by the site."),
    ] = None
    release: Annotated[
        str | None,
        StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"),
        Field(description="The site's version, by the site."),
    ] = None
    navigation: Annotated[
        Literal[
            "navigate",
            "reload",
            "back-forward",
            "back-forward-cache",
            "prerender",
            "restore",
            "soft-navigation",
        ],
        Field(description="How the view began."),
    ]
    detected_by: Annotated[
        Literal["browser", "history"] | None,
        Field(description="Who noticed a soft navigation: the browser, or a changed URL."),
    ] = None
    hidden: Annotated[
        bool, Field(description="Whether the page was hidden before it had loaded: not scored.")
    ] = False
    tier: Annotated[
        Literal["full", "standard", "lite", "minimal", "control"] | None,
        Field(description="What the page was served at, from the cookies `ae_tier` or `ae_page`."),
    ] = None
    recipe: Annotated[
        str | None,
        StringConstraints(pattern=r"^[a-z]{2,16}$"),
        Field(description="How that tier was served, from the cookie `ae_recipe`."),
    ] = None
    consent: Annotated[
        Literal["granted", "denied", "pending"] | None,
        Field(description="What the visitor answered, if the site asks."),
    ] = None
    clock: Clock | None = None
    vitals: Vitals = Vitals()
    lcp: LcpParts | None = None
    timing: Timing | None = None
    transfer: Transfer | None = None
    resources: Resources | None = None
    slowest: Slowest | None = None
    main_thread: MainThread | None = None
    errors: Annotated[list[Fault], Field(max_length=10)] | None = None
    frustration: Frustration | None = None
    engagement: Engagement | None = None
    events: Annotated[list[Event], Field(max_length=20)] | None = None
    marks: Annotated[
        Annotated[dict[MarkName, Span], Field(max_length=20), _CLOSED] | None,
        Field(description="The site's own `performance.mark`s, ms after the view began."),
    ] = None
    dimensions: Annotated[
        Annotated[dict[Slug, Text], Field(max_length=10), _CLOSED] | None,
        Field(description="What the site adds of its own, by names it has listed."),
    ] = None
    network: Network | None = None
    device: Device | None = None


class Envelope(Part):
    """The body of `POST /rum`."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    beacons: Annotated[list[Beacon], Field(min_length=1, max_length=MAX_BEACONS)]


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why the beacon at `index` was not taken; `field` is its path inside the beacon."""

    index: int
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The good beacons of a body, in order, and the bad ones' faults."""

    beacons: tuple[Beacon, ...]
    rejections: tuple[Rejection, ...]


def parse(body: bytes) -> Parsed:
    """Read a body; raises BeaconError when not one beacon of it can be taken."""
    items = _items(body)
    beacons: list[Beacon] = []
    rejections: list[Rejection] = []
    for index, item in enumerate(items):
        try:
            beacons.append(Beacon.model_validate(item))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)[:_FAULTS_NAMED]
            rejections += (
                Rejection(index, _path(fault["loc"]), fault["msg"][:_LONGEST_DETAIL])
                for fault in faults
            )
    if not beacons:
        first = rejections[0]
        raise BeaconError(first.detail, field=f"beacons.{first.index}.{first.field}".rstrip("."))
    return Parsed(tuple(beacons), tuple(rejections))


def _path(steps: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in steps if step != "[key]")[:_LONGEST_PATH]


def _items(body: bytes) -> Sequence[Any]:
    if len(body) > MAX_BODY_BYTES:
        raise BeaconError(f"the body is over {MAX_BODY_BYTES} bytes", status=413)
    try:
        envelope = from_json(body)
    except ValueError as error:
        raise BeaconError(f"not JSON: {error}"[:_LONGEST_DETAIL], status=400) from error
    if not isinstance(envelope, dict):
        raise BeaconError("must be an object", status=422)
    version = envelope.get("schema")
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise BeaconError(f"must be {SCHEMA_VERSION}", field="schema")
    items = envelope.get("beacons")
    if not isinstance(items, list) or not items:
        raise BeaconError("must be an array of at least one beacon", field="beacons")
    if len(items) > MAX_BEACONS:
        raise BeaconError(f"must hold at most {MAX_BEACONS} beacons", field="beacons", status=413)
    return items
