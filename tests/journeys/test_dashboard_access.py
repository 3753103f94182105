"""Who gets in: through the real authorizer, by way of the dashboard's own distribution."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from adaptive.monitoring.query.rights import READ, scope_of
from local.cdn.deployed import access
from local.dashboard.operator import expect_at, operator_of
from local.dashboard.running import Dashboard
from local.loop import Loop
from tests.sign_in import EVERYTHING, tokens

pytestmark = pytest.mark.journey
UNAUTHORIZED, FORBIDDEN = 401, 403
CONTRACT = Path(__file__).parents[2] / "contracts/query.openapi.json"


@pytest.fixture(scope="module")
def dashboard(loop: Loop) -> Dashboard:
    return loop.dashboard


@pytest.fixture(scope="module")
def signed_in(dashboard: Dashboard) -> dict[str, Any]:
    return tokens(dashboard)


@pytest.fixture(scope="module")
def cognito(dashboard: Dashboard) -> Any:
    # Boto3 itself refuses what an expired token takes.
    how = access(dashboard.endpoint)
    how["config"] = how["config"].merge(Config(parameter_validation=False))
    client: Any = boto3.client("cognito-idp", **how)
    return client


def ask(
    dashboard: Dashboard, token: str | None, *, method: str = "GET", path: str = "api/series"
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    with httpx.Client(trust_env=False, timeout=30) as http:
        return http.request(method, f"{dashboard.url}{path}", headers=headers)


def changed(token: str, **claims: object) -> str:
    """With other claims under the same signature."""
    head, payload, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=="))
    body = base64.urlsafe_b64encode(json.dumps({**told, **claims}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def test_whoever_signs_in_sees_figures(dashboard: Dashboard, signed_in: dict[str, Any]) -> None:
    answer = ask(dashboard, signed_in["access_token"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["metric"] == "lcp_ms"
    again = httpx.get(
        f"{dashboard.url}api/distribution?range=7d",
        headers={"authorization": f"Bearer {signed_in['access_token']}"},
        trust_env=False,
        timeout=30,
    )
    assert again.status_code == 200, again.text


@pytest.mark.parametrize("token", [None, "garbage", "a.b.c"])
def test_without_a_token_nobody_sees_any(dashboard: Dashboard, token: str | None) -> None:
    assert ask(dashboard, token).status_code == UNAUTHORIZED


def test_a_token_that_was_tampered_with_is_refused(
    dashboard: Dashboard, signed_in: dict[str, Any]
) -> None:
    token = signed_in["access_token"]
    for forged in (
        changed(token, scope=" ".join(EVERYTHING), username="root"),
        changed(token, exp=4_000_000_000),
        unsigned(token),
        f"{token[:-8]}AAAAAAAA",
    ):
        assert ask(dashboard, forged).status_code == UNAUTHORIZED


def test_who_is_known_is_not_yet_who_may(dashboard: Dashboard, signed_in: dict[str, Any]) -> None:
    assert ask(dashboard, signed_in["id_token"]).status_code in {UNAUTHORIZED, FORBIDDEN}


def test_each_scope_opens_its_own_doors_only(dashboard: Dashboard) -> None:
    nothing = tokens(dashboard, scopes=["openid"])["access_token"]
    assert ask(dashboard, nothing).status_code == FORBIDDEN
    reading = tokens(dashboard, scopes=["openid", scope_of(READ)])["access_token"]
    assert ask(dashboard, reading).status_code == 200
    contract = json.loads(CONTRACT.read_text())["paths"]
    acting = [path for path, methods in contract.items() if "post" in methods]
    assert len(acting) >= 12
    for path in acting:
        asked = path.strip("/").replace("{", "").replace("}", "")
        answer = ask(dashboard, reading, method="POST", path=asked)
        assert answer.status_code == FORBIDDEN, path


def test_a_token_for_another_page_is_refused(dashboard: Dashboard, cognito: Any) -> None:
    other = cognito.create_user_pool_client(
        UserPoolId=dashboard.outputs["UserPoolId"],
        ClientName="other",
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=[*EVERYTHING],
        AllowedOAuthFlowsUserPoolClient=True,
        SupportedIdentityProviders=["COGNITO"],
        CallbackURLs=[dashboard.url],
    )["UserPoolClient"]["ClientId"]
    token = tokens(dashboard, client_id=other)["access_token"]
    assert ask(dashboard, token).status_code == UNAUTHORIZED


@pytest.fixture
def short_lived(dashboard: Dashboard, cognito: Any) -> Iterator[None]:
    """Tokens are over when they are made, as long as this lasts."""
    place = {name: dashboard.outputs[name] for name in ("UserPoolId", "ClientId")}
    before = cognito.describe_user_pool_client(**place)["UserPoolClient"]
    kept = {name: value for name, value in before.items() if value and name not in _NOT_SET}
    cognito.update_user_pool_client(**place, **{**kept, "AccessTokenValidity": -5})
    yield
    cognito.update_user_pool_client(**place, **kept)


_NOT_SET = {"UserPoolId", "ClientId", "CreationDate", "LastModifiedDate", "ClientSecret"}


@pytest.mark.usefixtures("short_lived")
def test_a_token_that_is_over_is_refused(dashboard: Dashboard) -> None:
    assert ask(dashboard, tokens(dashboard)["access_token"]).status_code == UNAUTHORIZED


def test_a_code_is_of_no_use_without_its_verifier(dashboard: Dashboard) -> None:
    assert tokens(dashboard, verifier="x" * 64)["error"] == "invalid_grant"


def test_a_sign_in_goes_back_to_our_page_only(dashboard: Dashboard) -> None:
    asked = {
        "response_type": "code",
        "client_id": dashboard.outputs["ClientId"],
        "redirect_uri": "https://evil.example/",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    url = f"{dashboard.endpoint}/oauth2/authorize"
    answer = httpx.get(url, params=asked, trust_env=False)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_no_other_site_may_ask(dashboard: Dashboard, signed_in: dict[str, Any]) -> None:
    headers = {
        "origin": "https://evil.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    token = {"authorization": f"Bearer {signed_in['access_token']}"}
    for base in (dashboard.url, f"{dashboard.api_url}/"):
        with httpx.Client(trust_env=False, timeout=30) as http:
            preflight = http.options(f"{base}api/series", headers=headers)
            asked = http.get(f"{base}api/series", headers={**headers, **token})
        for answer in (preflight, asked):
            told = [name for name in answer.headers if name.startswith("access-control-")]
            assert told == []


@pytest.mark.parametrize("path", ["", "config.json", "api/series", "oauth2/token", "nothing"])
def test_every_answer_tells_the_browser_to_trust_nobody_else(
    dashboard: Dashboard, path: str
) -> None:
    headers = ask(dashboard, None, path=path).headers
    policy = dict(each.split(" ", 1) for each in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"]


def test_the_page_learns_how_to_sign_in_and_no_secret(dashboard: Dashboard, loop: Loop) -> None:
    told = ask(dashboard, None, path="config.json").json()
    assert told == {
        "site": "demo-shop",
        "images": loop.base_url,
        "sign_in": {
            "domain": dashboard.endpoint,
            "client_id": dashboard.outputs["ClientId"],
            "scopes": [*EVERYTHING],
        },
    }


def test_machines_come_by_a_signature(dashboard: Dashboard) -> None:
    url = f"{dashboard.api_url}/machine/api/series"
    assert httpx.get(url, trust_env=False, timeout=30).status_code == FORBIDDEN
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(request)
    answer = httpx.get(url, headers=dict(request.headers.items()), trust_env=False, timeout=30)
    assert answer.status_code == 200, answer.text


def test_a_token_opens_no_door_for_machines(
    dashboard: Dashboard, signed_in: dict[str, Any]
) -> None:
    """Nor is there a way to them under the dashboard's address."""
    answer = ask(dashboard, signed_in["access_token"], path="machine/api/series")
    assert answer.status_code in {FORBIDDEN, 404}


def test_starting_again_keeps_the_page_and_the_user(dashboard: Dashboard, cognito: Any) -> None:
    expect_at(cognito, dashboard.outputs, dashboard.url)
    pool = dashboard.outputs["UserPoolId"]
    again = operator_of(cognito, pool, name="again")
    anew = operator_of(cognito, pool, name="again")
    assert anew.password != again.password
    assert "access_token" in tokens(dashboard, operator=anew)
