"""The local CDN delivers its access log as CloudFront does, to S3 on moto."""

import gzip
import json
from types import SimpleNamespace

import boto3
import pytest

from local.cdn import access_log
from local.cdn.access_log import LogDelivery
from local.cdn.messages import Answer
from tests.cdn_samples import Clock, request
from tests.functions.conftest import SITE
from tests.functions.s3_faults import access_denied, s3_answers

NEVER_S = 3600


def delivered(aws: SimpleNamespace) -> list[str]:
    listed = aws.s3.list_objects_v2(Bucket=SITE).get("Contents", ())
    bodies = [aws.s3.get_object(Bucket=SITE, Key=each["Key"])["Body"].read() for each in listed]
    return [line for body in bodies for line in gzip.decompress(body).decode().splitlines()]


def test_a_line_says_what_was_served_and_whether_the_cache_had_it() -> None:
    answer = Answer(200, (("x-cache", "RefreshHit from cloudfront"),), b"12345")
    written = access_log.line(
        request("/img/hero.jpg"), "/img/hero.jpg/960w.lite.avif", answer, now_s=Clock().now_s
    )
    assert json.loads(written) == {
        "date": "2027-01-15",
        "time": "08:00:00",
        "cs-method": "GET",
        "cs-uri-stem": "/img/hero.jpg/960w.lite.avif",
        "sc-status": "200",
        "sc-bytes": str(17 + len("x-cache: RefreshHit from cloudfront\r\n") + 5),
        "x-edge-result-type": "RefreshHit",
    }


def test_an_answer_of_the_cdn_itself_is_an_error() -> None:
    written = access_log.line(request(), "/", Answer(403), now_s=0)
    assert json.loads(written)["x-edge-result-type"] == "Error"


def test_what_was_added_is_there_in_the_end(aws: SimpleNamespace) -> None:
    with LogDelivery(aws.s3, SITE, every_s=NEVER_S) as delivery:
        delivery.add("one")
        delivery.add("two")
    assert delivered(aws) == ["one", "two"]
    (entry,) = aws.s3.list_objects_v2(Bucket=SITE)["Contents"]
    assert entry["Key"].startswith("AWSLogs/000000000000/CloudFront/")


def test_without_a_visitor_there_is_no_file(aws: SimpleNamespace) -> None:
    with LogDelivery(aws.s3, SITE, every_s=NEVER_S):
        pass
    assert delivered(aws) == []


def test_a_bucket_that_refuses_costs_the_lines_and_says_so(
    aws: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    assert aws
    with (
        s3_answers(access_denied, to="PutObject"),
        LogDelivery(boto3.client("s3"), SITE, every_s=NEVER_S) as delivery,
    ):
        delivery.add("one")
    assert "1 lines of the access log are lost" in caplog.text
