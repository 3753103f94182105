"""What may be known of a visitor who has not agreed, or whose browser sends Global Privacy Control.

Their beacons are counted in sums and carry nothing that could tell two visits, or two visitors,
apart: no session, no path, no device, no free text. Agents send no more than that; here it is made
sure of, whoever sends.
"""

from adaptive.delivery.beacon import Beacon, Device, Network

WITHOUT_CONSENT = (
    "view_id",
    "sequence",
    "final",
    "page",
    "page_group",
    "release",
    "navigation",
    "detected_by",
    "hidden",
    "consent",
    "vitals",
    "lcp",
    "timing",
    "transfer",
    "resources",
    "main_thread",
    "frustration",
    "engagement",
    "network",
    "device",
)
"""Fields that are kept: `page` as `/`, of `network` only `ect`, of `device` only `mobile`."""


def is_given(beacon: Beacon) -> bool:
    """A site that does not ask says nothing: then the browser's signal alone counts."""
    return beacon.consent in (None, "granted")


def without_identity(beacon: Beacon) -> Beacon:
    """What is kept without consent; twice is the same as once."""
    kept = {name: getattr(beacon, name) for name in WITHOUT_CONSENT}
    network, device = beacon.network, beacon.device
    kept |= {
        "page": "/",
        "network": network and Network(ect=network.ect),
        "device": device and Device(mobile=device.mobile),
    }
    return Beacon.model_construct(**kept)
