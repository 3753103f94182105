"""The examples of docs/server-rendering.md, each on a port of its own, behind the local CDN."""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from werkzeug.serving import make_server

from examples.flask.app import app
from infra import config, edge_asset, edge_twin
from infra.sections.delivery import OwnOrigin
from local.cdn import function_asset
from local.cdn.edge_asset import EdgeAsset
from local.cdn.function_asset import FunctionAsset
from local.cdn.policies import CachePolicy, Choice, OriginRequestPolicy, Selection
from tests.cdn_samples import (
    FUNCTION,
    NEVER,
    Policies,
    all_methods,
    behavior_config,
    custom_origin,
    listed,
    read,
)
from tests.cdn_samples import config as distribution_config
from tests.cdn_world import Site, serving
from tests.infra.conftest import SITE_FILE

ROOT = Path(__file__).parents[1]
NEXT = ROOT / "examples" / "next"
PAGES = tuple((NEXT / "app").glob("*.jsx"))
EVENTS = ("viewer-request", "viewer-response")
TWIN = "arn:aws:cloudfront::000000000000:function/edge"
BY_TIER = CachePolicy(
    0,
    0,
    31_536_000,
    headers=Selection(Choice.LISTED, frozenset({"ae-tier"})),
    query_strings=Selection(Choice.ALL),
    encodings=frozenset({"gzip", "br"}),
)
EVERYTHING = OriginRequestPolicy(
    headers=Selection(Choice.ALL_EXCEPT, frozenset({"host"})),
    cookies=Selection(Choice.ALL),
    query_strings=Selection(Choice.ALL),
)


@contextmanager
def flask() -> Iterator[int]:
    """The port that it listens on."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def next_js() -> Iterator[int]:
    """The same of Next.js, built if need be."""
    subprocess.run(["make", "-s", "examples/next/.next/BUILD_ID"], cwd=ROOT, check=True)  # noqa: S607
    command = ["node", "node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, cwd=NEXT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield _port(process)
        finally:
            process.terminate()
            process.wait()


@contextmanager
def behind_the_edge(port: int, *, cached: bool, runtime: str, folder: Path) -> Iterator[Site]:
    """A site of its own origin, as infra.constructs.site_distribution puts it behind CloudFront."""
    edge = _edge(runtime, folder)
    kind, arn = ("LambdaFunction", FUNCTION) if runtime == "lambda" else ("Function", TWIN)
    more = {"IncludeBody": False} if runtime == "lambda" else {}
    attached = [{f"{kind}ARN": arn, "EventType": event, **more} for event in EVENTS]
    pages = behavior_config(
        "own",
        CachePolicyId="by-tier" if cached else "never",
        OriginRequestPolicyId="everything",
        Compress=cached,
        AllowedMethods=all_methods(),
        **{f"{kind}Associations": listed(*attached)},
    )
    policies = Policies(
        cache={"never": NEVER, "by-tier": BY_TIER}, origin_request={"everything": EVERYTHING}
    )
    raw = distribution_config(
        default=pages,
        origins=(custom_origin("own", "127.0.0.1", port),),
        DefaultRootObject="",
    )
    with serving(read(raw, policies), edge=edge) as site:
        yield site


def _edge(runtime: str, folder: Path) -> EdgeAsset | FunctionAsset:
    site = config.load(SITE_FILE).model_copy(
        update={"origin": OwnOrigin(url="https://www.example.com")}
    )
    if runtime == "lambda":
        staged = edge_asset.stage(site, folder)
        return EdgeAsset(FUNCTION, staged, "handler.lambda_handler", 5)
    function_asset.write(folder, edge_twin.code(site), edge_twin.key_values(site))
    return FunctionAsset(TWIN, folder)


def _port(process: subprocess.Popen[str]) -> int:
    for line in process.stdout or ():
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise RuntimeError(f"Next.js ended with code {process.wait()} before it listened")
