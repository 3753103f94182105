"""A layer with what is watched: an environment of 4 KB would not hold it."""

import hashlib
from pathlib import Path

from aws_cdk import aws_lambda
from constructs import Construct

from adaptive.monitoring.rules_file import NAME, RulesFile
from infra.constructs import function_folder
from infra.site import Site

PACKAGE = "site_rules"
_BUILT = Path(__file__).parents[2] / "build" / PACKAGE


class RulesLayer(aws_lambda.LayerVersion):
    """The module PACKAGE, from site.toml."""

    def __init__(self, scope: Construct, construct_id: str, *, site: Site) -> None:
        super().__init__(
            scope,
            construct_id,
            code=function_folder.source(_stage(site)),
            compatible_runtimes=[function_folder.RUNTIME],
            compatible_architectures=[aws_lambda.Architecture.ARM_64],
        )


def _stage(site: Site) -> Path:
    """A folder named by its content, so that sites do not overwrite each other."""
    text = RulesFile(monitoring=site.monitoring, lists=site.rollups.lists).model_dump_json()
    folder = _BUILT / hashlib.sha256(text.encode()).hexdigest()[:16]
    module = folder / "python" / PACKAGE
    module.mkdir(parents=True, exist_ok=True)
    (module / "__init__.py").touch()
    (module / NAME).write_text(text)
    return folder
