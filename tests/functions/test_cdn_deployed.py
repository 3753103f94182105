"""The reader against a real CloudFront, S3 and Lambda API: MiniStack's, started for these tests."""

import io
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from adaptive.errors import ConfigError, UnavailableError
from local.cdn import Cdn, Options, deployed, edge_asset, function_asset
from local.cdn.strict import UnsupportedFeatureError
from local.cloud import LocalCloud
from local.key_values import fill, fill_all
from tests.cdn_samples import behavior_config, config, edge_function, listed, s3_origin

REWRITE = """
def lambda_handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    request["uri"] += "/lite"
    return request
"""
ROOT = Path(__file__).parents[2]
NOTHING: dict[str, Any] = {
    "HeadersConfig": {"HeaderBehavior": "none"},
    "CookiesConfig": {"CookieBehavior": "none"},
    "QueryStringsConfig": {"QueryStringBehavior": "none"},
}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    cloud = LocalCloud(folder=tmp_path_factory.mktemp("cloud"), report=lambda _: None)
    cloud.start()
    try:
        yield cloud.endpoint
    finally:
        cloud.stop()


def zipped(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", code)
    return packed.getvalue()


def published(endpoint: str, name: str, **settings: Any) -> str:
    """The ARN of a function's first version."""
    functions: Any = boto3.client("lambda", **deployed.access(endpoint))
    function = functions.create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.13",
            "Role": "arn:aws:iam::000000000000:role/edge",
            "Handler": "handler.lambda_handler",
            "Code": {"ZipFile": zipped(REWRITE)},
            "Timeout": 5,
            "MemorySize": 128,
            "Publish": True,
        }
        | settings
    )
    arn = str(function["FunctionArn"])
    return arn if arn.endswith(":1") else f"{arn}:1"


def distributed(endpoint: str, arn: str, **changes: Any) -> str:
    """The id of a distribution over a bucket with one picture, adapted by the function."""
    cloudfront: Any = boto3.client("cloudfront", **deployed.access(endpoint))
    s3 = boto3.client("s3", **deployed.access(endpoint))
    s3.create_bucket(Bucket="site")
    s3.put_object(Bucket="site", Key="img/a.jpg/lite", Body=b"small", ContentType="image/avif")
    policy = cloudfront.create_cache_policy(
        CachePolicyConfig={
            "Name": f"cached-{len(changes)}-{arn.rpartition('/')[2][-9:].replace(':', '-')}",
            "MinTTL": 0,
            "DefaultTTL": 60,
            "MaxTTL": 600,
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingGzip": False,
                **NOTHING,
            },
        }
    )["CachePolicy"]["Id"]
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": f"files-{len(changes)}-{arn.rpartition('/')[2][-9:].replace(':', '-')}",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    associated: dict[str, Any] = (
        {"FunctionAssociations": listed({"FunctionARN": arn, "EventType": "viewer-request"})}
        if function_asset.is_function(arn)
        else {"LambdaFunctionAssociations": edge_function(arn)}
    )
    adapted = behavior_config(PathPattern="/img/*", CachePolicyId=policy, **associated)
    raw = config(
        adapted,
        default=behavior_config(CachePolicyId=policy),
        origins=(s3_origin(OriginAccessControlId=control),),
        CallerReference=arn,
        **changes,
    )
    created = cloudfront.create_distribution(DistributionConfig=raw)
    return str(created["Distribution"]["Id"])


CLOUDFRONT_FUNCTION = """
import cf from 'cloudfront';
const kvs = cf.kvs();
async function handler(event) {
  event.request.uri += await kvs.get(event.request.uri);
  return event.request;
}
"""


def published_function(endpoint: str, name: str, key_values: dict[str, str], **changes: Any) -> str:
    """The ARN of a CloudFront Function, published with a store of its own."""
    cloudfront: Any = boto3.client("cloudfront", **deployed.access(endpoint))
    store = cloudfront.create_key_value_store(Name=name)["KeyValueStore"]["ARN"]
    fill(endpoint, store, key_values)
    made = cloudfront.create_function(
        **{
            "Name": name,
            "FunctionConfig": {
                "Comment": "",
                "Runtime": "cloudfront-js-2.0",
                "KeyValueStoreAssociations": listed({"KeyValueStoreARN": store}),
            },
            "FunctionCode": CLOUDFRONT_FUNCTION.encode(),
        }
        | changes
    )
    cloudfront.publish_function(Name=name, IfMatch=made["ETag"])
    return str(made["FunctionSummary"]["FunctionMetadata"]["FunctionARN"])


def options(endpoint: str) -> Options:
    return Options(endpoint=endpoint, access_log=lambda _: None)


def test_a_deployed_distribution_is_served_with_its_deployed_function(endpoint: str) -> None:
    distribution_id = distributed(endpoint, published(endpoint, "rewrite"))
    with Cdn(distribution_id, options(endpoint)) as cdn, httpx.Client(trust_env=False) as viewer:
        answers = [viewer.get(f"{cdn.url}/img/a.jpg") for _ in range(2)]
        missing = viewer.get(f"{cdn.url}/none")
    assert [each.text for each in answers] == ["small"] * 2
    assert [each.headers["x-cache"].split()[0] for each in answers] == ["Miss", "Hit"]
    assert answers[0].headers["content-type"] == "image/avif"
    assert missing.status_code == 404


