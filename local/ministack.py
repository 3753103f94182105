"""MiniStack as a child process: started on one loopback port, awaited, stopped in order."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.cloud_state import LocalCloudError, last_lines

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Places:
    """What it keeps (`data`), what it leaves lying about (`scratch`), and what it says (`log`)."""

    data: Path
    scratch: Path
    log: Path


class MiniStack:
    """One process group. `held` are descriptors that stay open until it ends."""

    def __init__(
        self,
        *,
        port: int,
        places: Places,
        environment: Mapping[str, str],
        held: Sequence[int] = (),
    ) -> None:
        """Start it; raises LocalCloudError if the port is taken."""
        if not is_free(port):
            raise LocalCloudError(f"port {port} is in use: stop what listens there, or use another")
        self._port = port
        self._places = places
        shutil.rmtree(places.scratch, ignore_errors=True)
        places.scratch.mkdir(parents=True)
        with places.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env={**environment, **self._settings()},
                cwd=places.scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us alone, who stop it in order
                pass_fds=held,
            )

    def await_health(self) -> None:
        """Wait until it answers; raises LocalCloudError with the end of its log."""
        url = f"http://127.0.0.1:{self._port}/_ministack/health"
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise LocalCloudError(f"the local cloud died:\n{last_lines(self._places.log)}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(url, trust_env=False).is_success:
                    return
            time.sleep(0.05)
        raise LocalCloudError(f"no answer from the local cloud:\n{last_lines(self._places.log)}")

    def stop(self) -> bool:
        """End it and all that it started; True if it could save what it keeps."""
        self._process.terminate()
        try:
            orderly = self._process.wait(_STOP_TIMEOUT_S) == 0
        except subprocess.TimeoutExpired:
            orderly = False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._places.scratch, ignore_errors=True)
        return orderly

    def _settings(self) -> dict[str, str]:
        """Left alone it would listen on every interface, and for MQTT and SFTP, too."""
        return {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(self._places.scratch),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self._places.data / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._places.data / "s3"),
        }


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """One that the system says is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
