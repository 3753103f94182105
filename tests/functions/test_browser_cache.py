"""What a browser may keep of a URL whose file changes with the tier, and how it finds out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.responses import Response

from infra import config, edge_asset
from local.cdn.edge_asset import EdgeAsset
from local.cdn.policies import PolicyHeader, ResponseHeadersPolicy
from tests.cdn_samples import (
    FUNCTION,
    Policies,
    behavior_config,
    edge_function,
    read,
)
from tests.cdn_samples import config as distribution_config
from tests.cdn_world import Site, serving
from tests.infra.conftest import SITE_FILE

SCRIPT, NEWER, OLDER = (
    "/js/shop.js",
    "Fri, 20 Nov 2026 10:00:00 GMT",
    "Thu, 19 Nov 2026 10:00:00 GMT",
)
# As infra.constructs.http_policies says it; tests/infra holds the template to the same.
FOR_BROWSERS = ResponseHeadersPolicy(
    added=(PolicyHeader("cache-control", "private, no-cache", override=True),),
    removed=frozenset({"last-modified"}),
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    behavior = behavior_config(
        PathPattern="/js/*",
        ResponseHeadersPolicyId="for-browsers",
        LambdaFunctionAssociations=edge_function(),
    )
    policies = Policies(response_headers={"for-browsers": FOR_BROWSERS})
    staged = edge_asset.stage(config.load(SITE_FILE), tmp_path)
    edge = EdgeAsset(FUNCTION, staged, "handler.lambda_handler", 5)
    with serving(read(distribution_config(behavior), policies), edge=edge) as running:
        running.cloud.answer = lambda request, _: Response(
            request.url.path,
            headers={
                "etag": f'"{request.url.path}"',
                "last-modified": NEWER if request.url.path == SCRIPT else OLDER,
                "cache-control": "public, max-age=31536000, immutable",
            },
        )
        yield running


def test_an_unchanged_file_costs_no_bytes_and_a_moved_tier_is_no_false_304(site: Site) -> None:
    full = site.get(SCRIPT, cookie="ae_page=full")
    known = {"if_none_match": full.headers["etag"]}
    same = site.get(SCRIPT, cookie="ae_page=full", **known)
    assert (full.text, same.status_code, same.content) == (SCRIPT, 304, b"")
    moved = site.get(SCRIPT, cookie="ae_page=lite", **known)
    assert (moved.status_code, moved.text) == (200, "/js/shop.lite.js")
    back = site.get(SCRIPT, cookie="ae_page=control", if_none_match=moved.headers["etag"])
    assert (back.status_code, back.text) == (200, SCRIPT)


def test_a_browser_has_no_date_by_which_an_older_twin_would_be_unchanged(site: Site) -> None:
    for tier in ("full", "lite"):
        answer = site.get(SCRIPT, cookie=f"ae_page={tier}")
        assert "last-modified" not in answer.headers


def test_the_origins_year_is_for_cloudfront_and_for_nobody_behind_it(site: Site) -> None:
    answers = [site.get(SCRIPT, cookie=f"ae_page=lite; a={each}") for each in range(2)]
    assert [each.headers["x-cache"][:4] for each in answers] == ["Miss", "Hit "]
    assert {each.headers["cache-control"] for each in answers} == {"private, no-cache"}
