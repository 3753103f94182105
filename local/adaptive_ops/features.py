"""adaptive-ops features: the series for a model of one's own, and its answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from adaptive.prediction.calendar import Calendar, Event
from adaptive.prediction.cloud import FAMILY
from infra import config
from local.adaptive_ops.experiment import SiteFile  # noqa: TC001 - typer reads it
from local.adaptive_ops.options import AsJson  # noqa: TC001 - typer reads it
from local.adaptive_ops.recommend import connect_predictions
from local.adaptive_site.terminal import say, told, write_json

app = typer.Typer(help="For a model of your own, SageMaker's or not.", no_args_is_help=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where features.parquet and CARD.md go.")],
    *,
    site_file: SiteFile = Path("site.toml"),
    as_json: AsJson = False,
) -> None:
    """Write what forecasts are made from as Parquet, with a data card."""
    from local import features  # noqa: PLC0415 - pyarrow is large

    with told():
        prediction = config.load(site_file).prediction
        calendar = Calendar(
            ZoneInfo(prediction.time_zone),
            tuple(
                Event(each.name, each.first, each.last, each.factor) for each in prediction.events
            ),
        )
        histories = features.read_histories(connect_predictions(), [*prediction.families, FAMILY])
        source = f"the table of predictions, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        found = features.export(histories, calendar, folder, source=source)
    if as_json:
        write_json(found._asdict())
    else:
        say(f"{found.rows:,} rows of {found.series} series are in {folder}")


@app.command()
def answers(
    file: Annotated[Path, typer.Argument(help="Parquet: family, value, measure, at, expected.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Have a model's answers published where they have missed by less than our own forecasts."""
    from local import features  # noqa: PLC0415 - pyarrow is large

    with told():
        count = features.bring_back(file, connect_predictions(), now_s=int(time.time()))
    if as_json:
        write_json({"series": count})
    else:
        say(f"Answers of {count} series are there: the next hourly forecast judges them.")
