"""Who may see and do what, as the template has it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.conftest import Templates

Resource = Mapping[str, Any]


@pytest.fixture
def dashboard(templates: Templates) -> Templates:
    return templates.of_stack("AdaptiveDashboard")


def the(dashboard: Templates, kind: str) -> Resource:
    (found,) = dashboard.properties(kind)
    return found


def test_every_route_asks_who_is_there(dashboard: Templates) -> None:
    routes = {
        each["RouteKey"]: (each["AuthorizationType"], each.get("AuthorizationScopes"))
        for each in dashboard.properties("AWS::ApiGatewayV2::Route")
    }
    assert routes == {
        "GET /api/{proxy+}": ("JWT", ["adaptive/read"]),
        "POST /api/{proxy+}": ("JWT", ["adaptive/operate"]),
        "GET /machine/api/{proxy+}": ("AWS_IAM", None),
        "POST /machine/api/{proxy+}": ("AWS_IAM", None),
    }


def test_tokens_are_of_our_pool_and_for_our_page(dashboard: Templates) -> None:
    jwt = the(dashboard, "AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]
    (audience,) = jwt["Audience"]
    assert audience["Ref"] in {
        name.partition(".")[2] for name in dashboard.of_type("AWS::Cognito::UserPoolClient")
    }
    assert "OperatorsPool" in json.dumps(jwt["Issuer"])


def test_no_other_site_may_ask(dashboard: Templates) -> None:
    assert "CorsConfiguration" not in the(dashboard, "AWS::ApiGatewayV2::Api")


def test_questions_are_throttled(dashboard: Templates) -> None:
    settings = the(dashboard, "AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert settings["ThrottlingRateLimit"] == 50


def test_nobody_signs_up_and_the_page_signs_in_by_code_alone(dashboard: Templates) -> None:
    pool = the(dashboard, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    client = the(dashboard, "AWS::Cognito::UserPoolClient")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["CallbackURLs"] == client["LogoutURLs"]
    assert not {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"} & set(
        client.get("ExplicitAuthFlows", ())
    )


def test_users_outlive_the_stack(dashboard: Templates) -> None:
    (pool,) = dashboard.of_type("AWS::Cognito::UserPool").values()
    assert pool["DeletionPolicy"] == pool["UpdateReplacePolicy"] == "Retain"


def test_every_answer_says_what_the_page_may_do(dashboard: Templates) -> None:
    ((name, policy),) = dashboard.of_type("AWS::CloudFront::ResponseHeadersPolicy").items()
    config = the(dashboard, "AWS::CloudFront::Distribution")["DistributionConfig"]
    for behavior in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": name.partition(".")[2]}
    headers = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    parts = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Join"][1]
    said = "".join(each if isinstance(each, str) else "THE-SITE" for each in parts)
    assert "Distribution" in json.dumps([each for each in parts if not isinstance(each, str)])
    allowed = dict(each.split(" ", 1) for each in said.split("; "))
    assert allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == "'none'"
    assert allowed["script-src"] == allowed["style-src"] == allowed["connect-src"] == "'self'"
    assert allowed["img-src"] == "'self' data: blob: https://THE-SITE"
    assert "unsafe" not in said
    assert "*" not in said
    assert headers["FrameOptions"] == {"FrameOption": "DENY", "Override": True}
    assert all(each["Override"] for each in headers.values())


def test_only_the_distribution_reads_the_files(dashboard: Templates) -> None:
    statements = the(dashboard, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    (reading,) = allowed
    assert reading["Action"] == "s3:GetObject"
    assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "AWS:SourceArn" in reading["Condition"]["StringEquals"]


def test_answers_are_kept_by_nobody_in_between(dashboard: Templates) -> None:
    config = the(dashboard, "AWS::CloudFront::Distribution")["DistributionConfig"]
    (api,) = (each for each in config["CacheBehaviors"] if each["PathPattern"] == "/api/*")
    policy = dashboard.by_stack["AdaptiveDashboard"]["Resources"][api["CachePolicyId"]["Ref"]]
    assert policy["Properties"]["CachePolicyConfig"]["MaxTTL"] == 0
    assert api["ViewerProtocolPolicy"] == "https-only"


def test_query_reads_no_tally_of_a_session(dashboard: Templates) -> None:
    (policy,) = (
        each
        for each in dashboard.properties("AWS::IAM::Policy")
        if "QueryRole" in json.dumps(each["Roles"])
    )
    on_tallies = [
        each
        for each in policy["PolicyDocument"]["Statement"]
        if "Tallies" in json.dumps(each["Resource"])
    ]
    assert [each["Condition"] for each in on_tallies] == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["merged"]}}
    ]
