"""A CloudFront Function's view of a viewer request, and what it may give back.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
Headers and uri are under the same rules as Lambda@Edge's, so that a result is checked there.
"""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from local.cdn import edge_contract
from local.cdn.edge_contract import EdgeContractError
from local.cdn.headers import values
from local.cdn.messages import Answer, ViewerRequest

_RESPONSE_FIELDS = {"cookies", "headers", "statusCode", "statusDescription"}
_FIELDS = {"cookies", "headers", "method", "querystring", "uri"}


def response_event(
    request: ViewerRequest, answer: Answer, *, distribution_id: str, domain: str
) -> dict[str, Any]:
    """The same on viewer response; cookies come apart from the headers there, too."""
    asked = event(request, distribution_id=distribution_id, domain=domain)
    seen = edge_contract.exposed(answer.headers)
    headers = ((name, each["value"]) for name, all_of in seen.items() for each in all_of)
    cookies: dict[str, Any] = {}
    for text in values(answer.headers, "set-cookie"):
        pair, _, attributes = text.partition(";")
        name, _, value = pair.partition("=")
        _add(cookies, name.strip(), {"value": value.strip(), "attributes": attributes.strip()})
    return {
        **asked,
        "context": {**asked["context"], "eventType": "viewer-response"},
        "response": {
            "statusCode": answer.status,
            "statusDescription": HTTPStatus(answer.status).phrase,
            "headers": _grouped(pair for pair in headers if pair[0] != "set-cookie"),
            "cookies": cookies,
        },
    }


def event(request: ViewerRequest, *, distribution_id: str, domain: str) -> dict[str, Any]:
    """The event object, version 1.0."""
    seen = edge_contract.exposed(request.headers)
    headers = ((name, each["value"]) for name, all_of in seen.items() for each in all_of)
    return {
        "version": "1.0",
        "context": {
            "distributionDomainName": domain,
            "distributionId": distribution_id,
            "eventType": "viewer-request",
            "requestId": request.id,
        },
        "viewer": {"ip": request.client_ip},
        "request": {
            "method": request.method,
            "uri": request.uri,
            "querystring": _grouped(_split(request.querystring, "&")),
            "headers": _grouped(pair for pair in headers if pair[0] != "cookie"),
            "cookies": _grouped(
                pair for text in values(request.headers, "cookie") for pair in _split(text, ";")
            ),
        },
    }


def accept(returned: object, sent: ViewerRequest) -> ViewerRequest | Answer:
    """The request to go on with; EdgeContractError if it may not: answers are not done."""
    if not isinstance(returned, dict) or "statusCode" in returned:
        raise EdgeContractError("it returned no request")
    if unknown := set(returned) - _FIELDS:
        raise EdgeContractError(f"unknown fields: {', '.join(sorted(unknown))}")
    query = returned.get("querystring", {})
    cookies = "; ".join(_joined(returned.get("cookies", {})))
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in _pairs(returned.get("headers", {})):
        headers.setdefault(name, []).append({"key": name, "value": value})
    as_for_lambda = {
        "clientIp": sent.client_ip,
        "method": returned.get("method"),
        "uri": returned.get("uri"),
        "querystring": query if isinstance(query, str) else "&".join(_joined(query)),
        "headers": {**headers, **({"cookie": [{"value": cookies}]} if cookies else {})},
    }
    return edge_contract.accept(as_for_lambda, sent)


def accept_response(returned: object, sent: Answer) -> Answer:
    """The answer to go on with; EdgeContractError if it may not."""
    if not isinstance(returned, dict):
        raise EdgeContractError("it returned no response")
    if unknown := set(returned) - _RESPONSE_FIELDS:
        raise EdgeContractError(f"unknown fields: {', '.join(sorted(unknown))}")
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in _pairs(returned.get("headers", {})):
        headers.setdefault(name, []).append({"key": name, "value": value})
    if cookies := list(_set_cookies(returned.get("cookies", {}))):
        headers["set-cookie"] = [{"key": "set-cookie", "value": each} for each in cookies]
    as_for_lambda = {"status": str(returned.get("statusCode")), "headers": headers}
    return edge_contract.accept_response(as_for_lambda, sent)


def _set_cookies(grouped: object) -> Iterator[str]:
    for name, entry in _entries(grouped):
        attributes = entry.get("attributes")
        yield f"{name}={entry['value']}" + (f"; {attributes}" if attributes else "")


def _split(text: str, mark: str) -> Iterator[tuple[str, str]]:
    for each in text.split(mark):
        if each := each.strip(" \t"):
            name, _, value = each.partition("=")
            yield name, value


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names to the first value; those that come again have all of them as `multiValue`, too."""
    grouped: dict[str, Any] = {}
    for name, value in pairs:
        _add(grouped, name, {"value": value})
    return grouped


def _add(grouped: dict[str, Any], name: str, entry: dict[str, str]) -> None:
    if name not in grouped:
        grouped[name] = entry
        return
    first = grouped[name]
    first.setdefault("multiValue", [dict(first)]).append(entry)


def _pairs(grouped: object) -> Iterator[tuple[str, str]]:
    return ((name, entry["value"]) for name, entry in _entries(grouped))


def _entries(grouped: object) -> Iterator[tuple[str, Mapping[str, str]]]:
    if not isinstance(grouped, Mapping):
        raise EdgeContractError("headers, cookies and querystring must be objects")
    for name, entry in grouped.items():
        several = entry.get("multiValue") if isinstance(entry, Mapping) else None
        for each in several or [entry]:
            if not isinstance(each, Mapping) or not isinstance(each.get("value"), str):
                raise EdgeContractError(f"{name}: every entry needs a string as value")
            yield name, each


def _joined(grouped: object) -> Iterator[str]:
    return (f"{name}={value}" if value else name for name, value in _pairs(grouped))
