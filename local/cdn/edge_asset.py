"""The deployed code of an edge function, held to what CloudFront demands of one."""

import base64
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from adaptive.errors import ConfigError, UnavailableError
from local.cdn.deployed import access

_CHILD = Path(__file__).with_name("edge_child.py")
_LONGEST_TIMEOUT_S = 5
_MEMORY_MIB = 128
_LARGEST_ZIP = 1_000_000


@dataclass(frozen=True, slots=True)
class EdgeAsset:
    """Unpacked code in `folder`; `handler` is `module.function`."""

    arn: str
    folder: Path
    handler: str
    timeout_s: float

    @property
    def command(self) -> tuple[str, ...]:
        """The process that runs it."""
        return sys.executable, "-I", "-S", str(_CHILD), str(self.folder), self.handler


def fetch(endpoint: str, arn: str, folder: Path) -> EdgeAsset:
    """Download and unpack the function version; ConfigError if CloudFront would refuse it."""
    functions = boto3.client("lambda", **access(endpoint))
    try:
        found = functions.get_function(FunctionName=arn)
        archive = _download(found["Code"]["Location"])
    except ClientError as error:
        raise ConfigError(f"edge function {arn}: {error}") from error
    except (BotoCoreError, httpx.HTTPError) as error:
        raise UnavailableError(f"edge function {arn} cannot be downloaded: {error}") from error
    configuration: Mapping[str, Any] = found["Configuration"]
    if faults := _faults(arn, configuration, archive):
        raise ConfigError(f"CloudFront would refuse edge function {arn}: {'; '.join(faults)}")
    # MiniStack's link always serves $LATEST, whatever version was asked for.
    digest = base64.b64encode(hashlib.sha256(archive).digest()).decode()
    if digest != configuration["CodeSha256"]:
        raise ConfigError(f"edge function {arn}: the code served is not that of this version")
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        content.extractall(folder)
    return EdgeAsset(
        arn=arn,
        folder=folder,
        handler=configuration["Handler"],
        timeout_s=float(configuration["Timeout"]),
    )


def _download(url: str) -> bytes:
    with httpx.Client(trust_env=False, timeout=30) as http:
        return http.get(url).raise_for_status().content


def _faults(arn: str, configuration: Mapping[str, Any], archive: bytes) -> list[str]:
    """Limits of Lambda@Edge on viewer events, and this CDN's own: Python only.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-restrictions.html
    """
    broken = {
        "it is not a numbered version": not arn.rpartition(":")[2].isdecimal(),
        "it is not in us-east-1": ":us-east-1:" not in arn,
        "it is not Python": not configuration["Runtime"].startswith("python"),
        "it has environment variables": configuration.get("Environment", {}).get("Variables"),
        "it has layers": configuration.get("Layers"),
        "it is in a VPC": configuration.get("VpcConfig", {}).get("SubnetIds"),
        "it is not x86_64": configuration.get("Architectures", ["x86_64"]) != ["x86_64"],
        "its timeout is above 5 s": configuration["Timeout"] > _LONGEST_TIMEOUT_S,
        "its memory is above 128 MiB": configuration["MemorySize"] > _MEMORY_MIB,
        "its package is above 1 MB": len(archive) > _LARGEST_ZIP,
    }
    return [fault for fault, found in broken.items() if found]
