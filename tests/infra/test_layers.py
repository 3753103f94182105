"""Layers hold what the lock says, for the interpreter that will run them."""

import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack

from adaptive.errors import ConfigError
from infra import layer_asset
from infra.constructs.layer import Layer
from infra.layer_asset import Target

ROOT = Path(__file__).parents[2]


def locked(path: Path) -> dict[str, frozenset[str]]:
    """Requirement -> hashes."""
    entries = re.split(r"\n(?=\S)", path.read_text())
    return {
        entry.partition(" ")[0]: frozenset(re.findall(r"sha256:[0-9a-f]{64}", entry))
        for entry in entries
        if not entry.startswith("#")
    }


@pytest.mark.parametrize("name", ["core", "imaging", "probing"])
def test_a_layer_is_a_hashed_part_of_the_lock(name: str) -> None:
    everything = locked(ROOT / "requirements.txt")
    layer = locked(ROOT / "layers" / name / "requirements.txt")
    assert layer
    for requirement, hashes in layer.items():
        assert hashes
        assert everything[requirement] == hashes


def test_a_word_that_is_no_target_is_refused_with_those_that_are() -> None:
    stack = Stack(App(context={"bundle": "docker"}), "Any")
    with pytest.raises(ConfigError, match="'docker' is not one of aws, host, none"):
        Layer(stack, "Layer", name="core")


def test_sources_alone_need_no_network() -> None:
    asset = layer_asset.build("core", Target.NONE)
    assert (asset.folder / "python" / "adaptive" / "errors.py").exists()


def test_the_digest_depends_on_the_target() -> None:
    digests = {layer_asset.digest_of("core", target) for target in Target}
    assert len(digests) == len(Target)
