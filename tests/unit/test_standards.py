import random

import pytest

from adaptive.monitoring import bounce_risk, outcome_log
from adaptive.monitoring.outcome import Growing
from adaptive.monitoring.standards import FEWEST_SESSIONS, STANDARDS, Measuring
from tests.rollup_world import MINUTE, RollupWorld, arrival
from tests.samples import EXPERIENCE

NOW = 26 * 60
"""Minutes after the world begins."""


def world(sessions: int, *, visible_ms: int = 8_000) -> RollupWorld:
    """A day's visitors, who leave after one page as often as a site's own curve has it."""
    made, chance = RollupWorld(), random.Random(7)  # noqa: S311 - reproducible, not secret
    batch: list[bytes] = []
    for number in range(sessions):
        minute = number * 60 * 20 / sessions
        lcp_ms = chance.lognormvariate(7.7, 0.7)
        stays = chance.random() > bounce_risk.at(bounce_risk.published(0.2), lcp_ms)
        batch += [
            arrival(
                session=f"{number:022}",
                minute=minute + view,
                view_id=f"view-{number:06}-{view}",
                final=True,
                vitals={"lcp_ms": lcp_ms},
                engagement={"visible_ms": visible_ms, "scroll_depth": 0.8},
            )
            for view in range(1 + stays)
        ]
    made.post(*batch)
    return made


def measuring(made: RollupWorld) -> Measuring:
    return Measuring(EXPERIENCE, made.tallies)


def test_without_sessions_the_defaults_of_the_site_hold() -> None:
    found = measuring(RollupWorld()).run(MINUTE + NOW)
    assert (found.visible_ms, found.depth, found.sessions) == (20_000, 50, 0)
    assert not found.curve_is_own


def test_too_few_sessions_replace_nothing() -> None:
    found = measuring(world(FEWEST_SESSIONS - 1)).run(MINUTE + NOW)
    assert (found.visible_ms, found.sessions) == (20_000, 0)


def test_the_sites_own_medians_come_before_its_own_curve() -> None:
    found = measuring(world(FEWEST_SESSIONS)).run(MINUTE + NOW)
    assert found.depth == 80
    assert found.visible_ms in {8_000, 16_000}
    assert found.bounce == bounce_risk.published(EXPERIENCE.bounce_share)
    assert not found.curve_is_own


def test_enough_sessions_replace_the_published_curve() -> None:
    made = world(4_000)
    found = measuring(made).run(MINUTE + NOW)
    assert found.curve_is_own
    assert found.sessions == 4_000
    for load_ms in (1_500, 2_500, 4_500):
        truth = bounce_risk.at(bounce_risk.published(0.2), load_ms)
        assert bounce_risk.at(found.bounce, load_ms) == pytest.approx(truth, abs=0.06)


def test_what_was_measured_is_what_later_sessions_are_held_against() -> None:
    made = world(FEWEST_SESSIONS, visible_ms=1_000)
    before = _engagement(made, "before" * 4)
    measuring(made).run(MINUTE + NOW)
    assert _engagement(made, "after." * 4) > before


def _engagement(made: RollupWorld, name: str) -> int:
    session = name[:22]
    made.post(
        arrival(
            session=session,
            view_id=f"view-{name[:6]}",
            minute=NOW,
            final=True,
            engagement={"visible_ms": 4_000, "scroll_depth": 0.8},
        )
    )
    found = outcome_log.between(made.tallies, MINUTE + NOW, MINUTE + NOW + 60)[session]
    assert found.totals[Growing.VISIBLE_MS] == 4_000
    assert found.experience is not None
    return found.experience.engagement


def test_a_rival_measuring_at_once_does_no_harm() -> None:
    made = world(10)
    for now in (NOW, NOW + 1_440, NOW + 1_440):
        measuring(made).run(MINUTE + now)
    assert made.tallies.items[STANDARDS].version == 2
