"""How fast the loop turns: from a beacon to the tier in its answer, and to the item in DynamoDB.

Through the deployed local cloud, so the seconds are an emulator's. The peer is the durable way:
what every visitor would wait for if the decision came from the stream.
"""

import argparse
import secrets
import statistics
import time

import httpx

from adaptive.delivery.session import mint
from bench.report import Result, finish, say
from local.loop import Loop, running_loop

_TIMEOUT_S = 30


def main() -> None:
    """Post beacons of new sessions one after the other, and watch the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beacons", type=int, default=30, help="sessions to time (%(default)s)")
    count = parser.parse_args().beacons
    with running_loop(port=0, say=say) as loop, httpx.Client(timeout=_TIMEOUT_S) as client:
        for _ in range(3):
            _turn(loop, client)
        timings = [_turn(loop, client) for _ in range(count)]
    answered, stored = (statistics.median(each) for each in zip(*timings, strict=True))
    finish(
        Result(
            name="loop",
            value=answered,
            unit="s from beacon to tier cookie, median",
            peer="to the item in DynamoDB, by the stream",
            peer_value=stored,
            ratio=stored / answered,
            n=count,
        ),
        slowest_answer_s=max(each[0] for each in timings),
        slowest_item_s=max(each[1] for each in timings),
    )


def _turn(loop: Loop, client: httpx.Client) -> tuple[float, float]:
    session_id = mint(secrets.token_bytes)
    beacon = {
        "view_id": mint(secrets.token_bytes),
        "page": "/index.html",
        "navigation": "navigate",
        "vitals": {"lcp_ms": 5_000, "ttfb_ms": 900},
    }
    began = time.perf_counter()
    answer = client.post(
        f"{loop.base_url}/rum",
        json={"schema": 1, "beacons": [beacon]},
        # A visitor's: httpx's own is on the list of bots, which have no session.
        headers={"cookie": f"ae_sid={session_id}", "user-agent": "Mozilla/5.0"},
    )
    answered = time.perf_counter() - began
    answer.raise_for_status()
    while loop.sessions.get(session_id) is None:
        if time.perf_counter() - began > _TIMEOUT_S:
            raise TimeoutError(f"session {session_id} did not reach the table")
        time.sleep(0.02)
    return answered, time.perf_counter() - began


if __name__ == "__main__":
    main()
