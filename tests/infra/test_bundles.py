"""What may have twins, and the manifest a build writes of them."""

import json
from pathlib import Path

import pytest

from adaptive.edge.policy import Tier
from adaptive.edge.variant import adapt
from adaptive.errors import ConfigError
from infra import bundles, config
from tests.infra.conftest import SITE_FILE
from tests.samples import edge_event

TWINS = {
    "/js/app.mjs": "/js/app.lite.js",
    "/css/shop.css": "/css/shop.lite.css",
    "/fonts/text.woff2": "/fonts/text.subset.woff2",
    "/media/film.jpg": "/media/film.small.png",
}
PREFIXES = '["/js/", "/css/", "/fonts/", "/media/"]'


def site_file(tmp_path: Path, manifest: object) -> Path:
    """The sample site, with a manifest and prefixes for all kinds."""
    text = SITE_FILE.read_text().replace(
        'bundle_prefixes = ["/js/"]',
        f'bundle_prefixes = {PREFIXES}\nbundle_manifest = "build/bundles.json"',
    )
    (tmp_path / "build").mkdir()
    if manifest is not None:
        written = manifest if isinstance(manifest, str) else json.dumps(manifest)
        (tmp_path / "build/bundles.json").write_text(written)
    path = tmp_path / "site.toml"
    path.write_text(text)
    return path


def of(twins: dict[str, str]) -> dict[str, object]:
    return {"bundles": {entry: {"lite": twin} for entry, twin in twins.items()}}


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        (None, "bundles.json: No such file or directory: build the site first"),
        ("{", "bundles.json: JSON: "),
        ([], "bundles.json: JSON: []: Input should be an object"),
        ({"bundels": {}}, 'bundles.json: bundles: {"bundels": {}}: Field required'),
        (of({"/js/a.exe": "/js/b.exe"}), "bundles.json: bundles./js/a.exe: "),
        (
            {"bundles": {"/js/a.js": {"poor": "/js/b.js"}}},
            "bundles./js/a.js.poor: is none of full, standard, lite, minimal",
        ),
        (
            of({"/js/a.js": "/img/b.js"}),
            (
                'bundles.json: bundles./js/a.js.lite: "/img/b.js" is not below '
                "delivery.bundle_prefixes (/js/, /css/, /fonts/, /media/)"
            ),
        ),
        (
            of({"/fonts/a.woff2": "/fonts/a.ttf"}),
            "a browser that asked for woff2 cannot be given ttf",
        ),
        (of({"/media/a.jpg": "/media/a.avif"}), "that asked for jpg cannot be given avif"),
        (
            of({"/js/a.js": "/js/shop.js"}),
            '"/js/shop.js" has twins itself: a rewritten path stays put',
        ),
        (of({"/js/shop.js": "/js/b.js"}), "bundles./js/shop.js: is in site.toml too"),
    ],
)
def test_a_fault_of_the_manifest_is_named_by_file_and_key(
    manifest: object, fault: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as raised:
        config.load(site_file(tmp_path, manifest))
    assert fault in str(raised.value)
    assert "bundles.json: " in str(raised.value)


@pytest.mark.parametrize(("entry", "twin"), TWINS.items())
def test_scripts_styles_fonts_and_posters_get_the_twin_of_their_tier(
    entry: str, twin: str, tmp_path: Path
) -> None:
    policy = config.load(site_file(tmp_path, of(TWINS))).policy
    for word, expected in {"lite": twin, "full": entry, "control": entry}.items():
        event = edge_event(entry, accept="image/avif", cookie=f"ae_tier={word}")
        once = adapt(event["Records"][0]["cf"]["request"], policy)
        assert once["uri"] == expected
        assert adapt(once, policy)["uri"] == expected


def test_the_manifest_adds_to_what_is_kept_by_hand(tmp_path: Path) -> None:
    path = site_file(tmp_path, of(TWINS))
    assert set(config.load(path).bundles) == {"/js/shop.js", *TWINS}
    assert config.load(path).bundles["/css/shop.css"] == {Tier.LITE: "/css/shop.lite.css"}
    assert config.sources(path) == (path, tmp_path / "build/bundles.json")


def test_the_digest_of_sources_changes_with_each_of_them(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("ab")
    other.write_text("c")
    before = bundles.digest_of([one, other])
    one.write_text("a")
    other.write_text("bc")
    assert bundles.digest_of([one, other]) != before
