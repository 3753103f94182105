"""`render` behind its function URL, on moto."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pyvips  # type: ignore[import-untyped]  # has stubs, but no py.typed

from adaptive.aws.http import problem_of
from adaptive.edge.variant import adapt
from adaptive.errors import OriginError
from lambdas.delivery.render import handler
from tests import pictures
from tests.functions.conftest import SITE
from tests.functions.s3_faults import access_denied, s3_answers
from tests.samples import POLICY, edge_event

Ask = Callable[..., dict[str, Any]]

EVENT = json.loads((Path(__file__).parent / "events/render.json").read_text())
PATH: str = EVENT["rawPath"]
LONG = "public, max-age=300, s-maxage=31536000, stale-while-revalidate=86400"


@pytest.fixture
def ask(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    for name, text in pictures.RENDER.environment().items():
        monkeypatch.setenv(name, text)
    handler._renderer.cache_clear()  # noqa: SLF001
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=pictures.photo())
    yield lambda path=PATH, method="GET": handler.lambda_handler(event(path, method), None)
    handler._renderer.cache_clear()  # noqa: SLF001


def event(path: str, method: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(EVENT))
    changed["rawPath"] = changed["requestContext"]["http"]["path"] = path
    changed["requestContext"]["http"]["method"] = method
    return changed


def keys(aws: SimpleNamespace) -> list[str]:
    return [entry["Key"] for entry in aws.s3.list_objects_v2(Bucket=SITE)["Contents"]]


def body(answer: dict[str, Any]) -> bytes:
    assert answer["isBase64Encoded"]
    return base64.b64decode(answer["body"], validate=True)


def problem(answer: dict[str, Any]) -> int:
    """The status of an answer that is a problem, and that no cache keeps."""
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert answer["headers"]["Cache-Control"] == "no-store"
    told = json.loads(answer["body"])
    assert told["status"] == answer["statusCode"]
    assert told["detail"]
    status: int = answer["statusCode"]
    return status


OUTSIDE = [
    "/",
    "/img/hero.jpg",
    "/img/../img/hero.jpg/640w.lite.avif",
    "/img/%2e%2e/hero.jpg/640w.lite.avif",
    "//img/hero.jpg/640w.lite.avif",
    "/img/hero.jpg//640w.lite.avif",
    "/img/hero.jpg/640w.vast.avif",
    "/img/hero.jpg/640w.lite.exe",
    "/img/hero.jpg/641w.lite.avif",
    f"/img/hero.jpg/{'9' * 5_000}w.lite.avif",
    "/img/hero.jpg/640w.lite.avif/640w.lite.avif",
    "/beacons/hero.jpg/640w.lite.avif",
]


def test_what_is_not_in_the_ladder_is_not_found(ask: Ask, aws: SimpleNamespace) -> None:
    assert {path: problem(ask(path)) for path in OUTSIDE} == dict.fromkeys(OUTSIDE, 404)
    assert keys(aws) == ["img/hero.jpg"]


def test_only_reading_is_allowed(ask: Ask) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "get"):
        answer = ask(method=method)
        assert problem(answer) == 405
        assert answer["headers"]["Allow"] == "GET, HEAD"


def test_without_an_original_it_is_not_found(ask: Ask) -> None:
    assert problem(ask("/img/other.jpg/640w.lite.avif")) == 404


def test_no_image_named_like_one_is_refused(ask: Ask, aws: SimpleNamespace) -> None:
    statuses = {}
    for name, original in pictures.NO_IMAGES.items():
        aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=original)
        statuses[name] = problem(ask())
    assert statuses == dict.fromkeys(pictures.NO_IMAGES, 415)
    assert keys(aws) == ["img/hero.jpg"]


def test_a_bomb_is_refused(ask: Ask, aws: SimpleNamespace) -> None:
    bomb = pictures.png_claiming(50_000, 50_000)
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=bomb)
    assert problem(ask()) == 413


def test_a_truncated_photograph_is_passed_on_for_a_minute(ask: Ask, aws: SimpleNamespace) -> None:
    half = pictures.photo()[:150_000]
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=half)
    answer = ask()
    assert (answer["statusCode"], body(answer)) == (200, half)
    assert answer["headers"]["Content-Type"] == "image/jpeg"
    assert answer["headers"]["Cache-Control"] == "public, max-age=60"
    assert keys(aws) == ["img/hero.jpg"]


def test_a_store_that_refuses_writes_costs_the_visitor_nothing(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    with s3_answers(access_denied, to="PutObject"):
        answer = ask()
    assert answer["statusCode"] == 200
    assert answer["headers"]["Cache-Control"] == LONG
    assert '"StoreFailure":[1.0]' in capsys.readouterr().out


def printed_metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    return [line for line in lines if "_aws" in line]


def test_how_long_a_rendition_took_is_told_by_tier_and_format_once(
    ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    ask()
    timed, plain = printed_metrics(capsys)
    assert (timed["tier"], timed["format"]) == ("lite", "avif")
    assert timed["RenderTime"][0] > 0
    assert timed["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Milliseconds"
    assert plain["RenderFallback"] == [0.0]
    ask()
    (again,) = printed_metrics(capsys)
    assert "RenderTime" not in again


def test_the_fallback_rate_is_of_what_visitors_were_owed(
    ask: Ask, aws: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    ask("/img/never.jpg/640w.lite.avif")
    ask("/img/hero.jpg/641w.lite.avif")
    assert not [each for each in printed_metrics(capsys) if "RenderFallback" in each]
    with s3_answers(access_denied, to="GetObject"):
        handler._renderer.cache_clear()  # noqa: SLF001
        assert problem(ask()) == 503
    handler._renderer.cache_clear()  # noqa: SLF001
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=pictures.photo()[:150_000])
    ask()
    rates = [each["RenderFallback"] for each in printed_metrics(capsys)]
    assert rates == [[1.0], [1.0]]


def test_a_rendition_notes_how_large_its_original_is(ask: Ask, aws: SimpleNamespace) -> None:
    ask()
    noted = aws.s3.head_object(Bucket=SITE, Key=PATH.removeprefix("/"))["Metadata"]
    assert noted["original-bytes"] == str(len(pictures.photo()))
    assert set(noted) <= {"original-bytes", "ssimulacra2"}  # a busy machine may not have judged


def test_a_store_that_refuses_reads_is_unavailable(ask: Ask) -> None:
    with s3_answers(access_denied, to="GetObject"):
        answer = ask()
    assert problem(answer) == 503
    assert answer["headers"]["Retry-After"]


def test_a_rendition_is_answered_with_all_that_caches_need(ask: Ask) -> None:
    answer = ask()
    headers = answer["headers"]
    assert answer["statusCode"] == 200
    assert headers["Content-Type"] == "image/avif"
    assert headers["Cache-Control"] == LONG
    spans = [span.partition(";dur=") for span in headers["Server-Timing"].split(", ")]
    assert [name for name, _, _ in spans] == ["read", "wait", "render", "store"]
    assert all(float(ms) >= 0 for _, _, ms in spans)
    assert body(answer)[4:12] == b"ftypavif"


def test_s3_later_says_the_same_of_it(ask: Ask, aws: SimpleNamespace) -> None:
    answer = ask()
    stored = aws.s3.get_object(Bucket=SITE, Key=PATH.removeprefix("/"))
    assert stored["Body"].read() == body(answer)
    assert stored["ContentType"] == answer["headers"]["Content-Type"]
    assert stored["CacheControl"] == answer["headers"]["Cache-Control"]
    assert stored["ETag"] == answer["headers"]["ETag"]
    digest = hashlib.md5(body(answer), usedforsecurity=False).hexdigest()
    assert stored["ETag"] == f'"{digest}"'


def test_asking_again_gives_the_same(ask: Ask, aws: SimpleNamespace) -> None:
    first, second = ask(), ask()
    for answer in (first, second):
        del answer["headers"]["Server-Timing"]
    assert first == second
    assert keys(aws) == ["img/hero.jpg", "img/hero.jpg/640w.lite.avif"]


def test_head_is_get_without_the_body(ask: Ask, aws: SimpleNamespace) -> None:
    head, get = ask(method="HEAD"), ask()
    for answer in (head, get):
        del answer["headers"]["Server-Timing"]
    assert (head["statusCode"], head["headers"]) == (get["statusCode"], get["headers"])
    assert body(head) == b""
    assert len(keys(aws)) == 2


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_rendition_too_large_for_a_lambda_is_stored_and_redirected_to_once(
    ask: Ask, aws: SimpleNamespace, method: str
) -> None:
    heavy = pictures.animation() + bytes(4_600_000)
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=heavy)
    answer = ask(method=method)
    assert answer["statusCode"] == 307
    assert answer["headers"]["Location"] == PATH
    assert answer["headers"]["Cache-Control"] == "no-store"
    stored = aws.s3.get_object(Bucket=SITE, Key=PATH.removeprefix("/"))
    assert (stored["ContentType"], stored["ContentLength"]) == ("image/webp", len(heavy))


def test_too_large_and_not_stored_never_redirects(ask: Ask, aws: SimpleNamespace) -> None:
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=pictures.animation() + bytes(4_600_000))
    with s3_answers(access_denied, to="PutObject"):
        assert problem(ask()) == 503


def test_the_largest_answer_fits_into_what_a_lambda_may_send(
    ask: Ask, aws: SimpleNamespace
) -> None:
    animation = pictures.animation()
    largest = animation + bytes(4_500_000 - len(animation))
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=largest)
    answer = ask()
    assert body(answer) == largest
    assert len(json.dumps(answer)) < 6 * 1024 * 1024


@pytest.mark.parametrize("tier", ["full", "standard", "lite", "minimal"])
def test_whatever_the_edge_asks_for_is_rendered(ask: Ask, tier: str) -> None:
    for accept in ("image/avif,*/*", "image/webp,*/*", "*/*"):
        request = edge_event(accept=accept, cookie=f"ae_tier={tier}", width="600")
        uri = adapt(request["Records"][0]["cf"]["request"], POLICY)["uri"]
        assert ask(uri)["statusCode"] == 200


@pytest.mark.parametrize(
    "name", ["bg2.jpg", "city-profile.jpg", "profile_city.jpg", "faces/avatar.jpg"]
)
def test_photographs_lose_weight_but_not_their_shape(
    ask: Ask, aws: SimpleNamespace, name: str
) -> None:
    original = pictures.photo(name)
    aws.s3.put_object(Bucket=SITE, Key="img/hero.jpg", Body=original)
    webp = body(ask("/img/hero.jpg/640w.lite.webp"))
    before = pyvips.Image.new_from_buffer(original, "")
    after = pyvips.Image.new_from_buffer(webp, "")
    assert after.width == min(640, before.width)
    assert after.height / after.width == pytest.approx(before.height / before.width, abs=0.002)
    assert len(webp) < len(original) / 2


@pytest.fixture
def own_origin(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """`render` of a site whose origin no resolver knows."""
    origin = {"url": "https://shop.invalid", "max_bytes": 1_000_000, "timeout_s": 1}
    monkeypatch.setenv("ORIGIN", json.dumps(origin))
    handler._renderer.cache_clear()  # noqa: SLF001
    return ask


def test_an_origin_that_cannot_be_asked_is_unavailable_and_the_bucket_is_no_stand_in(
    own_origin: Ask,
) -> None:
    assert problem(own_origin()) == 503
    assert problem(own_origin("/img/hero.jpg")) == 503


def test_an_origin_adds_no_path_that_is_answered(own_origin: Ask) -> None:
    outside = [path for path in OUTSIDE if path != "/img/hero.jpg"]
    assert {path: problem(own_origin(path)) for path in outside} == dict.fromkeys(outside, 404)


def test_an_origin_that_leads_inside_is_a_bad_gateway() -> None:
    answer = problem_of(OriginError("localhost resolves to 127.0.0.1"))
    assert problem(answer) == 502
    assert "127.0.0.1" not in answer["body"]
