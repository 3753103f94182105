"""What libcurl tells of real connections to real TLS; what may not be connected to is not."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adaptive.aws.curl import CurlFetcher, Reach
from adaptive.errors import AdaptiveError, ConfigError, OriginError, UnavailableError
from adaptive.monitoring.probe import MOST_BYTES, Private
from adaptive.ports import Answer
from tests.origin_world import certificate_for
from tests.probe_world import HOST, Site, dripping, endless, saying, silent, site

URL = f"https://{HOST}/"
LONG_MS = 150


def fetch(reach: Reach, url: str = URL, *, timeout_s: float = 5, method: str = "GET") -> Answer:
    return CurlFetcher(reach).fetch(
        url, method=method, headers={"x-a": "b"}, body=b"", timeout_s=timeout_s
    )


def test_the_answer_is_told_whole(tmp_path: Path) -> None:
    with site(
        tmp_path, saying(b"hello", "X-Cache: Hit", "Set-Cookie: a=1", "Set-Cookie: b=2")
    ) as of:
        found = fetch(of.reach())
    assert (found.status, found.body, found.size) == (200, b"hello", 5)
    assert found.headers["x-cache"] == "Hit"
    assert found.headers["set-cookie"] == "a=1, b=2"
    [request] = of.requests
    assert b"\r\nx-a: b\r\n" in request
    assert b"user-agent: adaptive-edge-probe" in request.lower()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "127.8.9.10"])
def test_it_connects_to_the_address_it_is_led_to(address: str, tmp_path: Path) -> None:
    with site(tmp_path, saying(), address=address) as of:
        assert fetch(of.reach()).status == 200


def test_a_slow_handshake_is_time_of_tls_alone(tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        of.handshake_s = LONG_MS / 1_000
        phases = fetch(of.reach()).phases
    assert phases.tls_ms >= LONG_MS
    assert phases.connect_ms < LONG_MS
    assert phases.tls_ms > max(phases.dns_ms, phases.wait_ms, phases.download_ms)


def test_a_slow_server_is_time_of_waiting_alone(tmp_path: Path) -> None:
    with site(tmp_path, saying(wait_s=LONG_MS / 1_000)) as of:
        phases = fetch(of.reach()).phases
    assert phases.wait_ms >= LONG_MS * 0.99
    assert max(phases.connect_ms, phases.tls_ms, phases.download_ms) < LONG_MS


def test_a_slow_body_is_time_of_download_alone(tmp_path: Path) -> None:
    with site(tmp_path, dripping(bytes(1_000), pause_s=LONG_MS / 1_000)) as of:
        phases = fetch(of.reach()).phases
    assert phases.download_ms >= LONG_MS * 0.9
    assert max(phases.connect_ms, phases.tls_ms, phases.wait_ms) < LONG_MS


def test_the_phases_add_up_to_what_passed(tmp_path: Path) -> None:
    with site(tmp_path, dripping(bytes(1_000), pause_s=0.05)) as of:
        began = time.perf_counter()
        phases = fetch(of.reach()).phases
        passed_ms = (time.perf_counter() - began) * 1_000
    assert 50 < phases.total_ms <= passed_ms


def test_every_request_is_a_new_visitors(tmp_path: Path) -> None:
    with site(tmp_path, saying(b"", "Connection: keep-alive")) as of:
        fetcher = CurlFetcher(of.reach())
        for _ in range(3):
            again = fetcher.fetch(URL, method="GET", headers={}, body=b"", timeout_s=5)
            assert again.phases.tls_ms > 0
        assert of.connections == 3


def test_it_tells_when_the_certificate_expires(tmp_path: Path) -> None:
    with site(tmp_path, saying(), days=9) as of:
        expires_at_s = fetch(of.reach()).certificate_expires_at_s
    assert expires_at_s is not None
    assert 8.9 < (expires_at_s - time.time()) / 86_400 <= 9


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 T", "500 E", "503 U"])
def test_any_status_is_an_answer_and_no_redirect_is_followed(status: str, tmp_path: Path) -> None:
    elsewhere = saying(b"", "Location: https://169.254.169.254/latest", status=status)
    with site(tmp_path, elsewhere) as of:
        assert fetch(of.reach()).status == int(status[:3])
        assert of.connections == 1


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        "file:///etc/passwd",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://metadata.google.internal/",
        f"https://{HOST}:8443/",
        f"https://user@{HOST}/",
        f"https://{HOST}/\r\nx: y",
    ],
)
def test_what_may_not_be_asked_is_not(url: str, tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        with pytest.raises(ConfigError):
            fetch(of.reach(), url)
        assert of.connections == 0


@pytest.mark.parametrize("inside", ["127.0.0.1", "127.0.0.2"])
def test_a_name_that_leads_inside_is_not_connected_to(inside: str, tmp_path: Path) -> None:
    with site(tmp_path, saying(), address=inside) as of:
        internet = replace(of.reach(), admits=Reach().admits)
        with pytest.raises(OriginError, match=f"leads to {inside}, which is not of the internet"):
            fetch(internet)
        assert of.connections == 0


def test_an_answer_without_end_is_cut(tmp_path: Path) -> None:
    with site(tmp_path, endless) as of:
        found = fetch(of.reach())
    assert found.size > MOST_BYTES >= len(found.body)


def test_an_answer_that_does_not_come_is_waited_for_as_long_as_was_said(tmp_path: Path) -> None:
    with site(tmp_path, silent) as of, pytest.raises(UnavailableError, match="for a first byte"):
        fetch(of.reach(), timeout_s=0.2)


def test_a_handshake_that_does_not_come_is_told_apart(tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        of.handshake_s = 1
        with pytest.raises(UnavailableError, match="for a secure connection"):
            fetch(of.reach(), timeout_s=0.2)


def test_a_certificate_of_another_host_is_no_answer(tmp_path: Path) -> None:
    with site(tmp_path, saying(), pair=certificate_for(tmp_path, "other.example.com")) as of:
        with pytest.raises(UnavailableError, match=r"certificate|subject"):
            fetch(of.reach())
        assert not any(of.requests)


def test_a_certificate_that_has_expired_is_no_answer(tmp_path: Path) -> None:
    with site(tmp_path, saying(), days=-0.01) as of:
        with pytest.raises(UnavailableError, match="expired"):
            fetch(of.reach())
        assert not any(of.requests)


def test_a_site_that_is_stopped_refuses(tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        reach = of.reach()
    with pytest.raises(AdaptiveError, match="connect"):
        fetch(reach)


def test_what_is_posted_arrives(tmp_path: Path) -> None:
    with site(tmp_path, saying(status="201 Created")) as of:
        found = CurlFetcher(of.reach()).fetch(
            URL, method="POST", headers={"content-type": "text/plain"}, body=b"a=1", timeout_s=5
        )
    assert found.status == 201
    assert of.requests[0].startswith(b"POST / ")
    assert of.requests[0].endswith(b"a=1")


def private(of: Site, **changes: Any) -> Reach:
    """Reaches the internet at large, and that one."""
    fields = {
        "host": HOST,
        "port": of.port,
        "address": of.address,
        "authority": of.certificate.read_text(),
    }
    return Reach(private=(Private.model_validate({**fields, **changes}),))


def test_a_private_host_that_the_site_lists_is_asked_at_its_port_with_its_authority(
    tmp_path: Path,
) -> None:
    with site(tmp_path, saying(b"hello")) as of:
        assert fetch(private(of), f"https://{HOST}:{of.port}/").body == b"hello"


@pytest.mark.parametrize(
    "url",
    [
        "https://{host}:{other}/",
        "https://other.example.com:{port}/",
        "https://127.0.0.1:{port}/",
        "https://{host}.:{port}/",
        "https://user@{host}:{port}/",
        "http://{host}:{port}/",
        "https://{host}:x/",
        "https://{host}\\@{host}:{port}/",
    ],
)
def test_what_is_not_exactly_listed_is_refused_as_ever(tmp_path: Path, url: str) -> None:
    with site(tmp_path, saying()) as of:
        asked = url.format(host=HOST, port=of.port, other=of.port + 1)
        with pytest.raises(AdaptiveError):
            fetch(private(of), asked)
        assert of.connections == 0


def test_a_private_host_is_asked_at_no_other_address_than_the_listed_one(tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        with pytest.raises(UnavailableError):
            fetch(private(of, address="127.0.0.99"), f"https://{HOST}:{of.port}/")
        assert of.connections == 0


def test_a_private_host_that_its_authority_does_not_vouch_for_is_not_asked(tmp_path: Path) -> None:
    with site(tmp_path, saying()) as of:
        with pytest.raises(UnavailableError, match="certificate"):
            fetch(private(of, authority=""), f"https://{HOST}:{of.port}/")
        assert of.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "fe80::1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "shop",
        "",
    ],
)
def test_where_clouds_tell_their_secrets_cannot_be_listed(address: str) -> None:
    with pytest.raises(ValidationError):
        Private(host="shop.internal", address=address)
