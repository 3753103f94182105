"""What the functions of prediction need to know of the rest of the deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adaptive.edge.policy import Tier
from adaptive.monitoring.rule import Anomaly
from adaptive.settings.prediction import Deployed, FunctionSize, Watched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_dynamodb, aws_kinesis

    from adaptive.monitoring.rule import Monitoring
    from infra.constructs.python_function import PythonFunction
    from infra.site import Site

_MOST_BUNDLES = 5
"""Named in a recommendation; all of them would not fit an environment of 4 KB."""
_REGION = "us-east-1"


def watched(
    functions: Mapping[str, PythonFunction],
    tables: Mapping[str, aws_dynamodb.ITable],
    stream: aws_kinesis.IStream,
) -> Watched:
    """Names in the account."""
    return Watched(
        functions={name: each.function.function_name for name, each in functions.items()},
        tables={name: each.table_name for name, each in tables.items()},
        stream=stream.stream_name,
    )


def deployed(
    site: Site,
    functions: Mapping[str, PythonFunction],
    tables: Mapping[str, aws_dynamodb.ITable],
) -> Deployed:
    """What recommendations may change."""
    cloud = site.cloud
    sizes = {name: FunctionSize(memory_mib=each.memory_mib) for name, each in functions.items()}
    sizes["ingest"] = sizes["ingest"].model_copy(
        update={"reserved": cloud.ingest_reserved, "provisioned": cloud.ingest_provisioned}
    )
    return Deployed(
        stream=cloud.stream,
        shards=cloud.shards,
        requests_per_second=cloud.requests_per_second,
        cdn_ttl_s=site.render.cdn_ttl_s,
        functions=sizes,
        tables={name: each.table_name for name, each in tables.items()},
        heroes=site.delivery.heroes[:_MOST_BUNDLES],
        renditions_per_image=site.image_policy.renditions_per_image,
        script_kilobytes={
            group: budget.script_kilobytes
            for group, budget in site.monitoring.budgets.items()
            if budget.script_kilobytes
        },
        heavy_bundles=_heavy(site),
        releases=site.rollups.releases,
        origin_host=urlsplit(site.origin.url).hostname or "" if site.origin else "",
        origin_regions=(_REGION,),
        account_concurrency=cloud.account_concurrency,
    )


def rising(monitoring: Monitoring) -> dict[str, str]:
    """The metrics of anomaly rules that look for what rises, by name."""
    return {
        name: rule.metric
        for name, rule in monitoring.rules.items()
        if isinstance(rule, Anomaly) and rule.moves == "up"
    }


def _heavy(site: Site) -> dict[str, dict[Tier, str]]:
    found = {
        path: {tier: twins[tier] for tier in Tier if tier in twins}
        for path, twins in site.bundles.items()
        if path.endswith("js") and Tier.LITE in twins and Tier.STANDARD not in twins
    }
    return dict([*found.items()][:_MOST_BUNDLES])
