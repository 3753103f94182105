"""Signs in as the dashboard's page does: authorisation code and PKCE, by the sign-in form."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx

from adaptive.monitoring.query.rights import OPERATE, READ, scope_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.dashboard.operator import Operator
    from local.dashboard.running import Dashboard

EVERYTHING = ("openid", scope_of(READ), scope_of(OPERATE))


def tokens(
    dashboard: Dashboard,
    *,
    scopes: Sequence[str] = EVERYTHING,
    operator: Operator | None = None,
    client_id: str | None = None,
    verifier: str | None = None,
) -> dict[str, Any]:
    """What the token endpoint answers; `verifier` is another than the one the code is for."""
    own = secrets.token_urlsafe(48)
    digest = hashlib.sha256(own.encode()).digest()
    form = {
        "response_type": "code",
        "client_id": client_id or dashboard.outputs["ClientId"],
        "redirect_uri": dashboard.url,
        "scope": " ".join(scopes),
        "state": "anything",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    who = operator or dashboard.operator
    with httpx.Client(trust_env=False, timeout=30) as http:
        asked = http.get(f"{dashboard.endpoint}/oauth2/authorize", params=form)
        assert asked.status_code == 200, asked.text
        signed_in = http.post(
            f"{dashboard.endpoint}/login",
            data={**form, "username": who.name, "password": who.password},
        )
        assert signed_in.status_code == 302, signed_in.text
        told = parse_qs(urlsplit(signed_in.headers["location"]).query)
        assert told["state"] == ["anything"]
        answer = http.post(
            f"{dashboard.url}oauth2/token",
            data={
                "grant_type": "authorization_code",
                "client_id": form["client_id"],
                "redirect_uri": dashboard.url,
                "code": told["code"][0],
                "code_verifier": verifier or own,
            },
        )
    found: dict[str, Any] = answer.json()
    return found
