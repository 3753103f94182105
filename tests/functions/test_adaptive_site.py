"""The command line: sentences, exit codes, JSON."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from local.adaptive_site.__main__ import app
from tests import pictures
from tests.functions.conftest import SITE

SITE_FILE = Path(__file__).parents[1] / "infra/site.toml"
OUTPUTS = {"SiteBucketName": SITE, "DistributionId": "E1", "RenderFunctionName": "render"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "js").mkdir()
    (tmp_path / "js/shop.js").write_text("import './chunk.js'")
    (tmp_path / "js/chunk.js").write_text("export default 1")
    (tmp_path / "js/shop.lite.js").write_text("lite()")
    return tmp_path


_FOUND = "".join(
    f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
    for name, value in OUTPUTS.items()
)
_STACK = (
    "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>AdaptiveEdge"
    f"</StackName><Outputs>{_FOUND}</Outputs></member></Stacks></DescribeStacksResult>"
    "</DescribeStacksResponse>"
)
_NO_STACK = (
    "<ErrorResponse><Error><Code>ValidationError</Code><Message>no such stack</Message></Error>"
    "</ErrorResponse>"
)


@contextmanager
def cloudformation(monkeypatch: pytest.MonkeyPatch, status: int, body: str) -> Iterator[None]:
    """A server that always says this (moto's own needs packages that nothing else here does)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def stack(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    with cloudformation(monkeypatch, 200, _STACK):
        yield aws


def run(*arguments: str | Path, code: int = 0, site: Path = SITE_FILE) -> Any:
    result = CliRunner().invoke(app, [*map(str, arguments), "--site", str(site)])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["check", "nowhere"], 1, "nowhere is no folder: build the site first"),
        (["explain", "hero.jpg"], 1, '"hero.jpg" has no path'),
        (["explain", "/img/a.jpg", "--tier", "gold"], 2, "gold is none of full, standard, lite"),
        (["explain", "/img/a.jpg", "--header", "x"], 1, '"x" is no header'),
        (["invalidate", "img/a.jpg"], 1, 'it must start with "/"'),
        (["invalidate"], 2, "Missing argument"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(arguments: list[str], code: int, sentence: str) -> None:
    result = run(*arguments, code=code)
    assert sentence in " ".join(result.stderr.split())
    assert result.stdout == ""


def test_a_site_file_that_is_wrong_is_named() -> None:
    result = CliRunner().invoke(app, ["explain", "/", "--site", "/nowhere/site.toml"])
    assert result.exit_code == 1
    assert result.stderr == "/nowhere/site.toml: No such file or directory\n"


def test_without_the_stack_it_says_to_deploy(
    aws: SimpleNamespace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws
    with cloudformation(monkeypatch, 400, _NO_STACK):
        stderr = run("publish", folder, code=1).stderr
    assert "there is no stack AdaptiveEdge in us-east-1: deploy it first" in stderr


def test_a_cloud_that_is_not_there_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert "is AWS_ENDPOINT_URL right?" in run("publish", folder, code=1).stderr


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whoever runs the tests in the background has had Ctrl-C ignored, for our children, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_it_with_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "local.adaptive_site", "publish", folder, "--site", SITE_FILE],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()  # it has asked, and will wait for an answer
        with connection:
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, "")
    assert stderr == "stopped; run it again to finish\n"


def test_a_script_that_is_none_is_named(folder: Path) -> None:
    (folder / "js/shop.lite.js").write_text("import {")
    stderr = run("check", folder, code=1).stderr
    assert "a script cannot be read" in stderr
    assert "shop.lite.js:1: " in stderr


def test_a_twin_with_a_full_chunk_is_not_published(stack: SimpleNamespace, folder: Path) -> None:
    (folder / "js/shop.lite.js").write_text("export { default } from './chunk.js'")
    stderr = run("publish", folder, code=1).stderr
    assert "/js/shop.lite.js /js/shop.lite.js imports /js/chunk.js" in stderr
    assert "nothing was published: mend this first" in stderr
    assert stack.s3.list_objects_v2(Bucket=SITE)["KeyCount"] == 0


def test_checking_tells_problems_and_digests_as_json(folder: Path) -> None:
    told = json.loads(run("check", folder, "--json").stdout)
    assert told["problems"] == []
    assert set(told["digests"]) == {"/js/shop.js", "/js/shop.lite.js"}
    (folder / "js/shop.lite.js").unlink()
    told = json.loads(run("check", folder, "--json", code=1).stdout)
    assert [problem["path"] for problem in told["problems"]] == ["/js/shop.lite.js"]


