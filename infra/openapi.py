"""The query API's contract, as its routes and models say it."""

from __future__ import annotations

import json
from typing import Any, cast

from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn, HTTPBearer

from adaptive.aws.query_api import FOR_MACHINES, QueryApi, app_of
from adaptive.aws.query_findings import Findings


def generate() -> str:
    """OpenAPI 3.1, as JSON."""
    # Nothing is asked while the routes are described.
    nothing = cast("Any", None)
    findings = Findings(nothing, nothing, nothing, nothing, nothing)
    app = app_of(QueryApi(nothing, nothing, nothing, nothing, nothing, findings, nothing))
    bearer = HTTPBearer(
        bearerFormat="JWT",
        description="an access token of the user pool with the scope `adaptive/read`,"
        " or `adaptive/operate` where something is changed",
    )
    signed = APIKey(
        name="Authorization",
        in_=APIKeyIn.header,
        description=f"AWS Signature Version 4 (execute-api), below `{FOR_MACHINES}`",
    )
    text = app.get_openapi_json_schema(
        title="Adaptive Edge: query API",
        version="1",
        description="How the site feels to its visitors, and what the system did about it.",
        security_schemes={"cognito": bearer, "sigv4": signed},
    )
    return json.dumps(json.loads(text), indent=2) + "\n"
