"""Publishing into an account, on moto; `render` is the real handler, called as Lambda calls it."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders

from adaptive.edge import policy
from infra import config
from infra.site import Site
from lambdas.delivery.render import handler
from local import publish
from local.adaptive_site import publication
from local.adaptive_site.account import Account
from local.adaptive_site.failure import SiteError
from local.adaptive_site.publication import PENDING, Outcome
from tests import pictures
from tests.functions.conftest import SITE
from tests.functions.s3_faults import access_denied, aws_answers, s3_answers

HERO = "/img/hero.jpg"
SITE_FILE = Path(__file__).parents[1] / "infra/site.toml"
_ONE_AT_A_TIME = Lock()  # as in each of Lambda's environments
NOTHING = Outcome((), (), (), (), ())


class Steps:
    """Progress that is remembered."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def begin(self, step: str, count: int) -> None:
        self.names.append(f"{step} {count}")

    def done(self, name: str) -> None:
        self.names.append(name)


@pytest.fixture
def site() -> Site:
    """The sample, with a ladder short enough to climb in a test."""
    whole = config.load(SITE_FILE)
    tiers = {tier: rules.model_copy(update={"max_width": 320}) for tier, rules in whole.tiers}
    delivery = whole.delivery.model_copy(update={"widths": (320,), "formats": ("webp", "jpg")})
    return whole.model_copy(
        update={"delivery": delivery, "tiers": whole.tiers.model_copy(update=tiers)}
    )


@pytest.fixture
def account(aws: SimpleNamespace, site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    settings = pictures.RENDER.model_copy(
        update={
            "policy": policy.dump(site.image_policy),
            "quality_floor": site.quality_floor,
            "displayed_quality": site.displayed_quality,
        }
    )
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    handler._renderer.cache_clear()  # noqa: SLF001
    cloudfront = boto3.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=_distribution())
    with aws_answers(_invoked, to="lambda.Invoke"):
        functions = boto3.client("lambda")
    yield Account(aws.s3, cloudfront, functions, SITE, made["Distribution"]["Id"], "render")
    handler._renderer.cache_clear()  # noqa: SLF001


def _invoked(request: AWSRequest, **_: Any) -> AWSResponse:
    with _ONE_AT_A_TIME:
        answer = json.dumps(handler.lambda_handler(json.loads(request.body), None))
    return AWSResponse(str(request.url), 200, HTTPHeaders(), io.BytesIO(answer.encode()))


