import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.cdn_samples import behavior_config, config, edge_function, read
from tests.cdn_world import handler, serving

ADAPTED = read(
    config(behavior_config(PathPattern="/img/*", LambdaFunctionAssociations=edge_function()))
)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        (
            'request["headers"]["x-cache"] = [{"value": "Hit"}]\nreturn request',
            "header x-cache is disallowed",
        ),
        (
            'request["headers"]["host"] = [{"key": "Host", "value": "evil"}]\nreturn request',
            "header host is read-only",
        ),
        ('request["uri"] = "/img/a.jpg?size=1"\nreturn request', "uri must begin with /"),
        ("return None", "not a request or response"),
        ("pass", "not a request or response"),
        ('return {"status": "200", "body": "x" * 41_000}', "at most 40 KB"),
    ],
)
def test_a_broken_contract_is_a_502_and_a_loud_line_that_names_the_rule(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, code: str, rule: str
) -> None:
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        answer = site.get("/img/a.jpg")
        assert answer.status_code == 502
        assert answer.headers["x-cache"] == "LambdaValidationError from cloudfront"
        assert "The request could not be satisfied" in answer.text
        assert not site.cloud.asked
    [loud] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "EDGE CONTRACT BROKEN" in loud.message
    assert rule in loud.message


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ('raise ValueError("odd")', "ValueError: odd"),
        ("sys.exit(3)", "ended with code 3"),
        ("os._exit(4)", "ended with code 4"),
        ("return {1, 2}", "TypeError"),
        ('return "x" * 5_000_000', "longer than"),
        ("time.sleep(60)", "timed out after 0.5 s"),
        ("while True: pass", "timed out after 0.5 s"),
    ],
)
def test_a_function_that_fails_is_a_503_and_the_next_request_gets_a_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, code: str, reason: str
) -> None:
    once = f'if request["uri"] == "/img/bad.jpg":\n    {code}\nreturn request'
    with serving(ADAPTED, edge=handler(tmp_path, once, timeout_s=0.5)) as site:
        answer = site.get("/img/bad.jpg")
        assert answer.status_code == 503
        assert answer.headers["x-cache"] == "LambdaExecutionError from cloudfront"
        assert site.get("/img/good.jpg").status_code == 200
    [loud] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "EDGE FUNCTION FAILED" in loud.message
    assert reason in loud.message


def test_an_asset_that_does_not_import_is_a_503(tmp_path: Path) -> None:
    edge = handler(tmp_path, "return request")
    (tmp_path / "handler.py").write_text("import boto3")  # not in the standard library
    with serving(ADAPTED, edge=edge) as site:
        assert site.get("/img/a.jpg").status_code == 503


def test_a_slow_function_does_not_hold_up_the_others(tmp_path: Path) -> None:
    code = """
    other = os.path.join(os.path.dirname(__file__), "fast-is-through")
    if request["uri"] == "/img/slow.jpg":
        while not os.path.exists(other):
            pass
    else:
        open(other, "w").close()
    return request
    """
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site, ThreadPoolExecutor(2) as viewers:
        slow = viewers.submit(site.get, "/img/slow.jpg")
        assert site.get("/img/fast.jpg").status_code == 200
        assert slow.result().status_code == 200


def test_the_event_has_cloudfronts_shape(tmp_path: Path) -> None:
    code = 'return {"status": "200", "body": json.dumps(event)}'
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        answer = site.get(
            "/img/a%20b.jpg?size=1&x", cookie="ae_tier=lite", x_forwarded_for="1.1.1.1"
        )
        port = site.http.base_url.port
    cf = json.loads(answer.text)["Records"][0]["cf"]
    request_id = cf["config"].pop("requestId")
    assert request_id == answer.headers["x-amz-cf-id"]
    assert cf["config"] == {
        "distributionDomainName": "d1.cloudfront.net",
        "distributionId": "E1",
        "eventType": "viewer-request",
    }
    headers = cf["request"].pop("headers")
    assert cf["request"] == {
        "clientIp": "127.0.0.1",
        "method": "GET",
        "querystring": "size=1&x",
        "uri": "/img/a%20b.jpg",
    }
    assert headers["cookie"] == [{"key": "cookie", "value": "ae_tier=lite"}]
    assert headers["host"] == [{"key": "host", "value": f"127.0.0.1:{port}"}]
    assert "connection" not in headers


def test_the_function_has_no_environment_and_no_site_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    code = """
    print("to the log, not into the answers")
    return {"status": "200", "body": json.dumps([dict(os.environ), sys.path, os.getcwd()])}
    """
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        environment, path, cwd = json.loads(site.get("/img/a.jpg").text)
    # Python itself may set LC_CTYPE (https://peps.python.org/pep-0538/).
    assert set(environment) <= {"LC_CTYPE"}
    assert path[0] == cwd == str(tmp_path)
    assert not any("site-packages" in each for each in path)


def test_a_rewritten_path_is_the_cache_key_and_what_the_origin_is_asked(tmp_path: Path) -> None:
    code = """
    tier = request["headers"].get("cookie", [{"value": "full"}])[0]["value"]
    request["uri"] += "/" + tier
    return request
    """
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        states = [
            site.get("/img/a.jpg", cookie=tier).headers["x-cache"].split()[0]
            for tier in ("lite", "full", "lite", "full")
        ]
        assert states == ["Miss", "Miss", "Hit", "Hit"]
        assert site.cloud.paths == ["/img/a.jpg/lite", "/img/a.jpg/full"]
        assert "GET /img/a.jpg -> /img/a.jpg/lite 200 Miss" in site.log[0]


def test_the_behaviour_goes_by_the_path_asked_for_not_by_the_rewritten_one(tmp_path: Path) -> None:
    distribution = read(
        config(
            behavior_config(PathPattern="/private/*", CachePolicyId="never"),
            behavior_config(PathPattern="/img/*", LambdaFunctionAssociations=edge_function()),
        )
    )
    code = 'request["uri"] = "/private/a"\nreturn request'
    with serving(distribution, edge=handler(tmp_path, code)) as site:
        states = [site.get("/img/a.jpg").headers["x-cache"].split()[0] for _ in range(2)]
        assert states == ["Miss", "Hit"]


def test_other_behaviours_run_no_function(tmp_path: Path) -> None:
    with serving(ADAPTED, edge=handler(tmp_path, "raise ValueError")) as site:
        assert site.get("/index.html").status_code == 200


def test_a_function_may_answer_itself_and_that_is_not_kept(tmp_path: Path) -> None:
    code = """
    return {"status": "302", "headers": {"location": [{"key": "Location", "value": "/new"}]}}
    """
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        for _ in range(2):
            answer = site.get("/img/a.jpg")
            assert (answer.status_code, answer.headers["location"]) == (302, "/new")
            assert answer.headers["x-cache"] == "LambdaGeneratedResponse from cloudfront"


def test_one_process_serves_many_requests(tmp_path: Path) -> None:
    code = 'return {"status": "200", "body": str(os.getpid())}'
    with serving(ADAPTED, edge=handler(tmp_path, code)) as site:
        assert len({site.get("/img/a.jpg").text for _ in range(10)}) == 1
