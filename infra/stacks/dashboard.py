"""What operators see and do: a page, the API that it asks, and who may."""

from typing import Any

from aws_cdk import CfnOutput, Stack, aws_dynamodb
from constructs import Construct

from adaptive.settings.monitoring import QuerySettings
from infra.constructs.dashboard_distribution import DashboardDistribution
from infra.constructs.layer import Layer
from infra.constructs.operators import Operators
from infra.constructs.private_bucket import PrivateBucket
from infra.constructs.python_function import PythonFunction
from infra.constructs.query_api import QueryApi
from infra.constructs.site_distribution import PRICE_CLASS
from infra.site import Site


class DashboardStack(Stack):
    """Reads the tables of the others; `operations` is where actions are done and written down."""

    def __init__(  # noqa: PLR0913 - the tables it reads
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        rollups: aws_dynamodb.ITable,
        tallies: aws_dynamodb.ITable,
        operations: aws_dynamodb.ITable,
        sessions: aws_dynamodb.ITable,
        alerts: aws_dynamodb.ITable,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        query = PythonFunction(
            self,
            "Query",
            folder="monitoring/query",
            settings=QuerySettings(
                rollups_table=rollups.table_name,
                tallies_table=tallies.table_name,
                operations_table=operations.table_name,
                sessions_table=sessions.table_name,
                alerts_table=alerts.table_name,
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
        query.allow("dynamodb:Query", on=rollups.table_arn)
        # How far merging is, and nothing of what tells sessions apart.
        merged = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["merged"]}}
        query.allow("dynamodb:BatchGetItem", on=tallies.table_arn, when=merged)
        changing = ("dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem")
        query.allow(*changing, on=operations.table_arn)
        query.allow("dynamodb:GetItem", on=sessions.table_arn)
        query.allow("dynamodb:BatchGetItem", "dynamodb:Query", on=alerts.table_arn)
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
