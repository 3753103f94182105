"""Every failure this package raises on purpose.

AdaptiveError                what we can name; anything else is a bug
├── InvalidInputError        the caller sent something wrong; retrying it unchanged cannot help
│   ├── MethodError          an HTTP method the address does not take
│   ├── DirectCallError      a request that did not come through CloudFront
│   ├── BeaconError          a report that breaks the beacon contract
│   ├── RenditionError       a path that names no rendition of this site's ladder
│   ├── ImageError           an original that is no image we may decode
│   ├── QueryError           a question about the figures that cannot be answered, or costs too much
│   ├── BudgetError          more beacons than one visitor may send; the same can be taken later
│   ├── PolicyError          a policy that must not be served; what was served before goes on
│   ├── AdviceError          a recommendation that is not there, or that was decided about already
│   └── ConflictError        what was to be replaced has been replaced already; look again
├── PriorsError              what was measured of visitors cannot be read; what is usual stands
├── TooLittleDataError       nothing can be said yet; the message says what is missing
├── OriginError              the site's own origin must not be asked, or its answer not be taken
├── ConfigError              the site or a function is configured wrongly; fix the named key
├── RefusedError             a receiver of alerts takes no such message, or none at this address
└── UnavailableError         a dependency did not answer; retrying later can help
    └── BusyError            it said so itself, and when to come back
"""


class AdaptiveError(Exception):
    """What we can name; anything else is a bug."""


class InvalidInputError(AdaptiveError):
    """The caller sent something wrong; `status` is the HTTP answer it deserves."""

    status = 400

    def __init__(self, detail: str, *, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status or type(self).status


class MethodError(InvalidInputError):
    """An HTTP method the address does not take; `allowed` is the one it does."""

    status = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"use {allowed}")
        self.allowed = allowed


class DirectCallError(InvalidInputError):
    """A request that did not come through CloudFront."""

    status = 403


class BeaconError(InvalidInputError):
    """A report that breaks the beacon contract; `field` points at the offending value."""

    def __init__(self, detail: str, *, field: str = "", status: int = 422) -> None:
        super().__init__(detail, status=status)
        self.detail = detail
        self.field = field


class QueryError(InvalidInputError):
    """A question about the figures that cannot be answered, or costs too much; `field` is the
    parameter at fault.
    """

    status = 422

    def __init__(self, detail: str, *, field: str = "", status: int | None = None) -> None:
        super().__init__(detail, status=status)
        self.field = field


class RenditionError(InvalidInputError):
    """A path that names no rendition of this site's ladder."""

    status = 404


class ImageError(InvalidInputError):
    """An original that is no image we may decode."""

    status = 415


class BudgetError(InvalidInputError):
    """More beacons than one visitor may send; the same can be taken after `wait_s` seconds."""

    status = 429

    def __init__(self, detail: str, *, wait_s: float) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class PolicyError(InvalidInputError):
    """A policy that must not be served; the message says what is wrong with each key."""

    status = 422


class AdviceError(InvalidInputError):
    """A recommendation that is not there, or that was decided about already."""

    status = 404


class ConflictError(InvalidInputError):
    """What was to be replaced has been replaced already; look again, then decide anew."""

    status = 409


class PriorsError(AdaptiveError):
    """What was measured of visitors cannot be read; what is usual stands until it is anew."""


class TooLittleDataError(AdaptiveError):
    """Nothing can be said yet; the message says what is missing."""


class OriginError(AdaptiveError):
    """The site's own origin must not be asked, or its answer not be taken; retrying cannot help."""


class ConfigError(AdaptiveError):
    """The site or a function is configured wrongly; the message names the key and the cure."""


class RefusedError(AdaptiveError):
    """A receiver of alerts takes no such message, or none at this address; somebody must look."""


class UnavailableError(AdaptiveError):
    """A dependency did not answer; retrying later can help."""


class BusyError(UnavailableError):
    """A dependency wants to be asked again after `wait_s` seconds, not before."""

    def __init__(self, detail: str, *, wait_s: float) -> None:
        super().__init__(detail)
        self.wait_s = wait_s
