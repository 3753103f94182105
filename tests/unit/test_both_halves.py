import sys

import pytest

from tests.__main__ import side_by_side


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


@pytest.mark.parametrize("statuses", [(1, 0), (0, 1)])
def test_a_half_that_fails_fails_the_whole(statuses: tuple[int, int]) -> None:
    one, other = (python(f"raise SystemExit({status})") for status in statuses)
    assert side_by_side(one, other) == 1


def test_the_half_beside_is_heard_last(capfd: pytest.CaptureFixture[str]) -> None:
    assert side_by_side(python("print('rest')"), python("print('journeys')")) == 0
    assert capfd.readouterr().out.split() == ["rest", "journeys"]
