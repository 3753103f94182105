"""Our fake and S3 keep the same promises."""

from dataclasses import replace
from types import SimpleNamespace

import boto3
import pytest

from adaptive.aws.clients import IMPATIENT
from adaptive.aws.files import S3FileStore
from adaptive.errors import ImageError, UnavailableError
from adaptive.ports import FileTree, StoredFile
from tests.fakes import InMemoryFileStore
from tests.functions.conftest import SITE
from tests.functions.s3_faults import a_terabyte, access_denied, s3_answers

PATH = "/img/hero.jpg/960w.lite.avif"
FILE = StoredFile(b"\0pixels", "image/avif", "public, max-age=300")


@pytest.fixture(params=["fake", "s3"])
def files(request: pytest.FixtureRequest, aws: SimpleNamespace) -> FileTree:
    return InMemoryFileStore() if request.param == "fake" else S3FileStore(aws.s3, bucket=SITE)


class TestFileStore:
    def test_what_was_never_written_is_none(self, files: FileTree) -> None:
        assert files.read(PATH) is None

    def test_a_folder_is_no_file(self, files: FileTree) -> None:
        files.write(PATH, FILE)
        assert files.read("/img/hero.jpg") is None

    def test_what_is_written_is_read(self, files: FileTree) -> None:
        files.write(PATH, FILE)
        assert files.read(PATH) == FILE

    @pytest.mark.parametrize("original_bytes", [0, 12_345_678])
    def test_how_large_the_original_was_is_kept(self, files: FileTree, original_bytes: int) -> None:
        file = replace(FILE, original_bytes=original_bytes)
        files.write(PATH, file)
        assert files.read(PATH) == file

    @pytest.mark.parametrize("score", [100, 57.3, 0.0, -12.5])
    def test_how_good_it_looks_is_kept(self, files: FileTree, score: float) -> None:
        file = replace(FILE, score=score)
        files.write(PATH, file)
        assert files.read(PATH) == file

    def test_that_it_was_polished_is_kept(self, files: FileTree) -> None:
        files.write(PATH, replace(FILE, polished=True))
        assert files.read(PATH) == replace(FILE, polished=True)

    def test_writing_again_replaces(self, files: FileTree) -> None:
        files.write(PATH, StoredFile(b"", "text/plain"))
        files.write(PATH, FILE)
        assert files.read(PATH) == FILE

    def test_what_lies_below_is_listed_and_can_be_removed(self, files: FileTree) -> None:
        for path in (PATH, f"{PATH}.lock", "/img/hero.jpg", "/img/hero.jpg2/960w.lite.avif"):
            files.write(path, FILE)
        assert files.below("/img/hero.jpg/") == [PATH, f"{PATH}.lock"]
        files.remove([PATH, f"{PATH}.lock", "/img/never.jpg"])
        assert files.below("/img/hero.jpg/") == []
        assert files.read("/img/hero.jpg") == FILE

    def test_its_version_tells_that_a_file_was_replaced_or_is_gone(self, files: FileTree) -> None:
        versions = []
        for body in (b"one", b"two"):
            files.write(PATH, replace(FILE, body=body))
            found = files.read(PATH)
            assert found
            assert files.version(PATH) == found.version
            versions.append(found.version)
        files.remove([PATH])
        assert len({*versions, files.version(PATH)}) == 3

    def test_removing_nothing_is_nothing(self, files: FileTree) -> None:
        files.remove([])

    @pytest.mark.parametrize("path", ["/img/a b.jpg", "/img/ä.jpg", "/img/a%20b.jpg", "//img/a"])
    def test_paths_stay_apart(self, files: FileTree, path: str) -> None:
        files.write(path, FILE)
        assert files.read(path) == FILE
        assert files.read(path + "x") is None


def test_the_key_is_the_path_less_its_slash(aws: SimpleNamespace) -> None:
    S3FileStore(aws.s3, bucket=SITE).write(PATH, FILE)
    head = aws.s3.head_object(Bucket=SITE, Key="img/hero.jpg/960w.lite.avif")
    assert head["ContentType"] == "image/avif"
    assert head["CacheControl"] == "public, max-age=300"


def test_a_missing_bucket_is_unavailable_not_a_missing_file(aws: SimpleNamespace) -> None:
    files = S3FileStore(aws.s3, bucket="missing")
    with pytest.raises(UnavailableError, match="S3"):
        files.read(PATH)
    with pytest.raises(UnavailableError, match="S3"):
        files.write(PATH, FILE)


def test_a_forbidden_file_is_unavailable_not_a_missing_one(aws: SimpleNamespace) -> None:
    assert aws
    with s3_answers(access_denied, to="GetObject"):
        files = S3FileStore(boto3.client("s3"), bucket=SITE)
    with pytest.raises(UnavailableError, match="AccessDenied"):
        files.read(PATH)


def test_a_file_that_would_not_fit_into_memory_is_not_read(aws: SimpleNamespace) -> None:
    assert aws
    with s3_answers(a_terabyte, to="GetObject"):
        files = S3FileStore(boto3.client("s3"), bucket=SITE)
    with pytest.raises(ImageError, match="1000000000000 bytes") as refused:
        files.read(PATH)
    assert refused.value.status == 413


def test_nobody_listening_is_unavailable(aws: SimpleNamespace) -> None:
    assert aws
    client = boto3.client("s3", config=IMPATIENT, endpoint_url="http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match="S3"):
        S3FileStore(client, bucket=SITE).read(PATH)


def test_a_rendition_knows_how_large_its_original_is(aws: SimpleNamespace) -> None:
    store = S3FileStore(aws.s3, bucket=SITE)
    store.write(PATH, replace(FILE, original_bytes=7))
    store.write("/img/old.jpg/960w.lite.avif", FILE)
    assert store.original_bytes(PATH) == 7
    assert store.original_bytes("/img/old.jpg/960w.lite.avif") is None
    assert store.original_bytes("/img/never.jpg/960w.lite.avif") is None


@pytest.mark.parametrize("text", ["", "good", "nan", "inf", "1e9", "57.3.1", "99999.0", "5 7.0"])
def test_a_score_that_is_none_is_none(aws: SimpleNamespace, text: str) -> None:
    aws.s3.put_object(Bucket=SITE, Key=PATH[1:], Body=b"", Metadata={"ssimulacra2": text})
    assert S3FileStore(aws.s3, bucket=SITE).score(PATH) is None


def test_a_size_that_cannot_be_asked_for_is_not_none(aws: SimpleNamespace) -> None:
    assert aws
    with s3_answers(access_denied, to="HeadObject"), pytest.raises(UnavailableError):
        S3FileStore(boto3.client("s3"), bucket=SITE).original_bytes(PATH)
