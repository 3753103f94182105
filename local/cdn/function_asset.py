"""The deployed code of a CloudFront Function, and what its KeyValueStore holds."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from adaptive.errors import ConfigError, UnavailableError
from local.cdn.deployed import access

_CHILD = Path(__file__).with_name("function_child.mjs")
_RUNTIME = "cloudfront-js-2.0"
_LARGEST_CODE = 10 * 1024
_TIMEOUT_S = 1.0  # CloudFront gives it less, but not on this machine


@dataclass(frozen=True, slots=True)
class FunctionAsset:
    """Code and key values in `folder`."""

    arn: str
    folder: Path
    timeout_s: float = _TIMEOUT_S

    @property
    def command(self) -> tuple[str, ...]:
        """The process that runs it."""
        return command(self.folder)


def is_function(arn: str) -> bool:
    """Whether this is a CloudFront Function rather than one of Lambda@Edge."""
    return ":cloudfront:" in arn


def command(folder: Path) -> tuple[str, ...]:
    """Runs what `write` wrote; ConfigError without Node.js."""
    node = shutil.which("node")
    if node is None:
        raise ConfigError("Node.js is missing: CloudFront Functions run in it on this machine")
    return node, str(_CHILD), str(folder)


def write(folder: Path, code: str, key_values: Mapping[str, str]) -> None:
    """Put code and key values where the process looks for them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function.js").write_text(code, encoding="utf-8")
    (folder / "key_values.json").write_text(json.dumps(key_values), encoding="utf-8")


def fetch(endpoint: str, arn: str, folder: Path) -> FunctionAsset:
    """Download the published function; ConfigError if CloudFront would refuse it."""
    cloudfront = boto3.client("cloudfront", **access(endpoint))
    name = arn.rpartition("/")[2]
    try:
        described = cloudfront.describe_function(Name=name, Stage="LIVE")["FunctionSummary"]
        code = cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read()
        config = described["FunctionConfig"]
        stores = config.get("KeyValueStoreAssociations", {}).get("Items", [])
        key_values = {
            key: value
            for each in stores
            for key, value in _stored(endpoint, each["KeyValueStoreARN"])
        }
    except ClientError as error:
        raise ConfigError(f"CloudFront function {arn}: {error}") from error
    except (BotoCoreError, httpx.HTTPError) as error:
        raise UnavailableError(f"CloudFront function {arn}: {error}") from error
    if config["Runtime"] != _RUNTIME:
        raise ConfigError(f"CloudFront function {arn}: its runtime is not {_RUNTIME}")
    if len(code) > _LARGEST_CODE:
        raise ConfigError(f"CloudFront would refuse function {arn}: its code is above 10 KB")
    write(folder, code.decode(), key_values)
    return FunctionAsset(arn, folder)


def _stored(endpoint: str, arn: str) -> Iterator[tuple[str, str]]:
    """Every key of a store. Without boto3, whose client for it needs a library for SigV4A."""
    url = f"{endpoint}/key-value-stores/{quote(arn, safe='')}/keys"
    parameters = {"MaxResults": "50"}
    with httpx.Client(trust_env=False, timeout=30) as http:
        while True:
            page = http.get(url, params=parameters).raise_for_status().json()
            yield from ((each["Key"], each["Value"]) for each in page["Items"])
            if not (token := page.get("NextToken")):
                return
            parameters["NextToken"] = token
