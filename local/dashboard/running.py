"""The dashboard of a running local cloud."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3

from local.cdn import Cdn, Options
from local.cdn.deployed import access
from local.dashboard.files import publish_dashboard
from local.dashboard.operator import Operator, expect_at, operator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_NAME = "demo"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Served at `url`, with a trailing slash; `api_url` is the API's own address, for machines."""

    url: str
    api_url: str
    operator: Operator
    endpoint: str
    outputs: Mapping[str, str]


@contextmanager
def running_dashboard(  # noqa: PLR0913 - where everything is
    endpoint: str,
    outputs: Mapping[str, str],
    *,
    site: str,
    site_url: str,
    site_domain: str,
    port: int = 0,
    access_log: Callable[[str], None] = lambda _: None,
) -> Iterator[Dashboard]:
    """Publish, admit an operator, and serve at the port, by default any free one; `outputs` are
    those of the dashboard's stack, `site_url` is where the site of `site_domain` is served here.
    """
    cognito: Any = boto3.client("cognito-idp", **access(endpoint))
    s3 = boto3.client("s3", **access(endpoint))
    publish_dashboard(s3, outputs, site=site, sign_in=endpoint, images=site_url)
    places = {f"https://{site_domain}": site_url}
    options = Options(endpoint=endpoint, access_log=access_log, places=places)
    with Cdn(outputs["DistributionId"], options, port=port) as cdn:
        url = f"{cdn.url}/"
        expect_at(cognito, outputs, url)
        operator = operator_of(cognito, outputs["UserPoolId"], name=_NAME)
        # Not every resolver knows names below localhost, where the local cloud has the API.
        api_id = urlsplit(outputs["ApiUrl"]).netloc.partition(".")[0]
        api = f"{endpoint}/_aws/execute-api/{api_id}/$default"
        yield Dashboard(url, api, operator, endpoint, outputs)
