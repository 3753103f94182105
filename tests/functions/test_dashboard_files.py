import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local.dashboard.files import publish_dashboard
from tests.functions.conftest import SITE

OUTPUTS = {
    "FilesBucketName": SITE,
    "ClientId": "client",
    "SignInDomain": "pool.auth.us-east-1.amazoncognito.com",
}

IMAGES = "https://site.example/"


def read(aws: SimpleNamespace, key: str) -> Any:
    return aws.s3.get_object(Bucket=SITE, Key=key)


def test_the_page_is_told_where_people_sign_in_and_asks_each_time(
    aws: SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    assert publish_dashboard(aws.s3, OUTPUTS, site="shop", images=IMAGES, folder=tmp_path) == 1
    told = read(aws, "config.json")
    assert json.loads(told["Body"].read()) == {
        "site": "shop",
        "images": "https://site.example/",
        "sign_in": {
            "domain": "https://pool.auth.us-east-1.amazoncognito.com",
            "client_id": "client",
            "scopes": ["openid", "adaptive/read", "adaptive/operate"],
        },
    }
    assert (told["CacheControl"], told["ContentType"]) == ("no-cache", "application/json")
    assert read(aws, "index.html")["CacheControl"] == "no-cache"


def test_what_is_there_already_is_not_uploaded_again(aws: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    publish_dashboard(aws.s3, OUTPUTS, site="shop", images=IMAGES, folder=tmp_path)
    again = publish_dashboard(
        aws.s3,
        OUTPUTS,
        site="shop",
        images=IMAGES,
        sign_in="http://127.0.0.1:4566",
        folder=tmp_path,
    )
    assert again == 0
    config = json.loads(read(aws, "config.json")["Body"].read())
    assert config["sign_in"]["domain"] == "http://127.0.0.1:4566"