def _distribution() -> Any:
    origin = {
        "Id": "o",
        "DomainName": "o.example",
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": "https-only",
        },
    }
    return {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {
        "index.html": b"<!doctype html>",
        "js/shop.js": b"shop()",
        "css/shop.css": b"a{}",
        "fonts/a.woff2": b"font",
        "img/hero.jpg": pictures.jpeg(),
        ".DS_Store": b"no",
        ".well-known/security.txt": b"yes",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def run(account: Account, folder: Path, site: Site, *heroes: str) -> Outcome:
    return publication.run(account, folder, site=site, heroes=heroes, progress=Steps())


def keys(account: Account) -> set[str]:
    listed = account.s3.list_objects_v2(Bucket=SITE).get("Contents", [])
    return {each["Key"] for each in listed}


def invalidated(account: Account) -> list[list[str]]:
    listed = account.cloudfront.list_invalidations(DistributionId=account.distribution_id)
    ids = [each["Id"] for each in listed["InvalidationList"].get("Items", [])]
    return [
        account.cloudfront.get_invalidation(DistributionId=account.distribution_id, Id=each)[
            "Invalidation"
        ]["InvalidationBatch"]["Paths"]["Items"]
        for each in ids
    ]


@pytest.mark.parametrize(
    ("hero", "advice"),
    [
        ("/js/shop.js", "is no image that is adapted"),
        ("img/hero.jpg", "is no image that is adapted"),
        ("/img/../img/hero.jpg", "is no image that is adapted"),
        ("/img/other.jpg", "is not in "),
    ],
)
def test_a_hero_that_cannot_be_one_stops_all_before_anything_is_uploaded(
    hero: str, advice: str, account: Account, folder: Path, site: Site
) -> None:
    with pytest.raises(SiteError, match=advice):
        run(account, folder, site, hero)
    assert keys(account) == set()


def test_a_bucket_that_takes_nothing_is_told_in_a_sentence(
    account: Account, folder: Path, site: Site
) -> None:
    with s3_answers(access_denied, to="PutObject"):
        refusing = Account(
            boto3.client("s3"), account.cloudfront, account.functions, SITE, "id", "render"
        )
    with pytest.raises(SiteError, match=r"AWS refused: .*AccessDenied"):
        run(refusing, folder, site)


def test_files_get_the_types_and_lifetimes_of_an_adaptive_site(
    account: Account, folder: Path, site: Site
) -> None:
    outcome = run(account, folder, site)
    assert outcome.uploaded[-1] == "index.html"
    assert ".DS_Store" not in keys(account)
    heads = {key: account.s3.head_object(Bucket=SITE, Key=key) for key in outcome.uploaded}
    assert {key: head["ContentType"] for key, head in heads.items()} == {
        ".well-known/security.txt": "text/plain",
        "css/shop.css": "text/css",
        "fonts/a.woff2": "font/woff2",
        "img/hero.jpg": "image/jpeg",
        "index.html": "text/html",
        "js/shop.js": "text/javascript",
    }
    assert heads["index.html"]["CacheControl"] == "no-cache"
    assert heads["css/shop.css"]["CacheControl"] == heads["js/shop.js"]["CacheControl"]
    assert "must-revalidate" in heads["js/shop.js"]["CacheControl"]
    assert heads["img/hero.jpg"]["CacheControl"] == "public, max-age=300, s-maxage=86400"


def test_publishing_again_does_nothing(account: Account, folder: Path, site: Site) -> None:
    run(account, folder, site, HERO)
    assert run(account, folder, site, HERO) == NOTHING
    assert invalidated(account) == []


def test_the_whole_ladder_of_a_hero_is_there_before_its_first_visitor(
    account: Account, folder: Path, site: Site
) -> None:
    outcome = run(account, folder, site, HERO)
    assert outcome.failed == ()
    assert len(outcome.rendered) == site.image_policy.renditions_per_image == 8
    assert {f"/{key}" for key in keys(account)} > set(outcome.rendered)


def test_a_replaced_original_loses_its_renditions_and_caches_forget_them(
    account: Account, folder: Path, site: Site
) -> None:
    first = run(account, folder, site, HERO)
    account.s3.put_object(Bucket=SITE, Key="img/hero.jpg/notes.txt", Body=b"no rendition")
    (folder / "img/hero.jpg").write_bytes(pictures.jpeg(quality=50))
    (folder / "new.html").write_bytes(b"new")
    before = account.s3.get_object(Bucket=SITE, Key=first.rendered[0][1:])["Body"].read()
    second = run(account, folder, site, HERO)
    assert second.uploaded == ("img/hero.jpg", "new.html")
    assert set(second.dropped) == {path[1:] for path in first.rendered}
    assert set(second.rendered) == set(first.rendered)
    assert second.invalidated == ("/img/hero.jpg*",)
    assert invalidated(account) == [["/img/hero.jpg*"]]
    assert account.s3.get_object(Bucket=SITE, Key=first.rendered[0][1:])["Body"].read() != before
    assert "img/hero.jpg/notes.txt" in keys(account)
    assert PENDING not in keys(account)


def test_what_a_stopped_run_left_undone_the_next_one_does(
    account: Account, folder: Path, site: Site
) -> None:
    first = run(account, folder, site, HERO)
    (folder / "img/hero.jpg").write_bytes(pictures.jpeg(quality=50))
    (folder / "index.html").write_bytes(b"changed")

    class Interrupted(Steps):
        def done(self, name: str) -> None:
            if name == "img/hero.jpg":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publication.run(account, folder, site=site, heroes=(), progress=Interrupted())
    assert {path[1:] for path in first.rendered} < keys(account)
    second = run(account, folder, site)
    assert second.uploaded == ("index.html",)
    assert set(second.dropped) == {path[1:] for path in first.rendered}
    assert second.invalidated == ("/", "/img/hero.jpg*", "/index.html")
    assert run(account, folder, site) == NOTHING


def test_a_hero_that_cannot_be_rendered_is_told_and_the_rest_is_published(
    account: Account, folder: Path, site: Site
) -> None:
    run(account, folder, site)
    (folder / "img/hero.jpg").write_bytes(b"no image")
    outcome = run(account, folder, site, HERO)
    assert len(outcome.failed) == 8
    assert outcome.failed[0].reason == "the original is neither JPEG nor PNG nor WebP"
    assert outcome.rendered == ()
    assert outcome.invalidated == ("/img/hero.jpg*",)


def test_each_step_and_each_thing_done_is_told(account: Account, folder: Path, site: Site) -> None:
    steps = Steps()
    publication.run(account, folder, site=site, heroes=[HERO], progress=steps)
    assert steps.names[0] == "uploading 6"
    assert "rendering 8" in steps.names
    assert len(steps.names) == 2 + 6 + 8


def test_the_local_demo_publishes_the_same_way(account: Account, folder: Path) -> None:
    assert publish.publish(account.s3, folder, SITE) == 6
    assert publish.publish(account.s3, folder, SITE) == 0
