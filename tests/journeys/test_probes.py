"""The deployed probe sees an origin that stopped: somebody is told once, and of its return once.

Minutes to come are probed, since EventBridge calls the function in those that are.
"""

import json
import time

import pytest

from local.loop import Loop
from tests.journeys.conftest import PROBED
from tests.journeys.probed_site import ADDRESS, PORT, pair_in
from tests.journeys.test_alerts import AlertJourney, journey
from tests.probe_world import saying, site

__all__ = ["journey"]
pytestmark = pytest.mark.journey
WELCOME = saying(b"<h1>welcome</h1>")


def probe(loop: Loop, journey: AlertJourney, *minutes: int) -> None:
    name = loop.outputs["AdaptiveProbesUsEast1"]["ProbeFunctionName"]
    for minute in minutes:
        at = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(minute * 60))
        answer = journey.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps({"time": at})
        )
        assert "FunctionError" not in answer, answer["Payload"].read()


def test_a_probe_sees_a_stopped_origin_and_one_alert_reaches_the_receiver(
    loop: Loop, journey: AlertJourney
) -> None:
    journey.shipped = "probe-outage"
    now = int(time.time()) // 60 + 30
    with site(PROBED, WELCOME, address=ADDRESS, port=PORT, pair=pair_in(PROBED)):
        probe(loop, journey, now, now + 1)
    assert journey.evaluator().run(now + 3).notices == 0

    probe(loop, journey, now + 2, now + 3)
    told = [journey.evaluator().run(now + 5) for _ in range(2)]
    assert [outcome.notices for outcome in told] == [1, 0]
    [firing] = journey.wait_for(lambda: journey.listen(1))
    assert firing.startswith("Page: ")
    assert "us-east-1: page: " in firing
    assert "connect" in firing

    with site(PROBED, WELCOME, address=ADDRESS, port=PORT, pair=pair_in(PROBED)):
        probe(loop, journey, now + 4, now + 5)
    assert [journey.evaluator().run(now + 20).notices for _ in range(2)] == [1, 0]
    _, resolved = journey.wait_for(lambda: journey.listen(2))
    assert resolved.startswith("Resolved after ")
    assert journey.listen(3) is None
