"""What every section of `site.toml` has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Unknown words, and values of another kind, are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
