"""What the parts of a beacon are made of: strict, frozen models over bounded values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Milliseconds = Annotated[float, Field(ge=0, le=600_000, allow_inf_nan=False)]
"""Ten minutes bound what a page load can take; hidden tabs report more, and are not page loads."""

Span = Annotated[float, Field(ge=0, le=2_592_000_000, allow_inf_nan=False)]
"""Milliseconds within a page view's life: 30 days, since a tab may stay open."""

Count = Annotated[int, Field(ge=0, le=2**40)]

_TEXT = r"[^\x00-\x1f\x7f-\x9f]"
Text = Annotated[str, StringConstraints(pattern=rf"^{_TEXT}*$", max_length=64)]
Message = Annotated[str, StringConstraints(pattern=rf"^{_TEXT}*$", max_length=200)]

Path = Annotated[str, StringConstraints(pattern=r"^/[^?#\x00-\x1f\x7f]*$", max_length=512)]
"""Of a URL; query strings and fragments are refused, since they can hold anything."""

Source = Annotated[str, StringConstraints(pattern=r"^[^?#\x00-\x1f\x7f]*$", max_length=256)]
"""A path, or a host, or what a policy calls `inline` and `eval`."""

Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.:\[\]_-]{1,253}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
MarkName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


class Part(BaseModel):
    """Unknown fields are ignored, so that a newer agent can talk to an older service."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")
