"""The command line of operations."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

import boto3
import typer

from adaptive.aws.dead_letters import S3DeadLetters
from adaptive.aws.stream import KinesisBeaconStream
from local.adaptive_ops import anomaly, experiment, features, policy, prices, recommend, rules
from local.adaptive_ops.alerts import ack, alerts, silence, status, unsilence
from local.adaptive_ops.calibrate import calibrate
from local.adaptive_ops.capacity import capacity_, cost
from local.adaptive_ops.dashboard import publish as publish_dashboard
from local.adaptive_ops.deployed import STACK
from local.adaptive_ops.destinations import address, publish_trial
from local.adaptive_ops.explain_session import explain_session
from local.adaptive_ops.optimise import optimise
from local.adaptive_ops.options import AsJson, Stack
from local.adaptive_ops.otlp import otlp_header
from local.adaptive_ops.redrive import Redrive, S3Bucket
from local.adaptive_ops.release import release
from local.adaptive_ops.tail import tail
from local.adaptive_ops.value import value
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, told, write_json

app = typer.Typer(
    name="adaptive-ops",
    help="Looks after what is deployed.",
    epilog="AWS is found as by any AWS tool (AWS_PROFILE, …); the local cloud by AWS_ENDPOINT_URL. "
    "Exit codes: 0 done, 1 a problem that is told in a sentence, 2 wrong usage, 130 Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(policy.app, name="policy")
app.add_typer(rules.app, name="rules")
app.add_typer(anomaly.app, name="anomaly")
app.command()(explain_session)
app.add_typer(experiment.app, name="experiment")
app.add_typer(recommend.app, name="recommend")
app.add_typer(prices.app, name="prices")
app.add_typer(features.app, name="features")
app.command()(value)
app.command()(optimise)
app.command("capacity")(capacity_)
app.command()(cost)
app.command()(release)
app.command()(calibrate)


@app.callback()
def operations() -> None:
    """Commands for whoever keeps it running."""


@app.command()
def redrive(
    *,
    send: Annotated[bool, typer.Option("--send", help="Do it; without, only look.")] = False,
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again, each to the consumer that lacks it.

    What cannot be read yet, or is too late to be counted, stays where it is.
    """
    with told():
        with answered():
            outputs = outputs_of(stack, "DeadLetterBucketName", "BeaconStreamName")
            s3 = boto3.client("s3", region_name=REGION, config=PATIENT)
            kinesis = boto3.client("kinesis", region_name=REGION, config=PATIENT)
            functions = boto3.client("lambda", region_name=REGION, config=PATIENT)

        @cache
        def consumer_of(arn: str) -> str:
            found = functions.get_function_configuration(FunctionName=arn)
            return found["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]

        bucket = outputs["DeadLetterBucketName"]
        outcome = Redrive(
            bucket=S3Bucket(s3, bucket, consumer_of),
            stream=KinesisBeaconStream(
                kinesis, stream=outputs["BeaconStreamName"], pause=time.sleep
            ),
            letters_of=lambda consumer: S3DeadLetters(s3, bucket=bucket, consumer=consumer),
            now=datetime.now(UTC),
        ).run(send=send)
    if as_json:
        write_json({"sent": send, **asdict(outcome)})
        return
    say(f"{outcome.letters} dead letters")
    for consumer, count in sorted(outcome.by_consumer.items()):
        say(f"  {count} records {'sent again to' if send else 'to send again to'} {consumer}")
    say(f"  {outcome.unreadable} records cannot be read by this version: they stay")
    say(f"  {outcome.too_late} records are too late to be counted: they stay")
    if outcome.sendable and not send:
        say("Nothing was sent: this was a dry run, --send does it.")


app.command()(address)
app.command("otlp-header")(otlp_header)
app.command("test-notice")(publish_trial)
for command in (status, alerts, silence, ack, unsilence, rules.slo, tail):
    app.command()(command)
app.command("publish-dashboard")(publish_dashboard)

if __name__ == "__main__":
    app(prog_name="adaptive-ops")
