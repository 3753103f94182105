"""The map: every stack, in the order a page view flows through them. No account needed.

Another `site.toml` than the one beside it can be named as argument.
"""

import json
import sys
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from adaptive.errors import ConfigError
from adaptive.monitoring import rule_faults
from infra import config, edge_asset
from infra.constructs.alarm import MetricAlarm
from infra.constructs.board import Board
from infra.stacks.dashboard import DashboardStack, Images, Tables
from infra.stacks.delivery import DeliveryStack
from infra.stacks.edge import EdgeStack
from infra.stacks.experiments import ExperimentsStack
from infra.stacks.monitoring import MonitoringStack
from infra.stacks.prediction import PredictionStack
from infra.stacks.probes import ProbesStack

ROOT = Path(__file__).parent
REGION = "us-east-1"  # where Lambda@Edge functions must be created


def build(
    *,
    site_file: Path = ROOT / "site.toml",
    edge_package: Path = edge_asset.STAGED,
    **context: Any,  # noqa: ANN401 - CDK's context is any JSON
) -> App:
    """The app; `context` is what `cdk -c name=value` gives otherwise. Raises ConfigError."""
    site = config.load(site_file)
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    settings = {"traces": site.cloud.traces}
    app = App(context={**flags, **settings, **context}, analytics_reporting=False)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    Tags.of(app).add("site", site.site.name)
    env = Environment(region=REGION)

    delivery = DeliveryStack(app, "AdaptiveDelivery", site=site, env=env)
    edge = EdgeStack(
        app,
        "AdaptiveEdge",
        site=site,
        api=delivery.api,
        edge_package=edge_asset.stage(site, edge_package),
        env=env,
    )
    monitoring = MonitoringStack(
        app,
        "AdaptiveMonitoring",
        site=site,
        beacons=delivery.beacons,
        dead_letters=delivery.dead_letters,
        operations=delivery.operations,
        env=env,
    )
    experiments = ExperimentsStack(
        app,
        "AdaptiveExperiments",
        site=site,
        beacons=delivery.beacons,
        operations=delivery.operations,
        alerts=monitoring.alerting.alerts,
        dead_letters=delivery.dead_letters,
        notification=monitoring.notification,
        env=env,
    )
    prediction = PredictionStack(
        app,
        "AdaptivePrediction",
        site=site,
        rollups=monitoring.rollups,
        operations=delivery.operations,
        alerts=monitoring.alerting.alerts,
        beacons=delivery.beacons,
        functions={
            "ingest": delivery.ingest,
            "score": delivery.score,
            "roll_up": monitoring.roll_up,
            "render": edge.render,
        },
        tables={
            "sessions": delivery.sessions,
            "rollups": monitoring.rollups,
            "tallies": monitoring.tallies,
        },
        env=env,
    )
    DashboardStack(
        app,
        "AdaptiveDashboard",
        site=site,
        tables=Tables(
            rollups=monitoring.rollups,
            tallies=monitoring.tallies,
            operations=delivery.operations,
            sessions=delivery.sessions,
            alerts=monitoring.alerting.alerts,
            delivered=edge.delivered,
            experiments=experiments.experiments,
            predictions=prediction.predictions,
        ),
        images=Images(edge.bucket, edge.site_domain),
        notification=monitoring.notification,
        env=env,
    )
    for region in site.probes.regions:
        place = "".join(word.capitalize() for word in region.split("-"))
        ProbesStack(
            app,
            f"AdaptiveProbes{place}",
            site=site,
            region=region,
            home=REGION,
            env=Environment(region=region),
        )
    alarms = [each for each in app.node.find_all() if isinstance(each, MetricAlarm)]
    Board(monitoring, "Board", name=f"AdaptiveEdge-{site.site.name}", alarms=alarms)
    return app


if __name__ == "__main__":
    try:
        site_file = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "site.toml"
        build(site_file=site_file).synth()
        loaded = config.load(site_file)
        sys.stdout.write(config.renditions(loaded) + "\n")
        for warning in rule_faults.warnings(loaded.monitoring):
            sys.stderr.write(f"site.toml: {warning}\n")
    except ConfigError as error:
        sys.exit(str(error))
