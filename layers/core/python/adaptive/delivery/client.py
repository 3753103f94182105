"""Who sent a report, as far as we want to know: where from, and whether it is a program.

CloudFront looks the visitor's address up at the edge and tells us what it found; the address itself
goes into no record, no item, no log line and no metric.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """`country` is ISO 3166-1 alpha-2, `region` the part of ISO 3166-2 after it, `asn` the number
    of the visitor's network; `bot`: a program that says so.
    """

    country: str | None = None
    region: str | None = None
    asn: int | None = None
    bot: bool = False


UNKNOWN = Client()
