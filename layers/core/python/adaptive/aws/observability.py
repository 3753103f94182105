"""The one logger and the one metrics sink of a function; dimensions stay low in cardinality."""

from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from adaptive.errors import AdaptiveError

__all__ = ["MetricUnit", "emit", "logger", "metrics", "tell_policy_unread", "tell_priors_unread"]

_NAMESPACE = "AdaptiveEdge"

logger = Logger()
metrics = Metrics(namespace=_NAMESPACE)


def emit(values: Mapping[str, float], unit: MetricUnit, **dimensions: str) -> None:
    """Metrics beside the function's own, with dimensions further to `service`; of none, nothing.

    CloudWatch bills every metric once per combination of dimensions: closed sets of few words only.
    """
    if not values:
        return
    line = EphemeralMetrics(namespace=_NAMESPACE)
    for name, word in dimensions.items():
        line.add_dimension(name, word)
    for name, value in values.items():
        line.add_metric(name, unit, value)
    line.flush_metrics()


def tell_policy_unread(error: AdaptiveError) -> None:
    """The policy in force cannot be read: the last good one goes on, and somebody should know."""
    metrics.add_metric("PolicyUnread", MetricUnit.Count, 1)
    logger.warning("the policy cannot be read", reason=str(error))


def tell_priors_unread(error: AdaptiveError) -> None:
    """What was measured of visitors cannot be read: new sessions begin with what was known."""
    metrics.add_metric("PriorsUnread", MetricUnit.Count, 1)
    logger.warning("the priors cannot be read", reason=str(error))
