"""Who sent a report, as far as we want to know: where from, and whether it is a program.

CloudFront looks the visitor's address up at the edge and tells us what it found; the address itself
goes into no record, no item, no log line and no metric.
"""

from dataclasses import dataclass, replace
from typing import Self

from adaptive.delivery.user_agent import Browser, DeviceClass


@dataclass(frozen=True, slots=True)
class Client:
    """`country` is ISO 3166-1 alpha-2, `region` the part of ISO 3166-2 after it, `asn` the number
    of the visitor's network, `browser` and `device_class` what a closed list makes of the
    User-Agent; `bot`: a program that says so; `opted_out`: it sends Global Privacy Control.
    """

    country: str | None = None
    region: str | None = None
    asn: int | None = None
    browser: Browser | None = None
    device_class: DeviceClass | None = None
    bot: bool = False
    opted_out: bool = False

    @property
    def without_identity(self) -> Self:
        """What may be known without consent: the country, and whether it is a program."""
        return replace(self, region=None, asn=None)


UNKNOWN = Client()
