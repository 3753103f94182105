"""A deployed distribution, running here."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.applications import Starlette

from local.cdn import deployed, edge_asset, function_asset
from local.cdn.app import Options, create_app
from local.cdn.server import Server


class Cdn:
    """`with Cdn(distribution_id, options, port=8080) as cdn:` serves it at `cdn.url` until the end.

    Raises PortInUseError, ConfigError for what is not done here, UnavailableError without a cloud.
    """

    def __init__(self, distribution_id: str, options: Options, *, port: int = 0) -> None:
        self._distribution_id = distribution_id
        self._options = options
        self._port = port
        self._stack = ExitStack()
        self.url = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cdn-"))
            app = deployed_app(self._distribution_id, self._options, Path(folder))
            self.url = stack.enter_context(Server(app, port=self._port)).url
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()


def deployed_app(distribution_id: str, options: Options, folder: Path) -> Starlette:
    """The application for a distribution; its edge functions are unpacked below `folder`."""
    distribution = deployed.read(options.endpoint, distribution_id)
    arns = frozenset[str]().union(*(each.function_arns for each in distribution.behaviors))
    functions = {
        arn: (function_asset if function_asset.is_function(arn) else edge_asset).fetch(
            options.endpoint, arn, folder / str(index)
        )
        for index, arn in enumerate(sorted(arns))
    }
    return create_app(distribution, functions, options)
