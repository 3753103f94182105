"""What visitors of a country, device and connection are like at `full`, before a view tells.

Measured hourly (`adaptive.monitoring.priors`), read by `ingest`, which writes what it began a
session with on the session's records: so the stream begins it alike, whatever is measured between.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adaptive.delivery import evidence
from adaptive.delivery.beacon import Beacon
from adaptive.delivery.client import Client
from adaptive.delivery.session import Prior
from adaptive.errors import AdaptiveError, PriorsError, UnavailableError
from adaptive.ports import Key, VersionedStore

PLACE: Key = ("priors", "current")
ANY = "*"
NONE = "none"
FRESH_S = 300
STALE_AFTER_S = 24 * 3_600
"""From the end of the hour that was measured last: what stands in is no news any more."""


class Priors(BaseModel):
    """`through` is the minute up to which they were measured; `cells` are by what `names` yields:
    only those of enough views, coarser ones for the rest.
    """

    model_config = ConfigDict(frozen=True)

    through: Annotated[int, Field(ge=0)]
    cells: Mapping[str, Prior]

    def of(
        self, *, country: str | None, device: str | None, connection: str | None
    ) -> Prior | None:
        """The nearest there is."""
        nearest = names(country or NONE, device or NONE, connection or NONE)
        return next((self.cells[name] for name in nearest if name in self.cells), None)


NOTHING = Priors(through=0, cells={})


def names(country: str, device: str, connection: str) -> Iterator[str]:
    """The cells a visitor is in, ever coarser."""
    yield f"{country},{device},{connection}"
    yield f"{ANY},{device},{connection}"
    yield f"{ANY},{device},{ANY}"
    yield f"{ANY},{ANY},{ANY}"


def read(body: bytes) -> Priors:
    """What was kept; raises PriorsError on what this version of the code cannot use."""
    try:
        return Priors.model_validate_json(body)
    except ValidationError as error:
        raise PriorsError(f"{error.error_count()} faults: {error.errors()[0]['msg']}") from error


@dataclass(slots=True)
class PriorWatch:
    """The priors as `ingest` sees them, read at most every five minutes; `now_s` is since the
    epoch. Without any, what is usual stands, and somebody is told.
    """

    store: VersionedStore
    now_s: Callable[[], float]
    tell: Callable[[AdaptiveError], None]
    _known: Priors = NOTHING
    _ask_at_s: float = field(default=float("-inf"))

    def of(self, beacon: Beacon, client: Client) -> Prior | None:
        """For the visitor who sent this; never raises."""
        now_s = self.now_s()
        if now_s >= self._ask_at_s:
            self._ask_at_s = now_s + FRESH_S
            try:
                item = self.store.read([PLACE]).get(PLACE)
                self._known = read(item.body) if item else NOTHING
            except (PriorsError, UnavailableError) as error:
                self.tell(error)
        if now_s - self._known.through * 60 > STALE_AFTER_S:
            return None
        device = client.device_class
        if device is None and beacon.device and beacon.device.mobile:
            device = "phone"
        return self._known.of(
            country=client.country, device=device, connection=evidence.connection(beacon)
        )
