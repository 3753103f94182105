"""A user of the local cloud's pool, who may look and act."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from adaptive.monitoring.query.rights import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = (
    *("ClientName", "SupportedIdentityProviders", "AllowedOAuthFlows", "AllowedOAuthScopes"),
    *("AllowedOAuthFlowsUserPoolClient", "PreventUserExistenceErrors", "EnableTokenRevocation"),
    *("AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity", "TokenValidityUnits"),
    "ExplicitAuthFlows",
)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who signs in; the password is drawn anew at each start."""

    name: str
    password: str


def expect_at(cognito: Any, outputs: Mapping[str, str], url: str) -> None:  # noqa: ANN401 - no stubs
    """Let the page sign in from this address, which the template cannot know."""
    place = {"UserPoolId": outputs["UserPoolId"], "ClientId": outputs["ClientId"]}
    client = cognito.describe_user_pool_client(**place)["UserPoolClient"]
    kept = {name: client[name] for name in _KEPT if client.get(name)}
    cognito.update_user_pool_client(**place, **kept, CallbackURLs=[url], LogoutURLs=[url])


def operator_of(cognito: Any, pool: str, *, name: str, acting: bool = True) -> Operator:  # noqa: ANN401
    """Make the user, or give it another password; `acting` puts it among the operators."""
    password = f"{secrets.token_urlsafe(12)}-Aa1"
    with contextlib.suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=name, Password=password, Permanent=True
    )
    if acting:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=OPERATORS)
    return Operator(name, password)
