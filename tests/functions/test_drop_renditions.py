"""`drop_renditions` behind EventBridge, on moto."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.edge import policy
from adaptive.errors import UnavailableError
from adaptive.settings.delivery import DropRenditionsSettings
from lambdas.delivery.drop_renditions import handler
from tests.functions.conftest import SITE
from tests.functions.s3_faults import access_denied, s3_answers
from tests.samples import POLICY

EVENT = json.loads((Path(__file__).parent / "events/drop_renditions.json").read_text())
STALE = ["img/hero.jpg/640w.lite.avif", "img/hero.jpg/960w.full.webp"]
OTHERS = ["img/hero.jpg", "img/hero.jpg2/640w.lite.avif"]
Changed = Callable[..., None]


@pytest.fixture
def distribution(aws: SimpleNamespace) -> str:
    assert aws
    origin = {
        "Id": "site",
        "DomainName": "site.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    config: Any = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all"},
    }
    created = boto3.client("cloudfront").create_distribution(DistributionConfig=config)
    return created["Distribution"]["Id"]


@pytest.fixture
def changed(
    aws: SimpleNamespace, distribution: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Changed]:
    settings = DropRenditionsSettings(
        site_bucket=SITE, distribution_id=distribution, policy=policy.dump(POLICY)
    )
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    handler._replacement.cache_clear()  # noqa: SLF001
    for key in STALE + OTHERS:
        aws.s3.put_object(Bucket=SITE, Key=key, Body=b"")
    yield lambda key="img/hero.jpg": handler.lambda_handler(event(key), None)
    handler._replacement.cache_clear()  # noqa: SLF001


def event(key: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(EVENT))
    changed["detail"]["object"]["key"] = key
    return changed


def keys(aws: SimpleNamespace) -> list[str]:
    return [entry["Key"] for entry in aws.s3.list_objects_v2(Bucket=SITE)["Contents"]]


def invalidated(distribution: str) -> list[str]:
    cloudfront = boto3.client("cloudfront")
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]
    return [
        path
        for each in listed.get("Items", ())
        for path in cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"])[
            "Invalidation"
        ]["InvalidationBatch"]["Paths"]["Items"]
    ]


def test_a_replaced_original_loses_its_renditions_everywhere(
    changed: Changed, aws: SimpleNamespace, distribution: str
) -> None:
    changed()
    assert keys(aws) == OTHERS
    assert invalidated(distribution) == ["/img/hero.jpg*"]


@pytest.mark.parametrize("key", [*STALE, f"{STALE[0]}.lock", "img/hero.jpg/replaced"])
def test_what_render_writes_starts_nothing(
    key: str, changed: Changed, aws: SimpleNamespace, distribution: str
) -> None:
    before = keys(aws)
    changed(key)
    assert keys(aws) == before
    assert invalidated(distribution) == []


def test_a_fault_is_raised_so_that_lambda_tries_again(changed: Changed) -> None:
    with s3_answers(access_denied, to="DeleteObjects"), pytest.raises(UnavailableError):
        changed()
