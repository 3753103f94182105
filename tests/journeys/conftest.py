from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from local.chromium import browser
from local.loop import STATE, Loop, running_loop
from tests import quiet
from tests.journeys.policy_world import Policies
from tests.journeys.probed_site import probed_site

PROBED = STATE / "journeys-probe"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for a quiet machine comes last."""
    items.sort(key=lambda each: each.get_closest_marker("timed") is not None)


@pytest.fixture(autouse=True)
def _quiet_if_timed(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("timed"):
        quiet.wait()


@pytest.fixture(scope="package")
def loop() -> Iterator[Loop]:
    """The deployed system, beside any demo that runs; of the journeys before it knows nothing."""
    state = STATE / "journeys"
    site_file = probed_site(PROBED)
    with running_loop(port=0, say=print, state=state, site_file=site_file, anew=True) as running:
        yield running


@pytest.fixture(scope="module")
def policies(loop: Loop) -> Iterator[Policies]:
    """The site's own is put back at the end, whatever happened."""
    found = Policies(loop)
    yield found
    found.put_back()


@pytest.fixture(scope="package")
def chromium(loop: Loop) -> Iterator[Browser]:
    with browser() as running:
        loop.warm(running, print)
        yield running
