"""AWS on this machine: MiniStack in a process of its own, the app deployed into it by the real CDK.

with LocalCloud(report=print) as cloud:
    cloud.outputs()["AdaptiveEdge"]["SiteBucketName"]
"""

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import boto3

from infra import config, edge_twin
from local import cdk, key_values
from local.cloud_state import CloudState
from local.ministack import MiniStack, Places, any_free_port, is_free

ROOT = Path(__file__).parents[1]
REGION = "us-east-1"
_ANY_KEY = "test"  # never the user's own: nothing here may reach a real account


class LocalCloud:
    """What was deployed is kept in `folder` for the next start, unless it was stopped the hard way
    or that is to begin `anew`.

    `port` 0 means the one of last time, or any that is free. Nothing listens but on 127.0.0.1.
    Raises LocalCloudError if it does not come up.
    """

    def __init__(
        self,
        *,
        folder: Path = ROOT / ".local",
        port: int = 0,
        site_file: Path = ROOT / "site.toml",
        report: Callable[[str], None] = print,
        anew: bool = False,
    ) -> None:
        self.port = port
        self._anew = anew
        self._site_file = site_file
        self._report = report
        self._state = CloudState(folder)
        self._places = Places(self._state.data, folder / "tmp", folder / "cloud.log")
        self._ministack: MiniStack | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
            self.deploy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Where every AWS API of it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Ours with this cloud as AWS: none of the user's profiles, keys and endpoints."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "CDK_", "PYTHON"))
        }
        return kept | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": _ANY_KEY,
            "AWS_SECRET_ACCESS_KEY": _ANY_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": ",".join(filter(None, (kept.get("NO_PROXY"), "127.0.0.1,localhost"))),
        }

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._report("starting the local cloud")
        self._state.open()
        if not self.port:
            kept = self._state.port
            self.port = kept if kept and is_free(kept) else any_free_port()
        if (
            self._anew
            or self.port != self._state.port
            or self._state.deployed != cdk.inputs_digest(self._site_file)
        ):
            # Addresses with the port in them are part of it; and MiniStack 1.5 loses the HTTP API's
            # stage when it updates a stack, so changed code is deployed anew.
            self._state.forget()
        self._ministack = MiniStack(
            port=self.port,
            places=self._places,
            environment=self.environment,
            held=self._state.lock,
        )
        self._ministack.await_health()

    def deploy(self) -> None:
        """Bring the stacks up to date; does nothing if they were deployed from these very files."""
        digest = cdk.inputs_digest(self._site_file)
        if self._state.deployed == digest and self.outputs():
            self._report("the stacks are up to date")
            return
        log = self._places.log.with_name("deploy.log")
        cdk.deploy(self.environment, site_file=self._site_file, log=log, report=self._report)
        site = config.load(self._site_file)
        key_values.fill_all(self.endpoint, edge_twin.key_values(site))
        self._state.deployed = digest

    def outputs(self) -> dict[str, dict[str, str]]:
        """Stack -> output -> value."""
        stacks = boto3.client(
            "cloudformation",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=_ANY_KEY,
            aws_secret_access_key=_ANY_KEY,
        ).describe_stacks()["Stacks"]
        return {
            stack["StackName"]: {
                each["OutputKey"]: each["OutputValue"]
                for each in stack.get("Outputs", ())
                if "ExportName" not in each  # those are between stacks
            }
            for stack in stacks
            if stack["StackName"] != cdk.TOOLKIT_STACK
        }

    def stop(self) -> None:
        """End every process of it; stopping twice is fine."""
        ministack, self._ministack = self._ministack, None
        orderly = ministack is not None and ministack.stop()
        self._state.close(port=self.port, orderly=orderly)
