"""Says what is to come: rollups -> forecast -> DynamoDB, every hour."""

from typing import Any

from aws_cdk import CfnOutput, Stack, aws_dynamodb
from constructs import Construct

from adaptive.settings.prediction import ForecastSettings
from infra.constructs.event_consumer import EventConsumer
from infra.constructs.layer import Layer
from infra.constructs.python_function import PythonFunction
from infra.constructs.versioned_table import versioned_table
from infra.site import Site


class PredictionStack(Stack):
    """`rollups` is what forecasts are made from; `predictions` is where they are kept."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        site: Site,
        rollups: aws_dynamodb.ITable,
        **props: Any,  # noqa: ANN401 - StackProps
    ) -> None:
        super().__init__(scope, construct_id, **props)
        self.predictions = versioned_table(self, "Predictions")
        prediction = site.prediction
        forecast = PythonFunction(
            self,
            "Forecast",
            folder="prediction/forecast",
            settings=ForecastSettings(
                rollups_table=rollups.table_name,
                predictions_table=self.predictions.table_name,
                lists=site.rollups.lists,
                families=prediction.families,
                limits=site.limits,
                time_zone=prediction.time_zone,
                events=prediction.events,
                least_views=prediction.least_views_per_hour,
                horizon_h=prediction.horizon_h,
            ),
            layers=[Layer(self, "CoreLayer", name="core")],
            timeout_s=900,
            memory_mib=1769,  # a whole processor: it calculates
            log_days=site.cloud.log_days,
        )
        forecast.allow("dynamodb:BatchGetItem", on=rollups.table_arn)
        forecast.allow("dynamodb:BatchGetItem", "dynamodb:PutItem", on=self.predictions.table_arn)
        EventConsumer(self, "ForecastInTime", function=forecast, schedule="cron(10 * * * ? *)")
        CfnOutput(self, "PredictionsTableName", value=self.predictions.table_name)
