"""adaptive-ops prices: what AWS charges, as costs and recommendations reckon with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import boto3
import typer
from rich.console import Console
from rich.table import Table

from adaptive.aws.price_list import AwsPriceList
from adaptive.prediction import prices
from adaptive.prediction.price_update import update as update_prices
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_site.account import PATIENT, REGION
from local.adaptive_site.failure import SiteError
from local.adaptive_site.terminal import complain, say, told, write_json

app = typer.Typer(help="What AWS charges, from a dated file.", no_args_is_help=True)

FILE = Path(__file__).parents[2] / "layers/core/python/adaptive/prediction/prices.json"


@app.command()
def show(*, as_json: AsJson = False) -> None:
    """The prices that are reckoned with, and of when they are."""
    found = prices.listed()
    if as_json:
        write_json(found.model_dump(mode="json"))
        return
    table = Table("item", "dollars", "", title=f"{found.as_of}, {found.region}: {found.source}")
    for name, usd in found.usd.items():
        table.add_row(name, f"{usd:.10g}", "not checked" if name in found.unchecked else "")
    Console().print(table)


@app.command()
def update(
    *,
    file: Annotated[Path, typer.Option(help="Where the prices are.", show_default=False)] = FILE,
    as_json: AsJson = False,
) -> None:
    """Ask AWS for today's prices and write the file; deploy for functions to go by them."""
    with told():
        if boto3.Session().get_credentials() is None:
            raise SiteError(
                "there are no AWS credentials, and the Price List API answers accounts only: set "
                "AWS_PROFILE; nothing was changed"
            )
        client = boto3.client("pricing", region_name=REGION, config=PATIENT)
        before = prices.read(file.read_text(encoding="utf-8"))
        found = update_prices(before, AwsPriceList(client), datetime.now(UTC).date())
        file.write_text(found.prices.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if as_json:
        write_json({"moved": found.moved, "missing": found.missing})
        return
    for name, (was, now) in found.moved.items():
        say(f"{name}: ${was:.10g} -> ${now:.10g}")
    checked = len(found.prices.usd) - len(found.missing)
    say(f"{checked} prices are of {found.prices.as_of}, {len(found.moved)} of them new.")
    for name in found.missing:
        complain(f"{name} is not in AWS's list as it was asked for: it stays as it was, unchecked")
