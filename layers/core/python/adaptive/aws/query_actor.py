"""Who asks, as API Gateway's authorizers tell, and whether they may act.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from adaptive.errors import QueryError
from adaptive.monitoring.query.rights import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 64
_NO_GROUP = re.compile(r"[\[\]\s,]+")


def actor_of(event: Mapping[str, Any]) -> str:
    """The user's name, or the machine's role; raises QueryError (403) for whoever may not act."""
    match event.get("requestContext", {}).get("authorizer"):
        case {"jwt": {"claims": claims}}:
            if OPERATORS not in _groups(claims.get("cognito:groups", "")):
                raise _forbidden(f"only members of the group {OPERATORS} may act")
            return str(claims.get("username") or claims["sub"])[:_LONGEST]
        case {"iam": {"userArn": str(arn)}} if arn:
            return arn[-_LONGEST:]
        case _:
            raise _forbidden("nobody known asks")


def _groups(claim: object) -> set[str]:
    """API Gateway makes a text of a claim that is a list: `[one two]`."""
    if isinstance(claim, list):
        return set(map(str, claim))
    return set(_NO_GROUP.split(str(claim)))


def _forbidden(reason: str) -> QueryError:
    return QueryError(reason, status=HTTPStatus.FORBIDDEN)
