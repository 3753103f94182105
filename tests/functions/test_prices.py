"""adaptive-ops prices: AWS's list, in the shape that its API answers in."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adaptive.prediction import prices
from adaptive.prediction.price_update import ITEMS
from local.adaptive_ops.__main__ import app
from local.adaptive_ops.prices import FILE

LISTED = {
    ("AWSLambda", "Lambda-GB-Second-ARM"): [("0", "0.0000133334"), ("7500000000", "0.00001")],
    ("AWSLambda", "Request-ARM"): [("0", "0.0000001500")],
    ("AmazonApiGateway", "USE1-ApiGatewayHttpRequest"): [("0", "0.0000010000")],
    ("AmazonDynamoDB", "TimedStorage-ByteHrs"): [("0", "0.0000000000"), ("25", "0.2500000000")],
    ("AmazonKinesis", "Storage-ShardHour"): [("0", "15.0")],
}


def product(usage_type: str, tiers: list[tuple[str, str]]) -> str:
    dimensions = {
        f"SKU.JRTCKXETXF.{number}": {
            "unit": "Lambda-GB-Second",
            "beginRange": begin,
            "endRange": "Inf",
            "pricePerUnit": {"USD": usd},
        }
        for number, (begin, usd) in enumerate(tiers)
    }
    return json.dumps(
        {
            "product": {"sku": "SKU", "attributes": {"usagetype": usage_type}},
            "terms": {"OnDemand": {"SKU.JRTCKXETXF": {"priceDimensions": dimensions}}},
        }
    )


class _List(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        [wanted] = asked["Filters"]
        tiers = LISTED.get((asked["ServiceCode"], wanted["Value"]))
        found = [product(wanted["Value"], tiers)] if tiers else []
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"FormatVersion": "aws_v1", "PriceList": found}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def price_list(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with ThreadingHTTPServer(("127.0.0.1", 0), _List) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", url)
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "prices.json"
    copy.write_bytes(FILE.read_bytes())
    return copy


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["prices", *arguments])


@pytest.mark.usefixtures("price_list")
def test_what_aws_lists_is_written_with_its_date_and_the_rest_stays_unchecked(file: Path) -> None:
    before = prices.read(file.read_text())
    result = run("update", "--file", str(file))
    assert result.exit_code == 0, result.output
    after = prices.read(file.read_text())
    assert after["lambda_request"] == 1.5e-7
    assert "lambda_request: $2e-07 -> $1.5e-07" in result.output
    assert after.as_of > before.as_of or after.as_of == before.as_of
    assert "Price List API" in after.source
    for name, found in {"lambda_arm_gb_s": 1.33334e-5, "dynamodb_gb_month": 0.25}.items():
        assert after[name] == found  # the first tier, and the first that is not free
        assert name not in after.unchecked
    assert "http_api_request" not in after.unchecked  # by the name with the Region
    assert "xray_trace" in after.unchecked
    assert after["xray_trace"] == before["xray_trace"]


@pytest.mark.usefixtures("price_list")
def test_a_price_by_another_unit_is_not_taken(file: Path) -> None:
    run("update", "--file", str(file))
    after = prices.read(file.read_text())
    assert after["kinesis_shard_hour"] == 0.015
    assert "kinesis_shard_hour" in after.unchecked


def test_without_credentials_it_says_so_and_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    before = file.read_bytes()
    result = run("update", "--file", str(file))
    assert result.exit_code == 1
    assert "there are no AWS credentials" in result.output
    assert file.read_bytes() == before


def test_what_is_looked_up_is_what_is_reckoned_with() -> None:
    listed = prices.listed()
    assert set(ITEMS) <= set(listed.usd)
    assert run("show").exit_code == 0
