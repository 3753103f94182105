"""The package of `edge_request`: small, self-sufficient, the same bytes every time."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import config, edge_asset
from infra.site import Site
from tests.infra.conftest import SITE_FILE

_LAMBDA_AT_EDGE_ZIP_LIMIT_BYTES = 1_000_000
_TRY = """
import sys
sys.path.insert(0, sys.argv[1])
import handler
request = {"method": "GET", "uri": "/img/a.jpg", "querystring": "", "headers": {
    "accept": [{"key": "Accept", "value": "image/avif"}],
    "cookie": [{"key": "Cookie", "value": "ae_tier=lite"}]}}
print(handler.lambda_handler({"Records": [{"cf": {"request": request}}]}, None)["uri"])
"""


@pytest.fixture
def site() -> Site:
    return config.load(SITE_FILE)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_runs_on_the_standard_library_and_itself_alone(tmp_path: Path, site: Site) -> None:
    folder = edge_asset.stage(site, tmp_path)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", "-B", "-c", _TRY, str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert done.stdout.strip() == "/img/a.jpg/960w.lite.avif"


def test_it_holds_the_handler_the_edge_rules_and_the_policy(tmp_path: Path, site: Site) -> None:
    staged = files(edge_asset.stage(site, tmp_path))
    assert {"handler.py", "site_policy.py", "adaptive/__init__.py"} < set(staged)
    assert all(
        name.startswith("adaptive/edge/") and name.endswith(".py")
        for name in set(staged) - {"handler.py", "site_policy.py", "adaptive/__init__.py"}
    )


def test_it_fits_lambda_at_edge(tmp_path: Path, site: Site) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files(edge_asset.stage(site, tmp_path)).items():
            archive.writestr(name, content)
    assert len(packed.getvalue()) < _LAMBDA_AT_EDGE_ZIP_LIMIT_BYTES / 10


def test_staging_twice_gives_the_same_bytes(tmp_path: Path, site: Site) -> None:
    first = files(edge_asset.stage(site, tmp_path / "a"))
    assert files(edge_asset.stage(site, tmp_path / "b")) == first


def test_what_has_no_place_in_it_is_removed(tmp_path: Path, site: Site) -> None:
    expected = files(edge_asset.stage(site, tmp_path))
    (tmp_path / "adaptive" / "__pycache__").mkdir()
    (tmp_path / "adaptive" / "__pycache__" / "old.pyc").write_bytes(b"old")
    (tmp_path / "handler.py").write_text("raise SystemExit")
    assert files(edge_asset.stage(site, tmp_path)) == expected
    assert not (tmp_path / "adaptive" / "__pycache__").exists()


def test_files_that_are_right_are_not_touched(tmp_path: Path, site: Site) -> None:
    handler = edge_asset.stage(site, tmp_path) / "handler.py"
    before = handler.stat()
    edge_asset.stage(site, tmp_path)
    assert handler.stat().st_mtime_ns == before.st_mtime_ns
    assert handler.stat().st_ino == before.st_ino
