"""Carries a plan out: to whatever it has not reached yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.errors import UnavailableError
from adaptive.monitoring import outcome_log, window
from adaptive.monitoring.plan import tally_key
from adaptive.monitoring.rollup import Rollup
from adaptive.monitoring.window import Resolution
from adaptive.ports import Versioned, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adaptive.monitoring.plan import Plan
    from adaptive.ports import Key, VersionedStore

    Change = Callable[[bytes | None], tuple[bytes, int]]
    """From what an item holds to what it shall hold, and until when (see Write)."""

_ATTEMPTS = 5


def carry_out(
    plan: Plan,
    cells: VersionedStore,
    tallies: VersionedStore,
    *,
    seen: Mapping[Key, Versioned] | None,
    outcomes_kept_s: int,
) -> None:
    """Any number of times, by any number of workers: the effect is one.

    `seen` are the tallies as just read, if they were. Raises UnavailableError.
    """
    tallies_expire_at_s = plan.expires_at_s
    outcomes = outcome_log.entries(plan.position, plan.outcomes())
    bring(
        tallies,
        {
            **{
                key: _all_of(body, plan.newest_s + outcomes_kept_s)
                for key, body in outcomes.items()
            },
            **{
                tally_key(session): _all_of(b"[" + b",".join(parts) + b"]", tallies_expire_at_s)
                for session, parts in plan.tallies.items()
            },
        },
        plan.position,
        seen,
    )
    bring(
        cells,
        {
            window.key(Resolution.MINUTE, cell, minute, shard=plan.shard): _cell(rollup, minute)
            for (minute, cell), rollup in plan.cells().items()
        },
        plan.position,
        None,
    )


def _all_of(body: bytes, expires_at_s: int) -> Change:
    return lambda _: (body, expires_at_s)


def _cell(rollup: Rollup, minute: int) -> Change:
    def change(body: bytes | None) -> tuple[bytes, int]:
        whole = Rollup.read(body) if body else None
        if whole is None:  # a cell of another version is begun anew: the shard must go on
            return rollup.encode(), Resolution.MINUTE.expires_at_s(minute)
        whole.add(rollup)
        return whole.encode(), Resolution.MINUTE.expires_at_s(minute)

    return change


def bring(
    store: VersionedStore,
    changes: dict[Key, Change],
    version: int,
    seen: Mapping[Key, Versioned] | None,
) -> None:
    """Change the items that are below the version, to that version."""
    for _ in range(_ATTEMPTS):
        there = store.read([*changes]) if seen is None else seen
        seen = None
        writes = []
        for key, change in changes.items():
            old = there.get(key)
            if old is None or old.version < version:
                body, expires_at_s = change(old.body if old else None)
                replacing = old.version if old else None
                writes.append(Write(key, Versioned(body, version), replacing, expires_at_s))
        refused = store.write(writes) if writes else []
        if not refused:
            return
        changes = {key: changes[key] for key in refused}
    raise UnavailableError(f"other workers won {_ATTEMPTS} times over {len(changes)} items")
