"""Builds a layer without Docker: what layers/<name>/requirements.txt locks, and its own modules.

Built layers are kept in build/layers under the hash of all that goes into them, so that a second
synth costs nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from uv import find_uv_bin

from adaptive.errors import ConfigError

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "build" / "layers"


class Target(StrEnum):
    """Whose interpreter a layer is for; `cdk -c bundle=…`."""

    AWS = "aws"  # the deployed runtime: Python 3.13 on arm64 Linux
    HOST = "host"  # this interpreter, in which MiniStack runs functions
    NONE = "none"  # no interpreter: the sources alone, to look at templates without a network


@dataclass(frozen=True, slots=True)
class LayerAsset:
    """A folder to zip; `digest` identifies what it was made from."""

    folder: Path
    digest: str


# Wheels only: nothing can be compiled for another platform. pyvips comes as pure Python source.
_WHEELS = ("--only-binary", ":all:", "--no-binary", "pyvips")
_INTERPRETER = {
    Target.AWS: ("--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_28"),
    Target.HOST: ("--python", sys.executable),
}
_PLATFORM = {
    Target.AWS: "py313-linux-aarch64",
    Target.HOST: f"py{sys.version_info.major}{sys.version_info.minor}-{sysconfig.get_platform()}",
}


def build(name: str, target: Target) -> LayerAsset:
    """The layer for `target`; raises ConfigError with uv's words if it cannot be installed."""
    source = ROOT / "layers" / name
    digest = digest_of(name, target)
    if target is Target.NONE:
        return LayerAsset(source, digest)
    prefix = f"{name}-{_PLATFORM[target]}-"
    built = BUILT / f"{prefix}{digest[:16]}"
    if not built.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT, prefix=".") as scratch:
            layer = Path(scratch) / "layer"
            _install(source / "requirements.txt", target=target, into=layer / "python")
            for path in _files(source / "python"):
                copy = layer / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            for stale in BUILT.glob(f"{prefix}*"):
                shutil.rmtree(stale)
            layer.rename(built)
    return LayerAsset(built, digest)


def digest_of(name: str, target: Target) -> str:
    """Changes with the target, the locked requirements, the modules and the way of installing."""
    source = ROOT / "layers" / name
    digest = hashlib.sha256(f"{_PLATFORM.get(target)} {_WHEELS}".encode())
    for path in _files(source):
        digest.update(f"\0{path.relative_to(source)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """What belongs to the layer, in a stable order; nothing if there is no such folder."""
    found = (path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    return sorted(path for path in found if path.is_file())


def _install(requirements: Path, *, target: Target, into: Path) -> None:
    command = [find_uv_bin(), "pip", "install", "--quiet", "--target", str(into), *_WHEELS]
    command += ["--require-hashes", "--no-deps", "--link-mode", "copy", *_INTERPRETER[target]]
    done = subprocess.run(  # noqa: S603 - our own command on a locked file
        [*command, "--requirement", str(requirements)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ConfigError(f"{requirements.relative_to(ROOT)}: {done.stderr.strip()}")
    shutil.rmtree(into / "bin", ignore_errors=True)  # scripts that name this machine's interpreter
