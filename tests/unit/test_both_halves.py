import sys
from pathlib import Path

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


def test_what_times_a_browser_waits_until_the_rest_is_through(tmp_path: Path) -> None:
    started, order = tmp_path / "started", tmp_path / "order"
    until_started = f"from pathlib import Path\nwhile not Path({str(started)!r}).exists(): pass\n"
    rest = python(f"{until_started}Path({str(order)!r}).write_text('rest ')")
    timed = python(
        f"from tests import quiet\nopen({str(started)!r}, 'w').close()\nquiet.wait()\n"
        f"open({str(order)!r}, 'a').write('timed')"
    )
    assert side_by_side(rest, timed) == 0
    assert order.read_text() == "rest timed"
