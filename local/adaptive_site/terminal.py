"""How commands speak: results on standard output, all else on standard error."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from adaptive.errors import AdaptiveError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.progress import TaskID

FAILED, INTERRUPTED = 1, 130


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong becomes a sentence and an exit code: 1, or 130 after Ctrl-C."""
    try:
        yield
    except AdaptiveError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        complain("stopped; run it again to finish")
        raise typer.Exit(INTERRUPTED) from None


def complain(text: str) -> None:
    """One line on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(text, style="red", markup=False)


def say(text: str) -> None:
    """One line of the result."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def secret(name: str) -> str:
    """Asked for without showing it, or read from standard input."""
    asks = sys.stdin.isatty()
    text: str = typer.prompt(name, hide_input=True) if asks else sys.stdin.read()
    return text.strip()


def write_json(value: Mapping[str, object]) -> None:
    """The result for a script."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


class ProgressBars:
    """A bar for each step, on standard error; nothing there unless it is a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[name]}", style="dim"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def begin(self, step: str, count: int) -> None:
        """The next step; one without anything to do has no bar."""
        self._task = self._bars.add_task(step, total=count, name="") if count else None

    def done(self, name: str) -> None:
        """One of its things."""
        if self._task is not None:
            self._bars.update(self._task, advance=1, name=name)
