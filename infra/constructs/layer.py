"""A Lambda layer of ours, built for the interpreter that the context `bundle` names."""

from aws_cdk import aws_lambda
from constructs import Construct

from adaptive.errors import ConfigError
from infra import layer_asset
from infra.constructs import function_folder


class Layer(aws_lambda.LayerVersion):
    """layers/<name>; each stack has its own, since an exported version could never be replaced."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str) -> None:
        asset = layer_asset.build(name, _target(scope))
        super().__init__(
            scope,
            construct_id,
            code=function_folder.source(asset.folder, asset_hash=asset.digest),
            compatible_runtimes=[function_folder.RUNTIME],
            compatible_architectures=[aws_lambda.Architecture.ARM_64],
        )


def _target(scope: Construct) -> layer_asset.Target:
    word = scope.node.try_get_context("bundle") or layer_asset.Target.AWS
    try:
        return layer_asset.Target(word)
    except ValueError as error:
        words = ", ".join(layer_asset.Target)
        raise ConfigError(f"context bundle: {word!r} is not one of {words}") from error
