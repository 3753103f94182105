"""The query API, put together from the outside world that it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from adaptive.aws.items import DynamoItemReader
from adaptive.aws.query_api import QueryApi
from adaptive.aws.query_findings import Findings
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery import policy
from adaptive.delivery.changes import ChangeLog
from adaptive.delivery.policy_book import PolicyBook
from adaptive.edge import policy as edge_policy
from adaptive.experiments.consequences import Consequences
from adaptive.experiments.orders import Orders
from adaptive.experiments.registry import Registry
from adaptive.experiments.showing import Showing
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.query.delivery import Deliveries
from adaptive.monitoring.query.operating import Operating
from adaptive.monitoring.query.reading import Reading
from adaptive.monitoring.query.renditions import Gallery
from adaptive.monitoring.query.reply import Desk
from adaptive.monitoring.query.visit import Visits
from adaptive.prediction.advice.book import AdviceBook
from adaptive.prediction.advising import Advising
from adaptive.prediction.showing import Foresight

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from adaptive.delivery.session import SessionState
    from adaptive.monitoring.notice import Notice
    from adaptive.ports import Bus, FileList, ItemReader, SessionStore, VersionedStore
    from adaptive.settings.monitoring import QuerySettings


@dataclass(frozen=True, slots=True)
class Tables:
    """Each as what it is read by; `advice` is in the same table as `predictions`."""

    rollups: ItemReader
    tallies: VersionedStore
    operations: VersionedStore
    sessions: SessionStore[SessionState]
    alerts: VersionedStore
    delivered: ItemReader
    experiments: VersionedStore
    predictions: ItemReader
    advice: VersionedStore

    @classmethod
    def of(cls, dynamodb: DynamoDBClient, settings: QuerySettings) -> Self:
        """Those that are deployed."""
        return cls(
            rollups=DynamoItemReader(dynamodb, table=settings.rollups_table),
            tallies=DynamoVersionedStore(dynamodb, table=settings.tallies_table),
            operations=DynamoVersionedStore(dynamodb, table=settings.operations_table),
            sessions=DynamoSessionStore(dynamodb, table=settings.sessions_table),
            alerts=DynamoVersionedStore(dynamodb, table=settings.alerts_table),
            delivered=DynamoItemReader(dynamodb, table=settings.delivered_table),
            experiments=DynamoVersionedStore(dynamodb, table=settings.experiments_table),
            predictions=DynamoItemReader(dynamodb, table=settings.predictions_table),
            advice=DynamoVersionedStore(dynamodb, table=settings.predictions_table),
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """`files` is the site's bucket, `bus` is told of roll-backs; `now` is in seconds since the
    epoch, `at` the same as an instant.
    """

    tables: Tables
    files: FileList
    bus: Bus[Notice]
    now: Callable[[], float]
    at: Callable[[], datetime]


def api_of(settings: QuerySettings, outside: Outside) -> QueryApi:
    """Ready to be asked."""
    tables = outside.tables
    desk = Desk(Reading(tables.rollups, tables.tallies, settings.lists), outside.now)
    book = PolicyBook(tables.operations)
    first = policy.initial(settings.rules, holdout_share=settings.holdout_share)
    registry = Registry(tables.experiments)
    image_policy = edge_policy.load(settings.policy)
    return QueryApi(
        desk=desk,
        log=ChangeLog(tables.operations),
        operating=Operating(desk, book, first),
        visits=Visits(desk, tables.sessions, book, first, settings.holdout_salt),
        watched=AlertsStore(tables.alerts),
        findings=Findings(
            deliveries=Deliveries(desk, tables.delivered),
            gallery=Gallery(desk, outside.files, image_policy, settings.quality_floor),
            showing=Showing(desk, registry, settings.currency, settings.egress_per_gb),
            foresight=Foresight(desk, tables.predictions, settings.families),
            advising=Advising(desk, AdviceBook(tables.advice), book, first),
        ),
        orders=Orders(registry, Consequences(registry, book, outside.bus, first, outside.at)),
    )
