"""The parts of a beacon that say what happened while the page was open."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from adaptive.delivery.part import Count, Message, Part, Slug, Source, Span


class MainThread(Part):
    """Long animation frames where the browser has them, else long tasks.

    `long_task_ms` is their whole duration, `blocking_ms` what of each was above 50 ms.
    """

    long_tasks: Count | None = None
    long_task_ms: Span | None = None
    blocking_ms: Span | None = None


class Fault(Part):
    """A script error, an unhandled rejection, or something the content security policy blocked.

    The same one is reported once, with its `count`. `source` is the script's path without its
    query.
    """

    kind: Literal["error", "rejection", "csp"]
    message: Message
    source: Source | None = None
    stack_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8,64}$")] | None = None
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1


class Frustration(Part):
    """Clicks that came in bursts, clicks that nothing answered, clicks that an error answered."""

    rage_clicks: Count | None = None
    dead_clicks: Count | None = None
    error_clicks: Count | None = None


class Engagement(Part):
    """How long the page was visible, how far of it was scrolled into view, and how often it was
    clicked, tapped or typed in.
    """

    visible_ms: Span | None = None
    scroll_depth: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    interactions: Count | None = None


class Event(Part):
    """What the site reported by `AdaptiveEdge.track`; `value` is in whole units of `currency`
    (ISO 4217), if it is money.
    """

    name: Slug
    at_ms: Span
    value: Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None


class Clock(Part):
    """When the view began, by the visitor's clock (ms since 1970), and how long after that this
    was sent.

    Any date a browser can hold is taken: what is wrong with it is for `adaptive.delivery.clock`.
    """

    started_at_ms: Annotated[float, Field(ge=-8.64e15, le=8.64e15, allow_inf_nan=False)]
    sent_after_ms: Span
