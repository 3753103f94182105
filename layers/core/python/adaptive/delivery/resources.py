"""The part of a beacon that says what the page loaded."""

from typing import Literal

from adaptive.delivery.part import Count, Host, Milliseconds, Part, Path

Kind = Literal["image", "script", "style", "font", "fetch", "other"]


class Transfer(Part):
    """What the view moved over the network, document included (Resource Timing `transferSize`)."""

    requests: Count | None = None
    bytes: Count | None = None
    image_bytes: Count | None = None
    script_bytes: Count | None = None


class Loaded(Part):
    """Resources of one kind: requests that went to the network, their bytes, and how many more the
    browser's cache answered.
    """

    requests: Count = 0
    bytes: Count = 0
    cached: Count = 0


class Resources(Part):
    """Resources by kind; the document itself is not among them."""

    image: Loaded | None = None
    script: Loaded | None = None
    style: Loaded | None = None
    font: Loaded | None = None
    fetch: Loaded | None = None
    other: Loaded | None = None


class SlowestOwn(Part):
    """The slowest resource from the page's own origin."""

    path: Path
    kind: Kind
    duration_ms: Milliseconds


class SlowestForeign(Part):
    """The slowest resource from any other origin."""

    host: Host
    kind: Kind
    duration_ms: Milliseconds


class Slowest(Part):
    """The slowest resource of the site's own and of everybody else's."""

    first_party: SlowestOwn | None = None
    third_party: SlowestForeign | None = None
