"""What CDK needs to know of lambdas/<folder>."""

import ast
from pathlib import Path

from aws_cdk import aws_lambda

from infra.acknowledge import acknowledge

RUNTIME = aws_lambda.Runtime.PYTHON_3_13
HANDLER = "handler.lambda_handler"
FOLDER_METADATA = "adaptive:folder"
_LAMBDAS = Path(__file__).parents[2] / "lambdas"


def code_of(folder: str) -> aws_lambda.Code:
    """The folder as an asset, the same bytes on every machine."""
    return source(_LAMBDAS / folder)


def source(folder: Path, *, asset_hash: str | None = None) -> aws_lambda.Code:
    """Any folder, less what running its modules leaves behind."""
    exclude = ["**/__pycache__", "**/*.pyc"]
    return aws_lambda.Code.from_asset(str(folder), exclude=exclude, asset_hash=asset_hash)


def purpose_of(folder: str) -> str:
    """The first line of the handler's docstring."""
    docstring = ast.get_docstring(ast.parse((_LAMBDAS / folder / "handler.py").read_text()))
    return (docstring or folder).partition("\n")[0]


def mark(function: aws_lambda.Function, folder: str) -> None:
    """Let a reader of the template find the code: used by `infra.function_table`."""
    resource = function.node.default_child
    assert isinstance(resource, aws_lambda.CfnFunction)  # noqa: S101 - narrows CDK's IConstruct
    resource.add_metadata(FOLDER_METADATA, folder)
    acknowledge(
        function,
        "AwsSolutions-L1",
        because="Python 3.13 is what the tests run on and the layers are built for",
    )
