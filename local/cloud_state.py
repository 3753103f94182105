"""The folder a local cloud keeps its state in: for one at a time, kept after an orderly stop."""

import fcntl
import json
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from adaptive.errors import AdaptiveError


class LocalCloudError(AdaptiveError):
    """The local cloud did not come up; the message says why and what to do."""


class CloudState:
    """`data` is MiniStack's; `deployed` says from which files, `port` under which address."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "state"
        self.port = 0
        self.deployed = ""
        self._folder = folder
        self._memory = folder / "state.json"
        self._lock: int | None = None

    @property
    def lock(self) -> tuple[int, ...]:
        """The descriptor to hand to the cloud: the folder is its until it ends, even without us."""
        return () if self._lock is None else (self._lock,)

    def open(self) -> None:
        """Take the folder, and forget what is in it if its last user did not stop in order."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._take()
        try:
            memory = json.loads(self._memory.read_text())
        except (FileNotFoundError, ValueError):
            memory = None
        self._memory.unlink(missing_ok=True)
        match memory:
            case {"made_by": made_by, "port": int(port), "deployed": str(deployed)} if (
                made_by == _made_by()
            ):
                self.port, self.deployed = port, deployed
            case _:
                self.forget()

    def forget(self) -> None:
        """Start anew."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.port, self.deployed = 0, ""

    def close(self, *, port: int, orderly: bool) -> None:
        """Give the folder back; after an orderly stop its content counts for the next start."""
        if self._lock is None:
            return
        if orderly:
            memory = {"made_by": _made_by(), "port": port, "deployed": self.deployed}
            self._memory.write_text(json.dumps(memory))
        os.close(self._lock)
        self._lock = None

    def _take(self) -> None:
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(lock)
            raise LocalCloudError(
                f"a local cloud is running from {self._folder} already: stop that one first"
            ) from error
        self._lock = lock


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, to show with a failure."""
    return "\n".join(
        [*log.read_text(errors="replace").splitlines()[-count:], f"(all of it: {log})"]
    )


def _made_by() -> list[str]:
    """What must not change under saved state: layers are built for the interpreter."""
    return [version("ministack"), platform.python_version()]
