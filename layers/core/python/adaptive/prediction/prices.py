"""What AWS charges, from a dated file beside this one."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Prices(BaseModel):
    """`usd` by item; those in `unchecked` are from general knowledge, not read at the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    region: str
    source: str
    unchecked: tuple[str, ...]
    usd: dict[str, Annotated[float, Field(ge=0)]]

    def __getitem__(self, item: str) -> float:
        return self.usd[item]


def listed() -> Prices:
    """Those that came with this version."""
    text = files("adaptive.prediction").joinpath("prices.json").read_text(encoding="utf-8")
    return read(text)


def read(text: str) -> Prices:
    """Of such a file; raises pydantic.ValidationError."""
    return Prices.model_validate_json(text)
