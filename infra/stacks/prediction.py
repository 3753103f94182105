"""Says what is to come, and what to do about it: rollups -> forecast -> recommend, every hour."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import CfnOutput, Stack, aws_dynamodb, aws_kinesis
from constructs import Construct

from adaptive.settings.prediction import ForecastSettings, RecommendSettings
from infra import recommending
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.python_function import PythonFunction
from infra.constructs.versioned_table import versioned_table
from infra.site import Site


class PredictionStack(Stack):
    """`rollups` is what forecasts are made from, `operations` has the policy, `alerts` what anomaly
    rules found; `beacons`, `functions` and `tables` are what CloudWatch is asked about;
    `predictions` is what came of it.
    """

    def __init__(  # noqa: PLR0913 - what the other stacks have
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        rollups: aws_dynamodb.ITable,
        operations: aws_dynamodb.ITable,
        alerts: aws_dynamodb.ITable,
        beacons: aws_kinesis.IStream,
        functions: Mapping[str, PythonFunction],
        tables: Mapping[str, aws_dynamodb.ITable],
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        self._site = site
        self._layer = Layer(self, "CoreLayer", name="core")
        self.predictions = versioned_table(self, "Predictions")
        watched = recommending.watched(functions, tables, beacons)
        forecast = self._forecast(
            ForecastSettings(
                rollups_table=rollups.table_name,
                predictions_table=self.predictions.table_name,
                operations_table=operations.table_name,
                lists=site.rollups.lists,
                families=site.prediction.families,
                limits=site.limits,
                time_zone=site.prediction.time_zone,
                events=site.prediction.events,
                least_views=site.prediction.least_views_per_hour,
                horizon_h=site.prediction.horizon_h,
                watched=watched,
            )
        )
        recommend = self._recommend(
            RecommendSettings(
                rollups_table=rollups.table_name,
                predictions_table=self.predictions.table_name,
                operations_table=operations.table_name,
                alerts_table=alerts.table_name,
                holdout_share=site.holdout.share,
                rules=site.rules,
                lists=site.rollups.lists,
                limits=site.limits,
                least_views=site.prediction.least_views_per_hour,
                anomaly_rules=recommending.rising(site.monitoring),
                deployed=recommending.deployed(site, functions, tables),
            )
        )
        for function in (forecast, recommend):
            function.allow("dynamodb:BatchGetItem", on=rollups.table_arn)
        forecast.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=self.predictions.table_arn)
        forecast.allow("dynamodb:Query", on=operations.table_arn)
        forecast.allow("cloudwatch:GetMetricData", on="*")  # it knows no resources
        recommend.allow(
            *("dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"),
            on=self.predictions.table_arn,
        )
        for read in (operations, alerts):
            recommend.allow("dynamodb:BatchGetItem", on=read.table_arn)
        CfnOutput(self, "PredictionsTableName", value=self.predictions.table_name)
        CfnOutput(self, "ForecastFunctionName", value=forecast.function.function_name)
        CfnOutput(self, "RecommendFunctionName", value=recommend.function.function_name)

    def _forecast(self, settings: ForecastSettings) -> PythonFunction:
        forecast = PythonFunction(
            self,
            "Forecast",
            folder="prediction/forecast",
            settings=settings,
            layers=[self._layer],
            timeout_s=900,
            memory_mib=1769,  # a whole processor: it calculates
            log_days=self._site.cloud.log_days,
        )
        EventConsumer(self, "ForecastInTime", function=forecast, schedule="cron(10 * * * ? *)")
        return forecast

    def _recommend(self, settings: RecommendSettings) -> PythonFunction:
        recommend = PythonFunction(
            self,
            "Recommend",
            folder="prediction/recommend",
            settings=settings,
            layers=[self._layer],
            timeout_s=120,
            memory_mib=512,
            log_days=self._site.cloud.log_days,
        )
        EventConsumer(self, "RecommendInTime", function=recommend, schedule="cron(25 * * * ? *)")
        return recommend
