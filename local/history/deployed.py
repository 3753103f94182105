"""The history of a deployed local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.changes import ChangeLog
from adaptive.settings.monitoring import RollUpSettings
from local.history.bulk import Bulk
from local.history.filling import History

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from infra.site import Site


def history_of(
    outputs: Mapping[str, Mapping[str, str]], site: Site, dynamodb: DynamoDBClient
) -> History:
    """In the tables that the stacks' outputs name."""
    monitoring = outputs["AdaptiveMonitoring"]
    rollups = monitoring["RollupsTableName"]
    operations = outputs["AdaptiveDelivery"]["OperationsTableName"]
    settings = RollUpSettings(
        rollups_table=rollups,
        tallies_table=monitoring["TalliesTableName"],
        dead_letter_bucket="",  # nothing is read from a stream here
        holdout_share=site.holdout.share,
        holdout_salt=site.holdout.salt,
        lists=site.rollups.lists,
        experience=site.experience.rules,
        outcome_ttl_s=1,  # nothing is kept of them
    )
    return History(
        settings,
        cells=DynamoVersionedStore(dynamodb, table=rollups),
        changes=ChangeLog(DynamoVersionedStore(dynamodb, table=operations)),
        sink=Bulk(dynamodb, table=rollups),
        delivered=Bulk(dynamodb, table=outputs["AdaptiveEdge"]["DeliveredTableName"]),
        experiments=Bulk(dynamodb, table=outputs["AdaptiveExperiments"]["ExperimentsTableName"]),
    )
