"""One synth for all tests of the templates: starting jsii takes ten seconds."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import build

SITE_FILE = Path(__file__).with_name("site.toml")

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Templates:
    """The synthesised stacks by name, and the folder they are in."""

    folder: Path
    by_stack: Mapping[str, Mapping[str, Any]]

    def of_type(self, kind: str) -> dict[str, Resource]:
        """All resources of a CloudFormation type, by stack and logical id."""
        return {
            f"{stack}.{name}": resource
            for stack, template in self.by_stack.items()
            for name, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def of_stack(self, name: str) -> "Templates":
        """One stack alone."""
        return Templates(self.folder, {name: self.by_stack[name]})

    def properties(self, kind: str) -> list[Resource]:
        """The properties of those resources; there is at least one."""
        found = [resource["Properties"] for resource in self.of_type(kind).values()]
        assert found, f"no {kind} in any template"
        return found


@pytest.fixture(scope="session")
def edge_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edge_request")


@pytest.fixture(scope="session")
def templates(edge_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    app = build(site_file=SITE_FILE, edge_package=edge_package, bundle="none")
    folder = Path(app.synth().directory)
    yield Templates(
        folder,
        {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(folder.glob("*.template.json"))
        },
    )
    shutil.rmtree(folder)
