"""`tally` behind EventBridge, on moto: logs as the local CDN writes them, metrics as printed."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adaptive.aws.files import S3FileStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.delivered import Hour, key_of
from adaptive.edge import policy
from adaptive.errors import UnavailableError
from adaptive.ports import StoredFile
from adaptive.settings.delivery import TallySettings
from lambdas.delivery.tally import handler
from local.cdn import access_log
from local.cdn.messages import Answer
from tests.cdn_samples import Clock, request
from tests.functions.conftest import SITE
from tests.functions.s3_faults import access_denied, s3_answers
from tests.samples import POLICY, QUERY

EVENT = json.loads((Path(__file__).parent / "events/tally.json").read_text())
BUCKET, KEY = EVENT["detail"]["bucket"]["name"], EVENT["detail"]["object"]["key"]
LITE = "/img/hero.jpg/960w.lite.avif"
ORIGINAL_BYTES = 500_000
HIT, MISS = (("x-cache", f"{word} from cloudfront") for word in ("Hit", "Miss"))

Metrics = dict[tuple[str, ...], dict[str, float]]
Tallied = Callable[..., Metrics]


@pytest.fixture
def tallied(
    aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tallied]:
    settings = TallySettings(
        site_bucket=SITE, delivered_table=QUERY.delivered_table, policy=policy.dump(POLICY)
    )
    for name, text in settings.environment().items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "tally")
    handler._outside.cache_clear()  # noqa: SLF001
    aws.s3.create_bucket(Bucket=BUCKET)

    def run(*lines: str, packed: bytes | None = None) -> Metrics:
        text = "".join(f"{each}\n" for each in lines).encode()
        body = gzip.compress(text) if packed is None else packed
        aws.s3.put_object(Bucket=BUCKET, Key=KEY, Body=body)
        capsys.readouterr()
        handler.lambda_handler(EVENT, None)
        return metrics(capsys.readouterr().out)

    yield run
    handler._outside.cache_clear()  # noqa: SLF001


def metrics(printed: str) -> Metrics:
    """Each metric's sum under the words of its dimensions, as CloudWatch reads the lines."""
    found: Metrics = {}
    for line in map(json.loads, printed.splitlines()):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert directive["Namespace"] == "AdaptiveEdge"
            for names in directive["Dimensions"]:
                words = found.setdefault(tuple(line[name] for name in sorted(names)), {})
                for each in directive["Metrics"]:
                    (value,) = line[each["Name"]]
                    words[each["Name"]] = words.get(each["Name"], 0) + value
    return found


def line(uri: str = LITE, cause: tuple[str, str] = HIT, status: int = 200) -> str:
    return access_log.line(
        request("/img/hero.jpg"), uri, Answer(status, (cause,), bytes(1_000)), now_s=Clock().now_s
    )


def test_a_log_becomes_metrics_by_tier_and_by_variant(
    tallied: Tallied, aws: SimpleNamespace
) -> None:
    rendition = StoredFile(bytes(1_000), "image/avif", original_bytes=ORIGINAL_BYTES)
    S3FileStore(aws.s3, bucket=SITE).write(LITE, rendition)
    sent = int(json.loads(line())["sc-bytes"])
    found = tallied(
        line(),
        line(cause=MISS),
        line("/img/hero.jpg/640w.lite.webp", status=503),
        line("/img/hero.jpg"),
        line("/js/shop.js"),
    )
    assert found["tally", "lite"] == {
        "ImageRequests": 3,
        "CacheHits": 2,
        "ImageFailures": 1,
        "BytesSent": 2 * sent + 1,  # "Miss" is longer than "Hit"
        "BytesSaved": 2 * (ORIGINAL_BYTES - sent) - 1,
    }
    assert found["avif", "tally", "lite"] == {"VariantRequests": 2}
    assert found["webp", "tally", "lite"] == {"VariantRequests": 1}
    assert found["jpg", "tally", "original"] == {"VariantRequests": 1}
    assert found["tally", "original"]["BytesSaved"] == 0
    assert found["tally",] == {"LogLinesUnread": 0}


def test_a_log_that_is_told_of_twice_is_in_its_hour_once(
    tallied: Tallied, aws: SimpleNamespace
) -> None:
    tallied(line())
    tallied(line())
    table = DynamoVersionedStore(aws.dynamodb, table=QUERY.delivered_table)
    at = datetime.fromtimestamp(Clock().now_s, UTC)
    [item] = table.read([key_of(at)]).values()
    assert Hour.model_validate_json(item.body).tiers["lite"].requests == 1


def test_no_path_and_no_visitor_is_in_a_dimension(tallied: Tallied) -> None:
    odd = ["/img/a b.jpg", "/img/x" * 500, "/img/hero.jpg/960w.vast.avif", "/img/%00"]
    words = {word for dimensions in tallied(*map(line, odd)) for word in dimensions}
    assert words == {"tally", "original", "jpg", "avif", "other"}


def test_lines_that_nobody_can_read_are_counted(tallied: Tallied) -> None:
    assert tallied("{", line(), "#Fields: x")["tally",] == {"LogLinesUnread": 2}


def test_an_empty_log_is_no_fault(tallied: Tallied) -> None:
    assert tallied() == {("tally",): {"LogLinesUnread": 0}}


@pytest.mark.parametrize("packed", [b"plain text", gzip.compress(b"{}" * 999)[:-9]])
def test_what_is_no_log_is_kept_for_people_to_look_at(tallied: Tallied, packed: bytes) -> None:
    with pytest.raises(ValueError, match="no gzipped log"):
        tallied(packed=packed)


def test_a_fault_is_raised_so_that_lambda_tries_again(tallied: Tallied) -> None:
    with s3_answers(access_denied, to="HeadObject"), pytest.raises(UnavailableError):
        tallied(line())


def test_visitors_are_not_in_the_log() -> None:
    written: dict[str, Any] = json.loads(line())
    assert "192.0.2.7" not in written.values()
    assert not {"c-ip", "cs(User-Agent)", "cs(Cookie)", "cs(Referer)"} & written.keys()
