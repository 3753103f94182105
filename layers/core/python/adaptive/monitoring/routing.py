"""Which destinations hear of a notice, by its severity; all are told at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adaptive.monitoring.notifier import wait_before_retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adaptive.monitoring.notice import Notice
    from adaptive.monitoring.notifier import Notifier, Outcome
    from adaptive.settings.monitoring import NotifySettings

TOPIC = "email"
"""The destination that is not in `site.toml` by name: the SNS topic."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a notice, by destination."""

    outcomes: Mapping[str, Outcome]

    @property
    def failures(self) -> dict[str, str]:
        """Why, by destinations that have not heard yet."""
        return {name: each.detail for name, each in self.outcomes.items() if not each.is_done}

    @property
    def told(self) -> dict[str, str]:
        """For the log."""
        return {
            name: f"{each.fate.name.lower()} {each.detail}".strip()
            for name, each in self.outcomes.items()
        }

    def wait_s(self, *, received: int) -> int:
        """Seconds until the rest is worth another try; 0 if all have heard."""
        return wait_before_retry(self.outcomes, received=received) if self.failures else 0


@dataclass(frozen=True, slots=True)
class Routing:
    """`notifiers` has one of each destination's name."""

    settings: NotifySettings
    notifiers: Mapping[str, Notifier]

    def tell(self, notice: Notice) -> Told:
        """Tell all of them at once: a slow one holds up nobody."""
        names = self.names_for(notice)
        if not names:
            return Told({})
        with ThreadPoolExecutor(len(names)) as threads:
            futures = {name: threads.submit(self.notifiers[name].tell, notice) for name in names}
            return Told({name: future.result() for name, future in futures.items()})

    def names_for(self, notice: Notice) -> list[str]:
        """Destinations of its severity."""
        wanted = {name: each.severities for name, each in self.settings.destinations.items()}
        wanted[TOPIC] = self.settings.topic_severities
        return [name for name, severities in wanted.items() if notice.severity in severities]
