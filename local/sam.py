"""AWS SAM on the synthesised templates.

`validate` lints them, offline. `invoke FUNCTION [EVENT]` runs one function in a container, as SAM
does: with the template's settings and your own AWS credentials, if there are any.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
_SAM = ROOT / ".venv-sam" / "bin" / "sam"
_EVENTS = ROOT / "tests" / "functions" / "events"
_RUNTIMES = ("docker", "finch")


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit 1 with one sentence where something is missing, else as SAM does."""
    parser = argparse.ArgumentParser(prog="python -m local.sam", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("validate")
    invoke = verbs.add_parser("invoke")
    invoke.add_argument("function", choices=sorted(_folders()))
    invoke.add_argument("event", type=Path, nargs="?", help="a JSON file")
    chosen = parser.parse_args(arguments)
    if not _SAM.exists():
        sys.exit("The AWS SAM CLI is missing: run `make setup`.")
    sys.exit(_validate() if chosen.verb == "validate" else _invoke(chosen.function, chosen.event))


def _validate() -> int:
    with _templates(bundle="none") as templates:
        runs = [
            _sam("validate", "--lint", "--template-file", str(path), notes=path.stem)
            for path in templates
        ]
        return max(run.wait() for run in runs)


def _invoke(function: str, event: Path | None) -> int:
    event = event or _EVENTS / f"{function}.json"
    if not event.is_file():
        sys.exit(f"There is no event {event}; some are in {_EVENTS.relative_to(ROOT)}.")
    if not any(map(_answers, _RUNTIMES)):
        sys.exit(
            "No container runtime answers (`docker info`), and SAM runs functions in containers: "
            "start Docker, or run `make test ARGS=tests/functions/runtime`, which needs none."
        )
    with _templates(bundle="aws") as templates:
        [(template, logical_id)] = _find(templates, _folders()[function])
        options = ("--template-file", str(template), "--event", str(event))
        return _sam("local", "invoke", logical_id, *options, notes="invoke").wait()


def _folders() -> dict[str, str]:
    """Function -> its folder below lambdas/."""
    lambdas = ROOT / "lambdas"
    handlers = lambdas.glob("*/*/handler.py")
    return {path.parent.name: str(path.parent.relative_to(lambdas)) for path in handlers}


@contextmanager
def _templates(*, bundle: str) -> Iterator[list[Path]]:
    from app import build  # noqa: PLC0415 - starts jsii, which takes seconds

    folder = Path(build(bundle=bundle).synth().directory)
    try:
        yield sorted(folder.glob("*.template.json"))
    finally:
        shutil.rmtree(folder)


def _find(templates: Sequence[Path], folder: str) -> Iterator[tuple[Path, str]]:
    from infra.constructs.function_folder import FOLDER_METADATA  # noqa: PLC0415 - as above

    for path in templates:
        for logical_id, resource in json.loads(path.read_text())["Resources"].items():
            if resource.get("Metadata", {}).get(FOLDER_METADATA) == folder:
                yield path, logical_id


def _answers(runtime: str) -> bool:
    found = shutil.which(runtime)
    if found is None:
        return False
    return subprocess.run([found, "info"], capture_output=True, check=False).returncode == 0


def _sam(*arguments: str, notes: str) -> subprocess.Popen[bytes]:
    """`notes` names the folder for what SAM remembers; two at once would spoil each other's."""
    ours = {
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".local" / "sam" / notes),  # else in the home folder
    }
    return subprocess.Popen([str(_SAM), *arguments, "--region", REGION], env={**os.environ, **ours})


if __name__ == "__main__":
    main()
