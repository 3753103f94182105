"""The agent as it ships: a script for a tag with its hash, a module, types."""

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from local.chromium import browser
from local.recorder import Recorder, recording

PACKAGE = Path(__file__).parents[2] / "browser/rum"
_PAGE = "<!doctype html><html><title>Shop</title>{tag}<h1>Shop</h1>"


@pytest.fixture(scope="module")
def tag() -> str:
    """What the build prints, and dist/ beside it."""
    done = subprocess.run(
        ["node", "browser/build.mjs", "--agent"],  # noqa: S607 - whichever Node the user has
        cwd=PACKAGE.parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture
def site(tag: str) -> Iterator[Recorder]:
    assert tag
    with recording() as recorder:
        recorder.files |= {
            "/js/rum.js": (PACKAGE / "dist/rum.js").read_bytes(),
            "/index.js": (PACKAGE / "dist/index.js").read_bytes(),
        }
        yield recorder


def test_the_printed_hash_is_that_of_the_script(tag: str) -> None:
    found = re.search(r'integrity="sha384-([^"]+)"', tag)
    assert found
    script = (PACKAGE / "dist/rum.js").read_bytes()
    assert base64.b64decode(found[1]) == hashlib.sha384(script).digest()


def test_a_browser_runs_the_printed_tag_and_no_script_that_was_changed(
    site: Recorder, chromium: Browser, tag: str
) -> None:
    site.files["/"] = _PAGE.format(tag=tag).encode()
    page = chromium.new_page()
    page.goto(site.url)
    assert page.evaluate("'AdaptiveEdge' in window")
    site.files["/js/rum.js"] += b";"
    page.goto(f"{site.url}/?again")
    assert not page.evaluate("'AdaptiveEdge' in window")
    page.close()


def test_the_module_starts_with_options_and_reports(site: Recorder, chromium: Browser) -> None:
    script = (
        "import { start } from '/index.js';"
        "const edge = start({ release: 'shop-7', quietMs: 10, dimensions: ['plan'] });"
        "edge.dimension('plan', 'gold'); edge.track('checkout');"
    )
    site.files["/"] = _PAGE.format(tag=f'<script type="module">{script}</script>').encode()
    page = chromium.new_page()
    page.goto(site.url)
    assert site.wait(lambda: bool(site.beacons))
    [beacon] = site.beacons
    assert (beacon["release"], beacon["dimensions"]) == ("shop-7", {"plan": "gold"})
    assert beacon["events"][0]["name"] == "checkout"
    page.close()


@pytest.mark.usefixtures("tag")
def test_everything_that_the_package_offers_is_in_it() -> None:
    package = json.loads((PACKAGE / "package.json").read_text())
    offered = [package["types"], *package["sideEffects"], package["exports"]["./script"]]
    offered += package["exports"]["."].values()
    missing = [path for path in offered if not (PACKAGE / path).is_file()]
    assert missing == []
