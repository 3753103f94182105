import gzip
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request
from starlette.responses import Response

from local.cdn.distribution import Signing
from local.cdn.policies import Choice, OriginRequestPolicy, Selection
from tests.cdn_samples import (
    Policies,
    all_methods,
    behavior_config,
    config,
    custom_origin,
    group_config,
    read,
    s3_origin,
)
from tests.cdn_world import serving

BUCKET = "site.s3.us-east-1.amazonaws.com"
RENDER = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws"
API = "0a1b2c3d.execute-api.us-east-1.amazonaws.com"
IMAGE = {"content-type": "image/avif", "cache-control": "public, max-age=300, s-maxage=86400"}

SHOP = read(
    config(
        behavior_config(
            "api",
            PathPattern="/rum",
            CachePolicyId="never",
            OriginRequestPolicyId="beacons",
            AllowedMethods=all_methods(),
        ),
        behavior_config("group", PathPattern="/img/*"),
        default=behavior_config(CachePolicyId="text", Compress=True),
        origins=(
            s3_origin(OriginAccessControlId="S3"),
            custom_origin("render", RENDER) | {"OriginAccessControlId": "URL"},
            custom_origin("api", API),
        ),
        groups=(group_config("files", "render", 403, 404),),
    ),
    Policies(
        origin_request={
            "beacons": OriginRequestPolicy(
                headers=Selection(
                    Choice.LISTED,
                    frozenset({"origin", "cloudfront-viewer-country", "user-agent"}),
                ),
                cookies=Selection(Choice.LISTED, frozenset({"ae_sid", "ae_tier"})),
            )
        }
    ),
    S3=Signing("s3"),
    URL=Signing("lambda"),
)


def picture(_: Request, __: bytes) -> Response:
    return Response(b"0123456789", headers=IMAGE | {"etag": '"v1"'})


def test_a_hop_by_hop_header_of_the_origin_does_not_reach_the_viewer() -> None:
    def answer(_: Request, __: bytes) -> Response:
        return Response(headers={"connection": "close, x-hop", "x-hop": "1", "x-kept": "1"})

    with serving(SHOP) as site:
        site.cloud.answer = answer
        headers = site.get("/img/a").headers
    assert "x-hop" not in headers
    assert headers["x-kept"] == "1"


@pytest.mark.parametrize("path", ["/img/../rum", "/img/%2e%2e/x", "/a//b", "/%e2%82%ac?", "/a;b=1"])
def test_a_path_reaches_the_origin_as_it_was_written(path: str) -> None:
    with serving(SHOP) as site:
        site.http.request("GET", "/", extensions={"target": path.encode()})
        assert site.cloud.paths == [path.removesuffix("?")]


def test_what_a_viewer_may_not_do_never_reaches_an_origin() -> None:
    with serving(SHOP) as site:
        assert site.http.post("/index.html", content=b"x").status_code == 403
        assert site.http.request("GET", "/index.html", content=b"x").status_code == 403
        assert site.http.request("PURGE", "/index.html").status_code == 405
        assert site.http.post("/rum", content=b"x" * 20_971_521).status_code == 413
        assert not site.cloud.asked


