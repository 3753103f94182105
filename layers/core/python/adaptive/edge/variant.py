"""Which variant of an asset a request gets: a pure function of the request and the policy.

The rewritten path is the cache key, so all that may differ between visitors must be in it, and
nothing else. What decides is in `adaptive.edge.table`.
"""

from __future__ import annotations

from adaptive.edge import hints, table
from adaptive.edge.policy import CONTROL, PAGE_COOKIE, TIER_HEADER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adaptive.edge.policy import Policy, Tier

    Request = dict[str, Any]
    Response = dict[str, Any]
    Headers = dict[str, Any]

PAGE_COOKIE_ATTRIBUTES = "Path=/; SameSite=Lax; Secure"
_OURS = "x-ae-"


class Explanation:
    """`uri` is what is fetched, `tier` None where the request is left alone; `rows` are names."""

    __slots__ = ("rows", "tier", "uri")

    def __init__(self, uri: str, tier: Tier | None, rows: list[str]) -> None:
        self.uri = uri
        self.tier = tier
        self.rows = rows

    @property
    def is_page(self) -> bool:
        """Whether this is none of the files that are adapted."""
        return self.rows[0] in {"method", "path"}


def adapt(request: Request, policy: Policy) -> Request:
    """The request to pass on: `uri` rewritten where the policy has a variant, our own headers
    removed.

    A rewritten request has no query string: the path says all, and the key must stay bounded.
    """
    kept = request["headers"]
    if _OURS in " ".join(kept):
        kept = {name: values for name, values in kept.items() if not name.startswith(_OURS)}
    explanation = explain(request, policy)
    kept = _untold(kept)
    if policy.own_origin and explanation.is_page:
        tier = policy.tier_of(page_word(request, policy))
        kept = {**kept, TIER_HEADER: [{"key": TIER_HEADER, "value": tier}]}
    uri = explanation.uri
    if uri == request["uri"]:
        return {**request, "headers": kept}
    return {**request, "headers": kept, "uri": uri, "querystring": ""}


def explain(request: Request, policy: Policy) -> Explanation:
    """The variant, and by which rows of the table; adapting twice changes nothing."""
    uri: str = request["uri"]
    rows: list[str] = []
    if _first(table.LEFT_ALONE, request, policy, rows):
        return Explanation(uri, None, rows)
    page = _first(table.PAGE, request, policy, rows) if uri in policy.bundles else None
    if page == CONTROL or (not page and _first(table.HELD_OUT, request, policy, rows)):
        return Explanation(uri, None, rows)
    word = tier = ladder = page or _word(request, policy, rows)
    if policy.recipes:
        tier = policy.tier_of(word)
        ladder = word if word in policy.max_width else tier
    if twins := _first(table.SCRIPT, request, policy, rows):
        return Explanation(twins.get(word, uri), tier, rows)
    width = _width(request, ladder, policy, rows)
    image_format = _first(table.FORMAT, request, policy, rows) if width else ""
    if not image_format:
        return Explanation(uri, None, rows)
    return Explanation(f"{uri}/{width}w.{ladder}.{image_format}", tier, rows)


def page_word(request: Request, policy: Policy) -> str:
    """The tier, recipe or `control` of a page.

    Decided when the visitor navigates; what the page fetches later, or ahead of the next one, goes
    by the same until then.
    """
    headers = request["headers"]
    if not hints.is_navigation(headers) and (word := hints.page_cookie(headers, policy.words)):
        return word
    return CONTROL if hints.is_control(headers) else _word(request, policy, [])


def pin(response: Response, request: Request, policy: Policy) -> Response:
    """The answer to a navigation, with the cookie that keeps what its page loads at one tier.

    A session cookie: the page stays as it is however long it is looked at. Under Global Privacy
    Control nothing moves, so nothing is pinned.
    """
    headers = request["headers"]
    if not hints.is_navigation(headers) or hints.value(headers, "sec-gpc") == "1":
        return response
    word = page_word(request, policy)
    if word == hints.page_cookie(headers, policy.words):
        return response
    text = f"{PAGE_COOKIE}={policy.text_of(word)}; {PAGE_COOKIE_ATTRIBUTES}"
    cookie = {"key": "Set-Cookie", "value": text}
    kept = response["headers"]
    return {**response, "headers": {**kept, "set-cookie": [*kept.get("set-cookie", ()), cookie]}}


def failed(request: Any) -> Any:  # noqa: ANN401 - whatever it was that could not be adapted
    """A request that cannot be adapted as it came, save for what only the edge may tell."""
    headers = request.get("headers") if isinstance(request, dict) else None
    return {**request, "headers": _untold(headers)} if isinstance(headers, dict) else request


def _untold(headers: Headers) -> Headers:
    if TIER_HEADER not in headers:
        return headers
    return {name: values for name, values in headers.items() if name != TIER_HEADER}


def _tier(request: Request, policy: Policy, rows: list[str]) -> Tier:
    tier: Tier | None = _first(table.MEASURED, request, policy, rows)
    if tier is None:
        for row in table.SAID:
            said = row.answer(request, policy)
            if said is not None:
                rows.append(row.name)
                tier = _poorer(tier, said)
    if tier is None:
        tier = _first(table.UNKNOWN, request, policy, rows)
    cap: Tier | None = _first(table.CAP, request, policy, rows)
    return tier if cap is None else _poorer(tier, cap)


def _word(request: Request, policy: Policy, rows: list[str]) -> Any:  # noqa: ANN401 - see _first
    """The tier, or the recipe that it is served by."""
    tier = _tier(request, policy, rows)
    return (policy.recipes and _first(table.RECIPE, request, policy, rows)) or tier


def _width(request: Request, ladder: str, policy: Policy, rows: list[str]) -> int:
    """A width of the ladder; 0 if the original is narrower than all of them."""
    wanted: float = _first(table.WANTED, request, policy, rows)
    limit: int = _first(table.LIMIT, request, policy, rows) or policy.widths[-1]
    least = wanted / policy.upscale_of(ladder)
    width = 0
    for step in policy.widths_of(ladder):
        if step > limit:
            break
        width = step
        if step >= least:
            break
    return width


def _first(rows: tuple[table.Row, ...], request: Request, policy: Policy, said: list[str]) -> Any:  # noqa: ANN401 - each question has its own kind of answer
    for row in rows:
        answer = row.answer(request, policy)
        if answer is not None:
            said.append(row.name)
            return answer
    return None


def _poorer(one: Tier | None, other: Tier) -> Tier:
    return one if one is not None and one.rank > other.rank else other
