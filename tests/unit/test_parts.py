import sys
import tomllib
from pathlib import Path

import pytest

from tests.__main__ import PARTS, side_by_side

ROOT = Path(__file__).parents[2]


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_every_folder_of_tests_is_in_one_part() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    in_parts = [folder for _, folders in PARTS for folder in folders]
    assert sorted(in_parts) == sorted(settings["ini_options"]["testpaths"])


@pytest.mark.parametrize("statuses", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_a_part_that_fails_fails_the_whole(statuses: tuple[int, int, int]) -> None:
    assert side_by_side(*(python(f"raise SystemExit({status})") for status in statuses)) == 1


def test_a_part_that_was_killed_fails_the_whole() -> None:
    killed = python("import os; os.kill(os.getpid(), 9)")
    assert side_by_side(python("pass"), killed, python("pass")) == 9


def test_the_parts_are_heard_one_after_the_other(capfd: pytest.CaptureFixture[str]) -> None:
    words = ("functions", "unit", "journeys")
    assert side_by_side(*(python(f"print({each!r})") for each in words)) == 0
    assert capfd.readouterr().out.split() == [*words]


def test_what_times_a_browser_waits_until_the_rest_is_through(tmp_path: Path) -> None:
    started, order = tmp_path / "started", tmp_path / "order"
    until_started = f"from pathlib import Path\nwhile not Path({str(started)!r}).exists(): pass\n"
    rest = python(f"{until_started}Path({str(order)!r}).write_text('rest ')")
    timed = python(
        f"from tests import quiet\nopen({str(started)!r}, 'w').close()\nquiet.wait()\n"
        f"open({str(order)!r}, 'a').write('timed')"
    )
    assert side_by_side(rest, python("pass"), timed) == 0
    assert order.read_text() == "rest timed"
