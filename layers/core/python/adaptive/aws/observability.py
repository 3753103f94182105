"""The one logger and the one metrics sink of a function; dimensions stay low in cardinality."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = ["MetricUnit", "logger", "metrics"]

logger = Logger()
metrics = Metrics(namespace="AdaptiveEdge")
