"""The API's origins and origin groups as `Origin` and `OriginGroup`."""

import re
from collections.abc import Mapping

from adaptive.errors import ConfigError
from local.cdn.distribution import Origin, OriginGroup, OriginKind, Signing
from local.cdn.strict import Section, UnsupportedFeatureError

_HOSTED = {
    OriginKind.S3: re.compile(r"[a-z0-9.-]+\.s3(?:\.[a-z0-9-]+)?\.amazonaws\.com"),
    OriginKind.FUNCTION_URL: re.compile(r"[a-z0-9-]+\.lambda-url\.[a-z0-9-]+\.on\.aws"),
    OriginKind.SIGN_IN: re.compile(r"[a-z0-9-]+\.auth\.[a-z0-9-]+\.amazoncognito\.com"),
    OriginKind.HTTP_API: re.compile(
        r"[a-z0-9]+\.execute-api\.(?:[a-z0-9-]+\.amazonaws\.com|localhost(?::[0-9]+)?)"
    ),
}
_GROUP_SIZE = 2


def origin(config: Section, access_controls: Mapping[str, Signing | None]) -> Origin:
    """Read one of a distribution's `Origins`."""
    domain = config.take("DomainName", str).lower()
    kind = next(
        (kind for kind, pattern in _HOSTED.items() if pattern.fullmatch(domain)), OriginKind.CUSTOM
    )
    s3 = config.section("S3OriginConfig")
    custom = config.section("CustomOriginConfig")
    access_control = config.take("OriginAccessControlId", str, "")
    read = Origin(
        id=config.take("Id", str),
        kind=kind,
        domain=domain,
        path=config.take("OriginPath", str, ""),
        headers=tuple(_header(each) for each in config.sections("CustomHeaders")),
        signing=access_controls[access_control] if access_control else None,
        attempts=config.take("ConnectionAttempts", int, 3),
        connect_timeout_s=config.take("ConnectionTimeout", int, 10),
        read_timeout_s=(s3 if kind is OriginKind.S3 else custom).take("OriginReadTimeout", int, 30),
        base_url=_base_url(domain, custom) if kind is OriginKind.CUSTOM else "",
    )
    # Hosted origins are reached through the local cloud's endpoint, whatever their ports and TLS.
    custom.without_effect(
        *("HTTPPort", "HTTPSPort", "OriginProtocolPolicy", "OriginSslProtocols"),
        *("OriginKeepaliveTimeout", "IpAddressType"),
    )
    for part in (s3, custom, config):
        part.close()
    return read


def origin_group(config: Section) -> OriginGroup:
    """Read one of a distribution's `OriginGroups`."""
    group_id = config.take("Id", str)
    criteria = config.section("FailoverCriteria")
    statuses = criteria.numbers("StatusCodes")
    members = [each.take("OriginId", str) for each in config.sections("Members")]
    if len(members) != _GROUP_SIZE:
        raise ConfigError(f"{config.where}: an origin group has two members, found {members}")
    if config.take("SelectionCriteria", str, "default") != "default":
        raise UnsupportedFeatureError(f"{config.where}.SelectionCriteria other than default")
    criteria.close()
    config.close()
    return OriginGroup(group_id, (members[0], members[1]), frozenset(statuses))


def signing(config: Section) -> Signing | None:
    """Read an `OriginAccessControlConfig`; None where it never signs."""
    config.without_effect("Name", "Description", "SigningProtocol")
    service = config.take("OriginAccessControlOriginType", str)
    behavior = config.take("SigningBehavior", str)
    config.close()
    if behavior == "never":
        return None
    if service == "s3":
        return Signing("s3", unless_signed=behavior == "no-override")
    if service == "lambda":
        return Signing("lambda", unless_signed=behavior == "no-override")
    raise UnsupportedFeatureError(f"{config.where}.OriginAccessControlOriginType = {service!r}")


def _base_url(domain: str, custom: Section) -> str:
    """How to reach a custom origin; `match-viewer` means http, as viewers come to localhost."""
    if not custom.take("OriginProtocolPolicy", str, ""):
        raise UnsupportedFeatureError(f"{custom.where}: {domain} is no origin we know how to reach")
    if custom.take("OriginProtocolPolicy", str) == "https-only":
        return f"https://{domain}:{custom.take('HTTPSPort', int)}"
    return f"http://{domain}:{custom.take('HTTPPort', int)}"


def _header(config: Section) -> tuple[str, str]:
    name, value = config.take("HeaderName", str).lower(), config.take("HeaderValue", str)
    config.close()
    return name, value
