"""A function under Lambda's own runtime client and its emulator, on this machine.

The emulator comes with the AWS SAM CLI (https://github.com/aws/aws-lambda-runtime-interface-emulator).
"""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.ministack import any_free_port

ROOT = Path(__file__).parents[3]
CORE_LAYER = ROOT / "layers/core/python"

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_CONNECT_ATTEMPTS = 6  # httpx waits 0, 0.5, 1, 2, … s between them
_ANSWER_TIMEOUT_S = 60


def binary() -> Path:
    """Raises FileNotFoundError, with the cure, where SAM is not installed."""
    name = f"aws-lambda-rie-{_ARCHITECTURES[platform.machine().lower()]}"
    for found in (ROOT / ".venv-sam").glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"):
        return found
    raise FileNotFoundError(f"{name} is not in .venv-sam: run `make setup`")


@dataclass(frozen=True, slots=True)
class Function:
    """What the runtime makes of an event: parsed JSON in, parsed JSON out."""

    client: httpx.Client
    port: int
    runtime_port: int

    def __call__(self, event: Any) -> Any:
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"
        return self.client.post(url, json=event).raise_for_status().json()


@contextmanager
def function(
    folder: Path, *, log: Path, environment: Mapping[str, str], layer: Path | None = None
) -> Iterator[Function]:
    """Start it; `folder` is its package, and all that it prints goes to `log`."""
    port, runtime_port = any_free_port(), any_free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the emulator and our own interpreter
            [
                binary(),
                f"--runtime-interface-emulator-address=127.0.0.1:{port}",
                f"--runtime-api-address=127.0.0.1:{runtime_port}",
                sys.executable,
                "-m",
                "awslambdaric",
                "handler.lambda_handler",
            ],
            cwd=folder,
            env={
                **environment,
                "PATH": os.defpath,
                "PYTHONPATH": str(layer or ""),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    transport = httpx.HTTPTransport(retries=_CONNECT_ATTEMPTS)
    try:
        with httpx.Client(transport=transport, timeout=_ANSWER_TIMEOUT_S) as client:
            yield Function(client, port, runtime_port)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
