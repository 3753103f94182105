"""Arguments and options that several commands take, and where things are by default."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[
    Path, typer.Argument(help="The built site, as visitors will see it.", show_default=True)
]
SiteFile = Annotated[Path, typer.Option("--site", help="The site's settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]
Stack = Annotated[str, typer.Option(help="The CloudFormation stack that serves the site.")]
Manifest = Annotated[
    Path | None,
    typer.Option(help="What the build wrote of its bundles.", show_default="as site.toml says"),
]
SITE = Path("site.toml")
BUILT = Path("build/site")
