"""The local cloud's bookkeeping; that it deploys is what the journeys show."""

import json
import os
import socket
from pathlib import Path

import pytest

from local.cloud import LocalCloud
from local.cloud_state import CloudState, LocalCloudError


def deployed_once(folder: Path, *, orderly: bool) -> None:
    state = CloudState(folder)
    state.open()
    state.deployed = "these files"
    (state.data / "s3").mkdir(parents=True)
    state.close(port=4000, orderly=orderly)


def test_a_folder_serves_one_cloud_at_a_time(tmp_path: Path) -> None:
    first = CloudState(tmp_path)
    first.open()
    with pytest.raises(LocalCloudError, match="already: stop that one first"):
        CloudState(tmp_path).open()
    first.close(port=4000, orderly=True)
    CloudState(tmp_path).open()


def test_a_cloud_that_outlives_us_keeps_its_folder(tmp_path: Path) -> None:
    state = CloudState(tmp_path)
    state.open()
    (inherited,) = (os.dup(descriptor) for descriptor in state.lock)
    state.close(port=4000, orderly=False)
    with pytest.raises(LocalCloudError):
        CloudState(tmp_path).open()
    os.close(inherited)
    CloudState(tmp_path).open()


def test_what_a_crash_left_is_forgotten(tmp_path: Path) -> None:
    deployed_once(tmp_path, orderly=False)
    state = CloudState(tmp_path)
    state.open()
    assert (state.deployed, state.port, state.data.exists()) == ("", 0, False)


def test_a_crash_after_an_orderly_stop_is_a_crash(tmp_path: Path) -> None:
    deployed_once(tmp_path, orderly=True)
    crashed = CloudState(tmp_path)
    crashed.open()
    crashed.close(port=4000, orderly=False)
    state = CloudState(tmp_path)
    state.open()
    assert (state.deployed, state.data.exists()) == ("", False)


def test_what_an_orderly_stop_left_is_kept(tmp_path: Path) -> None:
    deployed_once(tmp_path, orderly=True)
    state = CloudState(tmp_path)
    state.open()
    assert (state.deployed, state.port, state.data.exists()) == ("these files", 4000, True)


@pytest.mark.parametrize("memory", ["", "{", "[]", "{}", json.dumps({"made_by": ["1.0", "3.11"]})])
def test_a_memory_that_cannot_be_trusted_is_forgotten(memory: str, tmp_path: Path) -> None:
    deployed_once(tmp_path, orderly=True)
    (tmp_path / "state.json").write_text(memory)
    state = CloudState(tmp_path)
    state.open()
    assert (state.deployed, state.data.exists()) == ("", False)


def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        cloud = LocalCloud(folder=tmp_path, port=port, report=lambda _: None)
        with pytest.raises(LocalCloudError, match=f"^port {port} is in use: "), cloud:
            pass


def test_nothing_of_the_users_account_reaches_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.amazonaws.com")
    monkeypatch.setenv("PYTHONPATH", "layers/core/python")
    environment = LocalCloud(folder=tmp_path, port=4000).environment
    assert "real" not in environment.values()
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"} & set(environment)
    assert "PYTHONPATH" not in environment  # functions must find their code in their layers
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4000"
