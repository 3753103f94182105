"""adaptive-ops otlp-header: the keys that figures are pushed with."""

from pathlib import Path
from typing import Annotated

import boto3
import typer

from adaptive.aws.otlp_receiver import HeaderSecrets
from adaptive.errors import ConfigError
from infra import config
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of
from local.adaptive_site.terminal import say, secret, told

_STACK = "AdaptiveMonitoring"
_SITE = Path(__file__).parents[2] / "site.toml"


def otlp_header(
    name: Annotated[str, typer.Argument(help="As in site.toml: [exports.otlp] headers.")],
    site: Annotated[Path, typer.Option(help="Another site.toml.")] = _SITE,
) -> None:
    """Set the value of a header that figures are pushed with, such as a key.

    It is asked for without showing it, or read from standard input.
    """
    with told():
        otlp = config.load(site).exports.otlp
        if otlp is None or name not in otlp.headers:
            known = ", ".join(otlp.headers) if otlp else "no [exports.otlp] at all"
            raise ConfigError(f"site.toml has no header {name} in [exports.otlp], but: {known}")
        text = secret(name)
        with answered():
            secret_id = outputs_of(_STACK, "OtlpHeaderSecretArn")["OtlpHeaderSecretArn"]
            client = boto3.client("secretsmanager", region_name=REGION, config=PATIENT)
        HeaderSecrets(client, secret_id).put(name, text)
        say(f"{name} is set: the next push sends it")
