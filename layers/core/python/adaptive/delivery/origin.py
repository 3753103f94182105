"""A site's own origin: the one host that originals may come from, and no address inside a network.

Whoever can name what `render` fetches can make it fetch the metadata service instead
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).
So the host is fixed by the site, its address is judged after it was resolved, and the address that
was judged is the one connected to.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit

from adaptive.errors import ConfigError, RenditionError

_LONGEST = 200
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}", re.ASCII)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*", re.ASCII)
_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", re.ASCII)
_INSIDE = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")
_FORM = 'write "https://www.example.com", perhaps with a path'
_UNICAST = IPv6Network("2000::/3")  # all that IANA gives out for the internet
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


@dataclass(frozen=True, slots=True)
class Origin:
    """`host` is a DNS name, `prefix` comes before each path; always https, always port 443."""

    host: str
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ConfigError with what is allowed."""
        shown = _shown(url)
        parts = public_url(url, shown=shown, longest=_LONGEST)
        host, prefix = (parts.hostname or "").lower(), parts.path.rstrip("/")
        if parts.query:
            raise ConfigError(f"{shown} may have no query: {_FORM}")
        if not _PREFIX.fullmatch(prefix):
            raise ConfigError(f"{shown} has an odd path: {_FORM}")
        return cls(host, prefix)

    def target(self, path: str) -> str:
        """What to ask this host for; raises RenditionError for a path that could mean another."""
        if not _PATH.fullmatch(path):
            raise RenditionError(f"{path!r} is no path of an original")
        return quote(self.prefix + path, safe="/~")

    def url(self, path: str) -> str:
        """The address a browser would use; raises as `target`."""
        return f"https://{self.host}{self.target(path)}"


def public_url(url: str, *, shown: str, longest: int) -> SplitResult:
    """The parts of a URL that may lead to the internet at large alone: https, port 443, a DNS name.

    Raises ConfigError, which tells of the URL as `shown`: it may be a secret.
    """
    if len(url) > longest or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"{shown} is no URL of a public host: {_FORM}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"{shown} is no URL: {_FORM}") from error
    if parts.scheme != "https":
        raise ConfigError(f"{shown} must begin with https://")
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        raise ConfigError(f"{shown} may have no user or fragment: {_FORM}")
    if port not in {None, 443}:
        raise ConfigError(f"{shown} may name no port but 443")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host) or f".{host}".endswith(_INSIDE):
        raise ConfigError(f"{shown} must name a public host by its DNS name")
    return parts


def is_public(address: str) -> bool:
    """Whether this IP address (text, as a resolver gives it) is one of the internet at large.

    An IPv6 address that carries an IPv4 one is as public as that.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return _is_public(ip)


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        if inner := _carried(ip):
            return all(_is_public(each) for each in inner)
        if ip not in _UNICAST:
            return False
    return ip.is_global and not (
        ip.is_private
        or ip.is_loopback
        or ip.is_link_local
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
    )


def _carried(ip: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses within: mapped, 6to4, Teredo, NAT64, compatible (RFC 4291, 3056, 6052)."""
    if ip.ipv4_mapped:
        return (ip.ipv4_mapped,)
    if ip.sixtofour:
        return (ip.sixtofour,)
    if ip.teredo:
        return ip.teredo
    if any(ip in network for network in _TRANSLATED):
        return (IPv4Address(int(ip) & 0xFFFF_FFFF),)
    return ()


def _shown(url: str) -> str:
    return repr(url[:_LONGEST])
