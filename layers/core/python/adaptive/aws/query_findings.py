"""The part of the query API that asks what came of adaptation: delivered, proven, foreseen."""

from dataclasses import dataclass
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from adaptive.aws.query_http import replied
from adaptive.aws.query_params import Cursor, First, Last, Limit, Range
from adaptive.experiments.showing import Showing
from adaptive.monitoring.query.delivery import Deliveries
from adaptive.monitoring.query.renditions import Format, Gallery
from adaptive.monitoring.query.span import Period
from adaptive.prediction.advising import Advising, Which
from adaptive.prediction.showing import Foresight

_Asset = Annotated[str, Query(max_length=1_024, description="its path, as /img/hero.jpg")]
_After = Annotated[str | None, Query(max_length=1_100, description="`next` of the page before")]
_Group = Annotated[str | None, Query(max_length=200, description="dimension:value; everybody")]


@dataclass(frozen=True, slots=True)
class Findings:
    """`app_of` routes to its methods."""

    deliveries: Deliveries
    gallery: Gallery
    showing: Showing
    foresight: Foresight
    advising: Advising

    def delivery(
        self,
        *,
        range: Range = None,  # noqa: A002 - the parameter's name
        first: First = None,
        last: Last = None,
    ) -> Response[str]:
        """Hit rate, bytes saved, the mix of tiers and fallbacks, hour by hour."""
        return replied(self.deliveries.over(Period(range, first, last)))

    def assets(self, cursor: _After = None) -> Response[str]:
        """Images that are adapted, by path."""
        return replied(self.gallery.assets(cursor))

    def renditions(
        self,
        asset: _Asset,
        format: Annotated[Format, Query()] = "avif",  # noqa: A002
    ) -> Response[str]:
        """One image as each tier gets it: which file, how large, how good."""
        return replied(self.gallery.of(asset, format))

    def experiments(self, limit: Limit = 20, cursor: Cursor = None) -> Response[str]:
        """Every experiment that was ever started, and how it stands."""
        return replied(self.showing.all(limit=limit, following=cursor))

    def experiment(
        self,
        name: Annotated[str, Path(description="or `holdout`")],
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Response[str]:
        """What an experiment has shown so far, and what was decided."""
        return replied(self.showing.of(name, limit=limit, following=cursor))

    def forecast(self, filter: _Group = None) -> Response[str]:  # noqa: A002
        """What is to come, with intervals, and how likely objectives are missed."""
        return replied(self.foresight.of(filter))

    def recommendations(
        self,
        which: Annotated[Which, Query(description="`decided` has what lapsed, too")] = "proposed",
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> Response[str]:
        """What to do about what is to come, and what came of it."""
        return replied(self.advising.all(which, limit=limit, following=cursor))
