"""Options that several commands have."""

from typing import Annotated

import typer

Stack = Annotated[str, typer.Option(help="The stack that takes beacons in.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
