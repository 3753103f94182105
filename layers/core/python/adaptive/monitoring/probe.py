"""A synthetic check: HTTP steps, what each must answer, and what later steps take from it.

https://datatracker.ietf.org/doc/html/rfc9535 is where the paths into JSON come from, of which only
names and positions are known here: `$.cart.items[0].price`.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from fnmatch import fnmatchcase
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from adaptive.errors import ConfigError

MOST_BYTES = 2_000_000
"""Of an answer that are read."""

_NAME = r"^[a-z][a-z0-9-]{0,31}$"
_PATH = re.compile(r"\.([A-Za-z0-9_-]+)|\[(\d{1,5})\]")
_PLACE = re.compile(r"\{\{([a-z][a-z0-9_]{0,31})\}\}")
Scalar = str | int | float | bool | None
JsonPath = Annotated[str, Field(pattern=r"^\$(\.[A-Za-z0-9_-]+|\[\d{1,5}\])+$", max_length=200)]
Source = Annotated[
    str,
    Field(
        pattern=r"^(json:\$(\.[A-Za-z0-9_-]+|\[\d{1,5}\])+|header:[a-z0-9-]+|cookie:[!-~]+)$",
        max_length=200,
    ),
]
HeaderName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]
Line = Annotated[str, Field(pattern=r"^[ -~]*$", max_length=2_000)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expect(_Part):
    """All of it must hold. `headers`: patterns, `*` for anything; `json_values`: by path.

    `total_ms` bounds the whole step; `certificate_days` is how long the certificate must still be
    valid.
    """

    status: Annotated[tuple[Annotated[int, Field(ge=100, le=599)], ...], Field(min_length=1)] = (
        200,
    )
    headers: Annotated[dict[HeaderName, Line], Field(max_length=10)] = {}
    contains: Annotated[tuple[Text, ...], Field(max_length=10)] = ()
    lacks: Annotated[tuple[Text, ...], Field(max_length=10)] = ()
    json_values: Annotated[
        dict[JsonPath, str | int | float | bool | None], Field(max_length=10)
    ] = {}
    most_bytes: Annotated[int, Field(ge=1, le=MOST_BYTES)] = MOST_BYTES
    least_bytes: Annotated[int, Field(ge=0, le=MOST_BYTES)] = 0
    total_ms: Annotated[int, Field(ge=1, le=30_000)] | None = None
    certificate_days: Annotated[int, Field(ge=0, le=365)] = 14


class Step(_Part):
    """One request. `{{name}}` in `url`, `headers` and `body` is what an earlier step extracted."""

    name: Annotated[str, Field(pattern=_NAME)]
    url: Annotated[str, Field(pattern=r"^(https://|/)[!-~]*$", max_length=1_000)]
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Annotated[dict[HeaderName, Line], Field(max_length=10)] = {}
    body: Annotated[str, Field(max_length=2_000)] = ""
    expect: Expect = Expect()
    extract: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], Source],
        Field(max_length=5),
    ] = {}


class Probe(_Part):
    """Steps in order, up to the first that fails; `budget_s` is for all of them."""

    name: Annotated[str, Field(pattern=_NAME)]
    every_minutes: Literal[1, 5, 10, 15, 30, 60] = 5
    budget_s: Annotated[int, Field(ge=1, le=25)] = 10
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]

    def is_due(self, minute: int) -> bool:
        """Whether it runs in this minute since the epoch: probes are spread over the minutes."""
        return (minute + zlib.crc32(self.name.encode())) % self.every_minutes == 0


_AWS_OWN = ip_network("fd00:ec2::/32")
"""Instance metadata, the clock and the resolver, by IPv6 (EC2 user guide)."""


def _own(address: str) -> str:
    given = ip_address(address)
    ip = (given.ipv4_mapped if isinstance(given, IPv6Address) else None) or given
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _AWS_OWN:
        raise ValueError(f"{address} is where clouds tell their secrets, or no host's")
    return str(ip)


class Private(_Part):
    """A host inside a network that its operator wants probed: at this address and port and no
    other, by TLS, whose certificate `authority` (PEM) vouches for, if it is not a public one.
    """

    host: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 443
    address: Annotated[str, AfterValidator(_own)]
    authority: Annotated[str, Field(max_length=1_500, pattern=r"^(-----BEGIN CERT[ -~\n]*)?$")] = ""

    def has(self, url: str) -> bool:
        """Whether an https URL leads there."""
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError:
            return False
        plain = "@" not in parts.netloc and "\\" not in url and not parts.fragment
        return plain and (parts.scheme, parts.hostname, port) == ("https", self.host, self.port)


_PROBES = TypeAdapter(tuple[Probe, ...])
_PRIVATE = TypeAdapter(tuple[Private, ...])


def pack(probes: tuple[Probe, ...]) -> str:
    """As text that is short enough for an environment."""
    raw = _PROBES.dump_json(probes, exclude_defaults=True)
    return base64.urlsafe_b64encode(zlib.compress(raw, 9)).decode()


def unpack(text: str) -> tuple[Probe, ...]:
    """What `pack` made; raises ConfigError."""
    try:
        return _PROBES.validate_json(zlib.decompress(base64.urlsafe_b64decode(text)))
    except (ValueError, zlib.error, ValidationError) as error:
        raise ConfigError("these are no probes that this version packed") from error


def pack_private(private: tuple[Private, ...]) -> str:
    """As text, likewise."""
    return _PRIVATE.dump_json(private, exclude_defaults=True).decode()


def unpack_private(text: str) -> tuple[Private, ...]:
    """What `pack_private` made; raises ConfigError."""
    try:
        return _PRIVATE.validate_json(text)
    except ValidationError as error:
        raise ConfigError("these are no private hosts that this version packed") from error


def filled(text: str, variables: dict[str, str]) -> str:
    """With what was extracted; raises ConfigError for a name that was not."""

    def value_of(place: re.Match[str]) -> str:
        try:
            return variables[place[1]]
        except KeyError:
            raise ConfigError(f"nothing was extracted as {place[1]}") from None

    return _PLACE.sub(value_of, text)


def names_in(step: Step) -> set[str]:
    """What it wants to have been extracted."""
    texts = (step.url, step.body, *step.headers.values())
    return {place[1] for text in texts for place in _PLACE.finditer(text)}


def look_up(body: bytes, path: str) -> Any:  # noqa: ANN401 - any JSON
    """What a path leads to; raises LookupError or ValueError where it leads nowhere."""
    found: Any = json.loads(body)
    for name, position in _PATH.findall(path):
        if name:
            if not isinstance(found, dict):
                raise LookupError(f"{path}: no {name}")
            found = found[name]
        else:
            if not isinstance(found, list):
                raise LookupError(f"{path}: no [{position}]")
            found = found[int(position)]
    return found


def matches(pattern: str, text: str) -> bool:
    """A header's value against a pattern with `*`, upper and lower case alike."""
    return fnmatchcase(text.lower(), pattern.lower())
