"""The query API as HTTP: parameters in, a cacheable answer or problem+json out.

Nothing is decided here: `adaptive.monitoring.query` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from adaptive.aws.query_actions import Actions
from adaptive.aws.query_actor import actor_of
from adaptive.aws.query_findings import Findings
from adaptive.aws.query_http import documented, problems, replied, revalidated, spelled
from adaptive.aws.query_params import (
    By,
    Cursor,
    Filter,
    First,
    Last,
    Limit,
    Metric,
    Range,
    Stat,
    Step,
    Vital,
)
from adaptive.delivery.changes import ChangeLog
from adaptive.experiments.answers import ExperimentNow, Experiments, Summary
from adaptive.experiments.orders import Orders
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.query import answer
from adaptive.monitoring.query.alerts import alerts, slos
from adaptive.monitoring.query.delivery import Delivery
from adaptive.monitoring.query.distribution import distribution
from adaptive.monitoring.query.figure import figure_of
from adaptive.monitoring.query.guards import guards
from adaptive.monitoring.query.live import live
from adaptive.monitoring.query.log import changes
from adaptive.monitoring.query.openmetrics import CONTENT_TYPE, exposition
from adaptive.monitoring.query.operating import Operating
from adaptive.monitoring.query.overview import overview
from adaptive.monitoring.query.renditions import Assets, Renditions
from adaptive.monitoring.query.reply import Desk
from adaptive.monitoring.query.scope import scope_of
from adaptive.monitoring.query.series import series
from adaptive.monitoring.query.span import Period
from adaptive.monitoring.query.top import Ranking, top
from adaptive.monitoring.query.visit import Visits
from adaptive.monitoring.silence import Silence
from adaptive.monitoring.silencing import Silencing
from adaptive.prediction.advising import Recommendations, Told
from adaptive.prediction.showing import Outlooks

FOR_MACHINES = "/machine"
"""What stands before the paths for those who sign their requests (SigV4)."""


@dataclass(frozen=True, slots=True)
class QueryApi:
    """`app_of` routes to its methods."""

    desk: Desk
    log: ChangeLog
    operating: Operating
    visits: Visits
    watched: AlertsStore
    findings: Findings
    orders: Orders

    def overview(self, range: Range = "1h") -> Response[str]:  # noqa: A002 - the parameter's name
        """The site's state now, beside that of a week before."""
        return replied(overview(self.desk, Period(word=range)))

    def metrics(self, range: Range = "1h") -> Response[str]:  # noqa: A002
        """The site's state now as OpenMetrics text, to be scraped."""
        reply = overview(self.desk, Period(word=range))
        return replied(reply, text=exposition(reply.answer), content_type=CONTENT_TYPE)

    def series(  # noqa: PLR0913 - the parameters of the request
        self,
        *,
        metric: Metric = "lcp_ms",
        stat: Stat = None,
        by: By = None,
        filter: Filter = None,  # noqa: A002
        range: Range = None,  # noqa: A002
        first: First = None,
        last: Last = None,
        step: Step = None,
    ) -> Response[str]:
        """A figure over time, a line per group."""
        span = Period(range, first, last, step).span(self.desk.minute)
        return replied(series(self.desk, figure_of(metric, stat), _scope(by, filter), span))

    def distribution(
        self,
        *,
        metric: Vital = "lcp_ms",
        by: By = None,
        filter: Filter = None,  # noqa: A002
        range: Range = None,  # noqa: A002
        first: First = None,
        last: Last = None,
    ) -> Response[str]:
        """How a vital's values are distributed, per group."""
        span = Period(range, first, last).span(self.desk.minute, whole=True)
        return replied(distribution(self.desk, metric, _scope(by, filter), span))

    def top(  # noqa: PLR0913
        self,
        *,
        by: By = None,
        metric: Metric = "lcp_ms",
        stat: Stat = None,
        filter: Filter = None,  # noqa: A002
        range: Range = None,  # noqa: A002
        first: First = None,
        last: Last = None,
        order: Annotated[Literal["desc", "asc"], Query()] = "desc",
        min_samples: Annotated[int, Query(ge=0, description="of a group")] = 0,
        limit: Limit = 10,
        cursor: Cursor = None,
    ) -> Response[str]:
        """Groups ranked by a figure, the highest first."""
        ranking = Ranking(
            figure_of(metric, stat), _scope(by, filter), order == "asc", min_samples, limit
        )
        return replied(top(self.desk, ranking, Period(range, first, last), cursor))

    def changes(
        self,
        *,
        range: Range = None,  # noqa: A002
        first: First = None,
        last: Last = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response[str]:
        """What was changed, by whom and why; oldest first."""
        period = Period(range, first, last)
        return replied(changes(self.desk, self.log, period, limit=limit, following=cursor))

    def guards(self, range: Range = "1h") -> Response[str]:  # noqa: A002
        """How full the lists of values are, and which share of views is on none."""
        return replied(guards(self.desk, Period(word=range)))

    def live(self) -> Response[str]:
        """The last half hour, minute by minute."""
        return replied(live(self.desk))

    def policy(self, limit: Limit = 20, cursor: Cursor = None) -> Response[str]:
        """The policy in force, and every version that was."""
        return replied(self.operating.now(limit=limit, following=cursor))

    def alerts(
        self,
        month: Annotated[
            str | None, Query(max_length=7, description="as 2026-11; else the last 31 days")
        ] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response[str]:
        """What is wrong now, what was told lately, and what is silenced."""
        found = alerts(self.desk, self.watched, month=month, limit=limit, following=cursor)
        return replied(found)

    def slos(self) -> Response[str]:
        """How much of each error budget is spent."""
        return replied(slos(self.desk, self.watched))

    def session(
        self, session: Annotated[str, Path(description="as in the cookie ae_sid")]
    ) -> Response[str]:
        """A session's last views, its score, and why it has its tier."""
        return replied(self.visits.of(session))


def app_of(api: QueryApi) -> APIGatewayHttpResolver:
    """All routes; answers 304 where the caller has the answer."""
    app = APIGatewayHttpResolver(enable_validation=True, strip_prefixes=[FOR_MACHINES])
    found = api.findings
    routes: tuple[tuple[str, Any, Any], ...] = (
        ("/api/overview", api.overview, answer.Answer[answer.Overview]),
        ("/api/series", api.series, answer.Answer[answer.Series]),
        ("/api/distribution", api.distribution, answer.Answer[answer.Distribution]),
        ("/api/top", api.top, answer.Answer[answer.Top]),
        ("/api/changes", api.changes, answer.Answer[answer.Changes]),
        ("/api/guards", api.guards, answer.Answer[answer.Guards]),
        ("/api/live", api.live, answer.Answer[answer.Live]),
        ("/api/alerts", api.alerts, answer.Answer[answer.Alerts]),
        ("/api/slos", api.slos, answer.Answer[answer.Slos]),
        ("/api/policy", api.policy, answer.Answer[answer.PolicyNow]),
        ("/api/sessions/<session>", api.session, answer.Answer[answer.Visit]),
        ("/api/delivery", found.delivery, answer.Answer[Delivery]),
        ("/api/assets", found.assets, answer.Answer[Assets]),
        ("/api/renditions", found.renditions, answer.Answer[Renditions]),
        ("/api/experiments", found.experiments, answer.Answer[Experiments]),
        ("/api/experiments/<name>", found.experiment, answer.Answer[ExperimentNow]),
        ("/api/forecast", found.forecast, answer.Answer[Outlooks]),
        ("/api/recommendations", found.recommendations, answer.Answer[Recommendations]),
    )
    app.use([spelled, revalidated])
    text = documented(api.metrics, str, acting=False, content_type=CONTENT_TYPE)
    app.get("/api/metrics", **text)(api.metrics)
    for path, method, model in routes:
        app.get(path, **documented(method, model, acting=False))(method)
    for path, method, model in _acting(api, lambda: actor_of(app.current_event.raw_event)):
        app.post(path, **documented(method, model, acting=True))(method)
    problems(app)
    return app


def _acting(api: QueryApi, who: Callable[[], str]) -> tuple[tuple[str, Any, Any], ...]:
    silencing = Silencing(api.watched, api.log)
    actions = Actions(*(api.operating, silencing, api.orders, api.findings.advising, api.desk), who)
    return (
        ("/api/policy", actions.change_policy, answer.PolicyVersion),
        ("/api/policy/kill", actions.kill, answer.PolicyVersion),
        ("/api/policy/pin", actions.pin, answer.PolicyVersion),
        ("/api/silences", actions.silence, Silence),
        ("/api/silences/<silence>/end", actions.end_silence, Silence),
        ("/api/experiments", actions.start, Summary),
        ("/api/experiments/<name>/stop", actions.stop, Summary),
        ("/api/experiments/<name>/promote", actions.promote, Summary),
        ("/api/experiments/<name>/rollback", actions.roll_back, Summary),
        ("/api/recommendations/accept", actions.accept, Told),
        ("/api/recommendations/dismiss", actions.dismiss, Told),
        ("/api/recommendations/try", actions.try_on_some, Summary),
    )


def _scope(by: list[str] | None, filters: list[str] | None) -> Any:  # noqa: ANN401
    return scope_of(by or (), filters or ())
