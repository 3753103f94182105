"""Runs the real CDK against the local cloud."""

import contextlib
import hashlib
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra import config
from local.cloud_state import LocalCloudError, last_lines

ROOT = Path(__file__).parents[1]
TOOLKIT_STACK = "CDKToolkit"
_CDK = ROOT / "node_modules" / ".bin" / "cdk"
_INPUTS = ("app.py", "cdk.json", "package-lock.json", "infra", "lambdas", "layers")
_PROGRESS = re.compile(r"(?P<stack>\w+): (?:creating CloudFormation changeset|deploying)\.\.\.")


def inputs_digest(site_file: Path) -> str:
    """Identifies all that the stacks are made from."""
    digest = hashlib.sha256()
    for root in (*(ROOT / name for name in _INPUTS), *config.sources(site_file)):
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and path.suffix != ".pyc":
                digest.update(f"\0{_told(path)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _told(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)


def deploy(
    environment: Mapping[str, str], *, site_file: Path, log: Path, report: Callable[[str], None]
) -> None:
    """Bootstrap and deploy every stack; raises LocalCloudError with the end of the log."""
    if not _CDK.exists():
        raise LocalCloudError("the CDK is missing: run `make setup`, or `npm ci`")
    log.write_bytes(b"")
    account = f"aws://000000000000/{environment['AWS_REGION']}"
    report("preparing it for the CDK")
    # Elsewhere than at cdk.json, or the CDK would synthesise the app to bootstrap an environment.
    _run(["bootstrap", account], environment, cwd=log.parent, log=log)
    report("synthesising the stacks")
    app = shlex.join([sys.executable, str(ROOT / "app.py"), str(site_file)])
    options = ["--require-approval", "never", "--output", str(log.parent / "cdk.out")]
    # MiniStack does not know the resources of CloudFront's log delivery; local.cdn does its work.
    # Nor does it know Athena's saved queries, and it refuses what it does not know.
    settings = ("bundle=host", "log_delivery=none", "saved_queries=none")
    context = [word for each in settings for word in ("--context", each)]
    _run(
        ["deploy", "--all", "--app", app, *context, *options],
        {**environment, "PYTHONPATH": str(ROOT / "layers" / "core" / "python")},
        cwd=ROOT,
        log=log,
        report=report,
    )


def _run(
    arguments: list[str],
    environment: Mapping[str, str],
    *,
    cwd: Path,
    log: Path,
    report: Callable[[str], None] = lambda _: None,
) -> None:
    command = [str(_CDK), *arguments, "--ci", "--no-notices", "--no-color"]
    with (
        log.open("a", encoding="utf-8") as copy,
        subprocess.Popen(
            command,
            cwd=cwd,
            env={**environment, "CDK_DISABLE_CLI_TELEMETRY": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            reported = set()
            for line in process.stdout or ():
                copy.write(line)
                if (match := _PROGRESS.match(line)) and match["stack"] not in reported:
                    reported.add(match["stack"])
                    report(f"deploying {match['stack']}")
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # the app that it runs, too
            raise
    if process.returncode:
        raise LocalCloudError(f"cdk {arguments[0]} failed:\n{last_lines(log, 30)}")
