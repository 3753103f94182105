"""A twin stands on its own, or the site is not published."""

from pathlib import Path

import pytest

from adaptive.edge.policy import Tier
from infra import bundles, config
from infra.bundles import Manifest, Provenance
from infra.site import Site
from local.adaptive_site import twins
from local.adaptive_site.imports import Import
from local.adaptive_site.twins import BuiltSite, Problem

ENTRY, TWIN = "/js/shop.js", "/js/shop.lite.js"
SITE_FILE = Path(__file__).parents[1] / "infra/site.toml"


@pytest.fixture
def site() -> Site:
    return config.load(SITE_FILE)


def built(
    folder: Path, imports: dict[str, list[Import]], *, also: tuple[str, ...] = ()
) -> BuiltSite:
    """Files that import each other; `also` are there and import nothing."""
    for path in (*imports, *also):
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    return BuiltSite(folder, imports)


def code(*specifiers: str, kind: str = "import-statement") -> list[Import]:
    return [Import(specifier, kind) for specifier in specifiers]


def found(site: Site, folder: BuiltSite) -> dict[str, str]:
    return {problem.path: problem.detail for problem in twins.problems(site, folder)}


def test_what_bundles_name_must_be_there(site: Site, tmp_path: Path) -> None:
    assert found(site, built(tmp_path, {ENTRY: []})) == {
        TWIN: f"is not in {tmp_path}: build it, or take it out of [bundles]"
    }


@pytest.mark.parametrize(
    "specifier",
    ["./chunk.js", "/js/chunk.js", "../js/./chunk.js", "./chunk.js?v=1#x", "./ch%75nk.js"],
)
@pytest.mark.parametrize("kind", ["import-statement", "dynamic-import"])
def test_a_twin_that_imports_a_full_chunk_is_told_whoever_imports_it(
    specifier: str, kind: str, site: Site, tmp_path: Path
) -> None:
    imports = {
        ENTRY: code("./chunk.js"),
        "/js/chunk.js": [],
        TWIN: code("./part.lite.js"),
        "/js/part.lite.js": code(specifier, kind=kind),
    }
    assert found(site, built(tmp_path, imports)) == {
        TWIN: "/js/part.lite.js imports /js/chunk.js, which is loaded by /js/shop.js, too: "
        "build the twin apart, with chunks of its own"
    }


def test_a_twin_that_imports_the_entry_itself_is_told(site: Site, tmp_path: Path) -> None:
    assert TWIN in found(site, built(tmp_path, {ENTRY: [], TWIN: code("./shop.js")}))


def test_code_that_imports_itself_in_a_ring_is_read_once(site: Site, tmp_path: Path) -> None:
    imports = {ENTRY: [], TWIN: code("./ring.js"), "/js/ring.js": code("./shop.lite.js")}
    assert found(site, built(tmp_path, imports)) == {}


def test_a_style_sheet_that_imports_the_full_one_is_told(site: Site, tmp_path: Path) -> None:
    styled = site.model_copy(update={"bundles": {"/css/a.css": {Tier.LITE: "/css/b.css"}}})
    imports = {"/css/a.css": [], "/css/b.css": code("a.css", kind="import-rule")}
    assert "imports /css/a.css" in found(styled, built(tmp_path, imports))["/css/b.css"]


def test_pictures_and_fonts_may_be_shared_but_must_be_there(site: Site, tmp_path: Path) -> None:
    styled = site.model_copy(update={"bundles": {"/css/a.css": {Tier.LITE: "/css/b.css"}}})
    shared = code("../fonts/a.woff2", "data:image/png;base64,AA", "#clip", kind="url-token")
    imports = {"/css/a.css": shared, "/css/b.css": [*shared, *code("i.png", kind="url-token")]}
    assert found(styled, built(tmp_path, imports, also=("/fonts/a.woff2",))) == {
        "/css/b.css": 'imports "i.png", but /css/i.png is not there'
    }


def test_an_import_that_leads_nowhere_is_told(site: Site, tmp_path: Path) -> None:
    problems = found(site, built(tmp_path, {ENTRY: code("./gone.js"), TWIN: []}))
    assert problems == {ENTRY: 'imports "./gone.js", but /js/gone.js is not there'}


def test_an_import_cannot_leave_the_site(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.js").write_text("")
    folder = built(tmp_path / "site", {ENTRY: [], TWIN: code("../../../secret.js")})
    assert "/secret.js is not there" in found(site, folder)[TWIN]


def test_a_bare_name_is_told_and_another_sites_script_is_its_own(
    site: Site, tmp_path: Path
) -> None:
    imports = {ENTRY: code("https://cdn.example/x.js", "//cdn.example/y.js"), TWIN: code("react")}
    assert found(site, built(tmp_path, imports)) == {
        TWIN: 'imports "react" by a bare name: bundle it in'
    }


def test_the_digest_changes_with_any_code_that_is_loaded(tmp_path: Path) -> None:
    folder = built(tmp_path, {ENTRY: code("./chunk.js"), "/js/chunk.js": [], TWIN: []})
    before = folder.digest(ENTRY), folder.digest(TWIN)
    (tmp_path / "js/chunk.js").write_text("changed")
    assert folder.digest(ENTRY) != before[0]
    assert folder.digest(TWIN) == before[1]


def test_what_is_older_than_its_sources_is_told(tmp_path: Path) -> None:
    source = tmp_path / "main.ts"
    source.write_text("1")
    provenance = Provenance(files=("main.ts",), sha256=bundles.digest_of([source]))
    manifest = Manifest(bundles={}, built_from={TWIN: provenance})
    folder = built(tmp_path / "site", {TWIN: []})
    assert list(twins.stale(folder, manifest, tmp_path)) == []
    source.write_text("2")
    assert list(twins.stale(folder, manifest, tmp_path)) == [
        Problem(TWIN, "is older than what it was built from: build it again")
    ]
    source.unlink()
    (gone,) = twins.stale(folder, manifest, tmp_path)
    assert gone.detail == f"was built from {source}, which is gone: build it again"
