"""Which origins a site may name, and which addresses one may resolve to."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adaptive.delivery.origin import Origin, is_public
from adaptive.errors import ConfigError, RenditionError

NOT_PUBLIC = [
    "",
    "localhost",
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:db8::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_inside_a_network_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv6_form_is_as_public_as_the_address_it_carries(address: IPv4Address) -> None:
    low = f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"
    for form in (f"::ffff:{low}", f"64:ff9b::{low}"):
        assert is_public(form) == is_public(str(address))


@given(st.text(max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    assert is_public(text) in {True, False}
    try:
        Origin.parse(text)
    except ConfigError:
        pass
    else:
        assert text.lower().startswith("https://")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "www.example.com",
        "//www.example.com",
        "http://www.example.com",
        "ftp://www.example.com",
        "file:///etc/passwd",
        "gopher://www.example.com",
        "javascript:alert(1)",
        "https://",
        "https:///img",
        "https://user@www.example.com",
        "https://user:secret@www.example.com",
        "https://@www.example.com",
        "https://www.example.com@127.0.0.1",
        "https://www.example.com\\@127.0.0.1",
        "https://www.example.com:80",
        "https://www.example.com:22",
        "https://www.example.com:0",
        "https://www.example.com:65536",
        "https://www.example.com:x",
        "https://www.example.com/?a=b",
        "https://www.example.com/#a",
        "https://www.example.com/../x",
        "https://www.example.com/a//b",
        "https://www.example.com/%2e%2e",
        "https://www.example.com.",
        "https://.example.com",
        "https://www..example.com",
        "https://-www.example.com",
        "https://www_.example.com",
        "https://*.example.com",
        "https://www.exämple.com",
        "https://www.example。com",
        "https://www.example.com\n",
        "https://www.example.com\r\nHost: x",
        "https://www.exa mple.com",
        "https://" + "a" * 64 + ".example.com",
        "https://" + "a." * 100 + "com",
        "https://localhost",
        "https://site.localhost",
        "https://printer.local",
        "https://metadata.google.internal",
        "https://instance-data.ec2.internal",
        "https://intranet",
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://0177.0.0.1",
        "https://169.254.169.254",
        "https://8.8.8.8",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[",
    ],
)
def test_a_url_that_is_no_public_https_origin_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Origin.parse(url)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://www.example.com", Origin("www.example.com", "")),
        ("https://WWW.Example.COM/", Origin("www.example.com", "")),
        ("https://www.example.com:443/shop/v1/", Origin("www.example.com", "/shop/v1")),
        ("https://xn--exmple-cua.com", Origin("xn--exmple-cua.com", "")),
        ("https://3com.example.co.uk", Origin("3com.example.co.uk", "")),
    ],
)
def test_a_public_https_origin_is_taken(url: str, origin: Origin) -> None:
    assert Origin.parse(url) == origin


@pytest.mark.parametrize(
    "path",
    [
        "",
        "img/a.jpg",
        "//evil.example/a.jpg",
        "/img//a.jpg",
        "/img/../a.jpg",
        "/img/./a.jpg",
        "/img/.a.jpg",
        "/img/%2e%2e/a.jpg",
        "/img/a.jpg?b",
        "/img/a.jpg#b",
        "/img/a b.jpg",
        "/img/a.jpg\r\nHost: evil.example",
        "/img/a.jpg\n",
        "/img/@evil.example",
        "/img\\a.jpg",
        "/img/ä.jpg",
        "https://evil.example/a.jpg",
    ],
)
def test_a_path_that_could_mean_something_else_is_never_asked_for(path: str) -> None:
    with pytest.raises(RenditionError):
        Origin("www.example.com", "").target(path)


def test_a_path_is_asked_for_below_the_prefix() -> None:
    origin = Origin("www.example.com", "/shop")
    assert origin.target("/img/a~b-1.jpg") == "/shop/img/a~b-1.jpg"
    assert origin.url("/img/a.jpg") == "https://www.example.com/shop/img/a.jpg"
