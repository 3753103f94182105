"""Parameters that several questions have."""

from collections.abc import Iterable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime

from adaptive.monitoring.query.figure import METRICS, STATS
from adaptive.monitoring.query.span import RANGES, STEPS
from adaptive.monitoring.vital import INDEX


def _one_of(words: Iterable[str], description: str | None = None) -> Any:  # noqa: ANN401
    """Told here, checked by whoever can say what the words are for."""
    return Query(description=description, json_schema_extra={"enum": [*words]})


Range = Annotated[str | None, _one_of(RANGES, "that ends now; 24h unless `from` is given")]
First = Annotated[AwareDatetime | None, Query(alias="from", description="RFC 3339")]
Last = Annotated[AwareDatetime | None, Query(alias="to", description="now by default")]
Step = Annotated[str | None, _one_of(STEPS, "chosen by the range by default")]
Metric = Annotated[str, _one_of(METRICS)]
Vital = Annotated[str, _one_of(INDEX)]
Stat = Annotated[str | None, _one_of(STATS, "p75 of vitals, sum of counters by default")]
By = Annotated[list[str] | None, Query(max_length=2, description="dimensions, separated by commas")]
Filter = Annotated[
    list[str] | None,
    Query(max_length=20, description="dimension:value, separated by commas; of one, any of them"),
]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100, description="`next` of the page before")]