def test_a_deployed_cloudfront_function_runs_with_its_store(endpoint: str) -> None:
    many = {f"/img/{number}.jpg": "/none" for number in range(120)}
    arn = published_function(endpoint, "twin", {**many, "/img/a.jpg": "/lite"})
    distribution_id = distributed(endpoint, arn)
    with Cdn(distribution_id, options(endpoint)) as cdn, httpx.Client(trust_env=False) as viewer:
        answer = viewer.get(f"{cdn.url}/img/a.jpg")
        failed = viewer.get(f"{cdn.url}/img/b.jpg")
    assert (answer.text, answer.headers["x-cache"]) == ("small", "Miss from cloudfront")
    assert (failed.status_code, failed.headers["x-cache"]) == (
        503,
        "FunctionExecutionError from cloudfront",
    )


def test_every_store_of_the_local_cloud_is_filled_as_its_import_would_have(endpoint: str) -> None:
    fill_all(endpoint, {"/img/a.jpg": "/none"})
    arn = published_function(endpoint, "filled", {})
    fill_all(endpoint, {"/img/a.jpg": "/lite"})
    with Cdn(distributed(endpoint, arn), options(endpoint)) as cdn:
        assert httpx.get(f"{cdn.url}/img/a.jpg", trust_env=False).text == "small"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"FunctionCode": b"//" + b"x" * 10_240}, "above 10 KB"),
        (
            {"FunctionConfig": {"Comment": "", "Runtime": "cloudfront-js-1.0"}},
            "its runtime is not cloudfront-js-2.0",
        ),
    ],
)
def test_a_cloudfront_function_that_would_not_run_is_refused(
    endpoint: str, tmp_path: Path, changes: dict[str, Any], fault: str
) -> None:
    arn = published_function(endpoint, f"refused-{len(fault)}", {}, **changes)
    with pytest.raises(ConfigError, match=fault):
        function_asset.fetch(endpoint, arn, tmp_path)


def test_an_unsupported_distribution_is_refused_before_anything_is_served(endpoint: str) -> None:
    geo = {"GeoRestriction": {"RestrictionType": "blacklist", **listed("XX")}}
    distribution_id = distributed(endpoint, published(endpoint, "geo"), Restrictions=geo)
    with pytest.raises(UnsupportedFeatureError, match="GeoRestriction"):
        deployed.read(endpoint, distribution_id)


def test_a_distribution_that_is_not_there_is_said_so(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="ENOWHERE"):
        deployed.read(endpoint, "ENOWHERE")


def test_without_a_cloud_it_is_said_so() -> None:
    with pytest.raises(UnavailableError, match="no local cloud"):
        deployed.read("http://127.0.0.1:9", "E1")


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"Environment": {"Variables": {"A": "1"}}}, "environment variables"),
        ({"Timeout": 6}, "timeout"),
        ({"MemorySize": 256}, "memory"),
        ({"Architectures": ["arm64"]}, "x86_64"),
        ({"Runtime": "nodejs22.x"}, "not Python"),
    ],
)
def test_a_function_that_cloudfront_would_refuse_is_refused(
    endpoint: str, tmp_path: Path, settings: dict[str, Any], fault: str
) -> None:
    arn = published(endpoint, f"refused-{next(iter(settings))}", **settings)
    with pytest.raises(ConfigError, match=fault):
        edge_asset.fetch(endpoint, arn, tmp_path)


def test_a_function_without_a_numbered_version_is_refused(endpoint: str, tmp_path: Path) -> None:
    arn = published(endpoint, "latest").removesuffix(":1")
    with pytest.raises(ConfigError, match="numbered version"):
        edge_asset.fetch(endpoint, f"{arn}:$LATEST", tmp_path)


def test_code_that_is_not_the_versions_own_is_refused(endpoint: str, tmp_path: Path) -> None:
    arn = published(endpoint, "changed")
    boto3.client("lambda", **deployed.access(endpoint)).update_function_code(
        FunctionName="changed", ZipFile=zipped(REWRITE.replace("lite", "full"))
    )
    with pytest.raises(ConfigError, match="not that of this version"):
        edge_asset.fetch(endpoint, arn, tmp_path)


def test_the_command_serves_until_it_is_told_to_stop_and_leaves_nothing(
    endpoint: str, tmp_path: Path
) -> None:
    distribution_id = distributed(endpoint, published(endpoint, "served"))
    arguments = ["--endpoint", endpoint, "--port", "0", "--distribution", distribution_id]
    with subprocess.Popen(  # noqa: S603 (our own program)
        [sys.executable, "-m", "local.cdn", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        assert httpx.get(f"{url}/img/a.jpg", trust_env=False).text == "small"
        assert process.stdout.readline().startswith("GET /img/a.jpg -> /img/a.jpg/lite 200 Miss ")
        assert list(tmp_path.iterdir())
        process.terminate()
        assert process.wait() == 128 + signal.SIGTERM
    assert not list(tmp_path.iterdir())
