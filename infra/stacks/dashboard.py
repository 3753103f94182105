"""What operators see and do: a page, the API that it asks, and who may."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnOutput, Stack, aws_dynamodb
from constructs import Construct

from adaptive.edge import policy
from adaptive.settings.monitoring import QuerySettings
from infra.constructs.dashboard_distribution import DashboardDistribution
from infra.constructs.layer import Layer
from infra.constructs.notification import Notification
from infra.constructs.operators import Operators
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import PythonFunction
from infra.constructs.query_api import QueryApi
from infra.constructs.site_distribution import PRICE_CLASS
from infra.site import Site


@dataclass(frozen=True, slots=True)
class Tables:
    """What the other stacks keep."""

    rollups: aws_dynamodb.ITable
    tallies: aws_dynamodb.ITable
    operations: aws_dynamodb.ITable
    sessions: aws_dynamodb.ITable
    alerts: aws_dynamodb.ITable
    delivered: aws_dynamodb.ITable
    experiments: aws_dynamodb.ITable
    predictions: aws_dynamodb.ITable


@dataclass(frozen=True, slots=True)
class Images:
    """The site's bucket, and the domain that serves it."""

    bucket: PrivateBucket
    domain: str


class DashboardStack(Stack):
    """Reads the tables of the others; in some of them actions are done and written down, and
    `notification` is told of roll-backs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        tables: Tables,
        images: Images,
        notification: Notification,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        query = self._query(site, tables, images, notification)
        api = QueryApi(self, "Api", query=query.function)
        operators = Operators(self, "Operators")
        bucket = PrivateBucket(
            self, "Files", unlogged_because="its files are the same for everyone and hold no data"
        )
        served = DashboardDistribution(
            self,
            "Dashboard",
            bucket=bucket,
            api=api.domain,
            sign_in=operators.domain,
            images=images.domain,
            price_class=PRICE_CLASS[site.cloud.price_class],
        )
        url = f"https://{served.distribution.distribution_domain_name}/"
        client = operators.client_of(url)
        api.admit(operators.pool, client)
        for name, value in {
            "ApiUrl": api.api_endpoint,
            "FilesBucketName": bucket.bucket_name,
            "DistributionId": served.distribution.distribution_id,
            "DashboardUrl": url,
            "UserPoolId": operators.pool.user_pool_id,
            "ClientId": client.user_pool_client_id,
            "SignInDomain": operators.domain,
        }.items():
            CfnOutput(self, name, value=value)

    def _query(
        self, site: Site, tables: Tables, images: Images, notification: Notification
    ) -> PythonFunction:
        query = PythonFunction(
            self,
            "Query",
            folder="monitoring/query",
            settings=QuerySettings(
                rollups_table=tables.rollups.table_name,
                tallies_table=tables.tallies.table_name,
                operations_table=tables.operations.table_name,
                sessions_table=tables.sessions.table_name,
                alerts_table=tables.alerts.table_name,
                delivered_table=tables.delivered.table_name,
                experiments_table=tables.experiments.table_name,
                predictions_table=tables.predictions.table_name,
                alert_bus=notification.bus.event_bus_name,
                site_bucket=images.bucket.bucket_name,
                policy=policy.dump(site.image_policy),
                quality_floor=site.quality_floor,
                families=site.prediction.families,
                currency=site.outcomes.currency,
                egress_per_gb=site.outcomes.egress_per_gb,
                holdout_share=site.holdout.share,
                holdout_salt=site.holdout.salt,
                rules=site.rules,
                lists=site.rollups.lists,
            ),
            layers=[Layer(self, "CoreLayer", name="core")],
            timeout_s=15,
            memory_mib=1769,  # a whole processor: answers are computed while somebody waits
            log_days=site.cloud.log_days,
        )
        for table in (tables.rollups, tables.delivered):
            query.allow("dynamodb:Query", on=table.table_arn)
        # How far merging is, and nothing of what tells sessions apart.
        merged = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["merged"]}}
        query.allow("dynamodb:BatchGetItem", on=tables.tallies.table_arn, when=merged)
        changing = ("dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem")
        acted_on = (tables.operations, tables.alerts, tables.experiments, tables.predictions)
        for table in acted_on:
            query.allow(*changing, on=table.table_arn)
        query.allow("dynamodb:GetItem", on=tables.sessions.table_arn)
        query.allow("s3:ListBucket", on=images.bucket.bucket_arn)
        for prefix in site.delivery.image_prefixes:
            query.allow_objects(
                "s3:GetObject",
                bucket=images.bucket,
                below=prefix.removeprefix("/"),
                because="a rendition knows how good it looks",
            )
        notification.publishing(query)
        return query
