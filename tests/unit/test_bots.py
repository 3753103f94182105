import json
from pathlib import Path

import crawleruseragents  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.bots import is_bot

LIST = json.loads(
    (Path(crawleruseragents.__file__).parent / "crawler-user-agents.json").read_text()
)
CRAWLERS = [agent for entry in LIST for agent in entry["instances"]]
PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def test_every_crawler_of_the_list_is_a_bot() -> None:
    assert len(CRAWLERS) > 2_000
    assert [agent for agent in CRAWLERS if len(agent) <= 512 and not is_bot(agent)] == []


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "a",
        PHONE,
        IPHONE,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    ],
)
def test_a_browser_is_no_bot(agent: str) -> None:
    assert not is_bot(agent)


def test_an_endless_user_agent_is_judged_by_its_beginning() -> None:
    assert not is_bot("x" * 9_000 + " Googlebot/2.1")
    assert is_bot("Googlebot/2.1" + "x" * 9_000)


@given(
    st.one_of(st.text(max_size=80), st.builds("{}{}".format, st.text(), st.sampled_from(CRAWLERS)))
)
def test_it_agrees_with_the_lists_own_regular_expressions(agent: str) -> None:
    assert is_bot(agent) == bool(crawleruseragents.is_crawler(agent[:512]))
