"""What is deployed of monitoring, as operators' commands reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.monitoring.alerts_store import AlertsStore
from adaptive.monitoring.cells import CellCounts
from adaptive.monitoring.silencing import Silencing
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of

if TYPE_CHECKING:
    from datetime import datetime

    from adaptive.monitoring.silence import Silence

STACK = "AdaptiveMonitoring"
_DELIVERY = "AdaptiveDelivery"


@dataclass(frozen=True, slots=True)
class Watching:
    """The tables behind alerts."""

    cells: DynamoVersionedStore
    alerts: AlertsStore
    changes: ChangeLog

    def counts(self, now: int) -> CellCounts:
        """As `evaluate` would count at this minute."""
        found = CellCounts(self.cells)
        found.begin(now)
        return found

    @property
    def silencing(self) -> Silencing:
        """What one need not hear of."""
        return Silencing(self.alerts, self.changes)

    def active(self, now: datetime) -> list[Silence]:
        """Silences of all kinds that are in force."""
        return [each for each in self.alerts.silences() if each.starts_at <= now < each.ends_at]


def connect(stack: str = STACK, delivery: str = _DELIVERY) -> Watching:
    """Find it; raises SiteError with the cure."""
    with answered():
        tables = outputs_of(stack, "RollupsTableName", "AlertsTableName")
        operations = outputs_of(delivery, "OperationsTableName")["OperationsTableName"]
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
    return Watching(
        cells=DynamoVersionedStore(dynamodb, table=tables["RollupsTableName"]),
        alerts=AlertsStore(DynamoVersionedStore(dynamodb, table=tables["AlertsTableName"])),
        changes=ChangeLog(DynamoVersionedStore(dynamodb, table=operations)),
    )