def test_a_manifest_whose_sources_moved_on_is_told(folder: Path, tmp_path: Path) -> None:
    built_from = {"/js/shop.lite.js": {"files": ["site.toml"], "sha256": "0" * 64}}
    manifest = tmp_path / "bundles.json"
    manifest.write_text(json.dumps({"bundles": {}, "built_from": built_from}))
    result = run("check", folder, "--manifest", manifest, code=1)
    assert "/js/shop.lite.js is older than what it was built from" in result.stderr


def test_publishing_tells_what_was_done(
    stack: SimpleNamespace, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = tmp_path_factory.mktemp("site") / "site.toml"
    without = SITE_FILE.read_text().replace('heroes = ["/img/hero.jpg"]', "")
    site.write_text(without.replace("[probes]", "[probes]\nrenditions = false"))
    assert "3 files uploaded" in run("publish", folder, site=site).stdout
    assert json.loads(run("publish", folder, "--json", site=site).stdout) == {
        "uploaded": [],
        "dropped": [],
        "rendered": [],
        "failed": [],
        "invalidated": [],
    }
    assert stack.s3.list_objects_v2(Bucket=SITE)["KeyCount"] == 3


def test_a_distribution_that_is_not_there_is_told_in_a_sentence(stack: SimpleNamespace) -> None:
    assert stack
    assert "AWS refused: " in run("invalidate", "/js/shop.js", code=1).stderr


@pytest.fixture
def own_origin(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(SITE_FILE.read_text() + '\n[origin]\nurl = "https://www.example.com"\n')
    return path


def test_a_site_with_an_origin_of_its_own_is_not_published_here(
    folder: Path, own_origin: Path
) -> None:
    result = CliRunner().invoke(app, ["publish", str(folder), "--site", str(own_origin)])
    assert result.exit_code == 1
    assert "is served by https://www.example.com: publish there" in result.stderr


def test_with_an_origin_of_its_own_forgetting_an_image_drops_its_renditions(
    stack: SimpleNamespace, own_origin: Path
) -> None:
    mine, others = "img/a.jpg/320w.lite.avif", ["img/a.jpg/notes", "img/b.jpg/320w.lite.avif"]
    for key in (mine, *others):
        stack.s3.put_object(Bucket=SITE, Key=key, Body=b"")
    CliRunner().invoke(app, ["invalidate", "/img/a.jpg", "--site", str(own_origin)])
    left = stack.s3.list_objects_v2(Bucket=SITE)["Contents"]
    assert [each["Key"] for each in left] == others
    CliRunner().invoke(app, ["invalidate", "/img/*", "--site", str(own_origin)])
    left = stack.s3.list_objects_v2(Bucket=SITE)["Contents"]
    assert [each["Key"] for each in left] == ["img/a.jpg/notes"]


def test_polishing_tells_what_was_done(stack: SimpleNamespace) -> None:
    stack.s3.put_object(Bucket=SITE, Key="img/a.jpg", Body=pictures.photo())
    stack.s3.put_object(Bucket=SITE, Key="img/a.jpg/320w.lite.avif", Body=b"tiny")
    told = json.loads(run("polish", "--json").stdout)
    assert (told["kept"], told["failed"]) == (1, [])
    assert "0 were as small, 1 polished before" in run("polish", "/img/a.jpg").stdout
    stack.s3.delete_object(Bucket=SITE, Key="img/a.jpg")
    stack.s3.put_object(Bucket=SITE, Key="img/a.jpg/320w.lite.avif", Body=b"tiny")
    stderr = run("polish", code=1).stderr
    assert "/img/a.jpg/320w.lite.avif: there is no /img/a.jpg" in stderr


def test_explaining_says_the_variant_and_why_for_people_and_for_scripts() -> None:
    asked = ("explain", "https://shop.example/js/shop.js", "--tier", "lite")
    said = run(*asked).stdout
    assert said.startswith("/js/shop.lite.js\n")
    assert "tier-cookie: cookie `ae_tier` names a tier" in said
    found = json.loads(run(*asked, "--json").stdout)
    assert (found["uri"], found["tier"]) == ("/js/shop.lite.js", "lite")
    assert [reason["row"] for reason in found["because"]] == ["tier-cookie", "twin"]


@pytest.mark.parametrize("command", ["check", "publish", "warm", "polish", "invalidate", "explain"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.output
