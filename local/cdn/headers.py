"""HTTP headers as ordered pairs with lower-case names, so that repeated ones survive."""

from collections.abc import Iterable, Iterator

Headers = tuple[tuple[str, str], ...]

_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)


def values(headers: Headers, name: str) -> Iterator[str]:
    """Every value of a header."""
    return (value for key, value in headers if key == name)


def value(headers: Headers, name: str) -> str:
    """All values of a header joined by commas (RFC 9110, 5.3), or an empty string."""
    return ", ".join(values(headers, name))


def without(headers: Headers, names: Iterable[str]) -> Headers:
    """The headers except those named."""
    dropped = frozenset(names)
    return tuple(pair for pair in headers if pair[0] not in dropped)


def replaced(headers: Headers, name: str, new: str) -> Headers:
    """The headers with exactly one of this name."""
    return (*without(headers, [name]), (name, new))


def end_to_end(headers: Headers) -> Headers:
    """The headers that may cross a proxy (RFC 9110, 7.6.1)."""
    named = {word.strip().lower() for word in value(headers, "connection").split(",")}
    return without(headers, _HOP_BY_HOP | named)


def decoded(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers from the wire."""
    return tuple((name.decode("latin-1").lower(), text.decode("latin-1")) for name, text in raw)