def test_a_viewer_who_leaves_while_sending_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with serving(SHOP) as site:
        address = (site.http.base_url.host, site.http.base_url.port or 0)
        with socket.create_connection(address) as leaving:
            leaving.sendall(b"POST /rum HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        assert site.http.post("/rum", content=b"whole").status_code == 200
        assert [body for _, body in site.cloud.asked] == [b"whole"]
    assert not caplog.records


def test_a_beacon_reaches_the_api_with_what_its_policy_lists_and_nothing_else() -> None:
    def answer(_: Request, __: bytes) -> Response:
        response = Response(status_code=202)
        response.set_cookie("ae_sid", "1")
        response.set_cookie("ae_tier", "lite")
        return response

    with serving(SHOP) as site:
        site.cloud.answer = answer
        posted = site.http.post(
            "/rum?debug=1",
            content=b'{"schema":1}',
            headers={
                "content-type": "text/plain",
                "cookie": "other=1; ae_tier=full",
                "origin": "http://localhost",
                "referer": "http://localhost/",
                "cloudfront-viewer-country": "XX",
            },
        )
        [(asked, body)] = site.cloud.asked
    assert posted.headers.get_list("set-cookie") == [
        "ae_sid=1; Path=/; SameSite=lax",
        "ae_tier=lite; Path=/; SameSite=lax",
    ]
    assert posted.headers["x-cache"] == "Miss from cloudfront"
    assert body == b'{"schema":1}'
    assert asked.headers["host"].startswith("0a1b2c3d.execute-api.localhost:")
    assert asked.headers["cookie"] == "ae_tier=full"
    assert asked.headers["cloudfront-viewer-country"] == "US"
    assert asked.headers["content-type"] == "text/plain"
    assert asked.headers["user-agent"].startswith("python-httpx")
    assert asked.url.query == ""
    assert {"referer", "authorization", "accept"}.isdisjoint(asked.headers)


def test_a_missing_rendition_is_made_by_the_function_and_kept() -> None:
    def answer(asked: Request, body: bytes) -> Response:
        missing = asked.headers["host"] == BUCKET
        return Response(status_code=404) if missing else picture(asked, body)

    with serving(SHOP) as site:
        site.cloud.answer = answer
        first, second = (site.get("/img/a.jpg/960w.lite.avif") for _ in range(2))
        assert [request.headers["host"] for request, _ in site.cloud.asked] == [BUCKET, RENDER]
        signatures = [request.headers["authorization"] for request, _ in site.cloud.asked]
    assert first.headers["x-cache"] == "Miss from cloudfront"
    assert second.headers["x-cache"] == "Hit from cloudfront"
    assert "/us-east-1/s3/aws4_request" in signatures[0]
    assert "/us-east-1/lambda/aws4_request" in signatures[1]


def test_the_root_is_the_default_root_object() -> None:
    with serving(SHOP) as site:
        assert site.get("/").text == "/index.html"
        assert site.log[0].startswith("GET / -> /index.html 200 Miss ")


def test_conditions_ranges_and_head_are_answered_from_the_cache() -> None:
    with serving(SHOP) as site:
        site.cloud.answer = picture
        whole = site.get("/img/a.jpg")
        site.clock.now_s += 7
        same = site.get("/img/a.jpg", if_none_match=whole.headers["etag"])
        part = site.get("/img/a.jpg", range="bytes=2-4")
        head = site.http.head("/img/a.jpg")
        assert len(site.cloud.asked) == 1
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert (same.status_code, same.content, same.headers["age"]) == (304, b"", "7")
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "10", b"")
    assert {each.headers["x-cache"] for each in (same, part, head)} == {"Hit from cloudfront"}


def test_text_is_compressed_once_per_kind_of_viewer() -> None:
    page = b"<p>hello</p>" * 200
    with serving(SHOP) as site:
        site.cloud.answer = lambda _, __: Response(page, media_type="text/html")
        plain = site.get("/", accept_encoding="identity")
        zipped = site.get("/", accept_encoding="gzip, zstd")
        again = site.get("/", accept_encoding="gzip")
        encodings = [asked.headers.get("accept-encoding") for asked, _ in site.cloud.asked]
    assert encodings == ["identity", "gzip"]
    assert plain.content == zipped.content == page
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) < len(page)
    assert again.headers["x-cache"] == "Hit from cloudfront"


def test_what_the_origin_compressed_passes_through_as_it_is() -> None:
    body = gzip.compress(b"x" * 2000)
    with serving(SHOP) as site:
        site.cloud.answer = lambda _, __: Response(body, headers={"content-encoding": "gzip"})
        answer = site.get("/a.css", accept_encoding="gzip")
    assert answer.headers["content-length"] == str(len(body))
    assert answer.content == b"x" * 2000


def test_a_pages_images_are_fetched_at_the_same_time() -> None:
    with serving(SHOP) as site, ThreadPoolExecutor(15) as viewers:
        site.cloud.answer = picture
        site.cloud.crowd = 15  # none is answered before all have arrived
        answers = list(viewers.map(site.get, (f"/img/{each}.jpg" for each in range(15))))
    assert [each.status_code for each in answers] == [200] * 15


def test_an_origin_out_of_reach_is_cloudfronts_page_and_a_loud_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    distribution = read(config(origins=(custom_origin("files", "localhost", port=9),)))
    with serving(distribution) as site:
        answer = site.get("/a")
    assert answer.status_code == 502
    assert answer.headers["x-cache"] == "Error from cloudfront"
    assert "ORIGIN OUT OF REACH" in caplog.text


def test_every_answer_carries_cloudfronts_marks() -> None:
    with serving(SHOP) as site:
        one, other = site.get("/img/a"), site.get("/img/a")
    assert one.headers["via"].endswith("cloudfront.net (CloudFront)")
    assert one.headers["x-amz-cf-pop"]
    assert len(one.headers["x-amz-cf-id"]) == 56
    assert one.headers["x-amz-cf-id"] != other.headers["x-amz-cf-id"]
