"""The cache keys that `bench.cache` compares, made by the local CDN's own code from the policy in
the synthesised template.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from adaptive.edge import hints, variant
from adaptive.edge.policy import SESSION_COOKIE, Policy
from app import build
from infra.site import Site
from local.cdn import read_policies
from local.cdn.cache_key import CacheKey, cache_key
from local.cdn.distribution import Behavior
from local.cdn.messages import ViewerRequest
from local.cdn.policies import CachePolicy, Choice, Selection
from local.cdn.strict import Section

_DEVICE_PX = {"phone": 412, "tablet": 820, "desktop": 1_440}
_DEVICE_RATIO = {"phone": 3, "tablet": 2, "desktop": 1}


@dataclass(frozen=True, slots=True)
class Asked:
    """An image request as it reaches the edge; `adapted` is the path the edge makes of it."""

    uri: str
    headers: dict[str, str]
    adapted: str = ""

    def event(self) -> dict[str, Any]:
        """The shape that `variant.adapt` takes."""
        headers = {name: [{"key": name, "value": text}] for name, text in self.headers.items()}
        return {"method": "GET", "uri": self.uri, "querystring": "", "headers": headers}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a policy makes of a request: its key and which rendition that holds."""

    key: CacheKey
    uri: str


Design = Callable[[Asked], Kept]


def designs(site: Site, deployed: CachePolicy) -> dict[str, Design]:
    """The cache keys to compare, by name."""
    none, ours = _behavior(deployed), _behavior(deployed)
    session = _behavior(replace(deployed, cookies=_listed(SESSION_COOKIE)))
    accept = _behavior(replace(deployed, headers=_listed("accept")))
    said = _behavior(replace(deployed, headers=_listed(*_normalised(Asked("/", {})))))
    return {
        "none": lambda asked: _kept(asked, asked.uri, none),
        "session-id": lambda asked: _kept(asked, asked.adapted, session),
        "raw-accept": lambda asked: _kept(asked, asked.adapted, accept),
        "normalised": lambda asked: _by_headers(asked, site.policy, said),
        "ours": lambda asked: _kept(asked, asked.adapted, ours),
    }


def _by_headers(asked: Asked, policy: Policy, behavior: Behavior) -> Kept:
    plain = _normalised(asked)
    device = plain["x-device"]
    wanted = {
        "accept": plain["x-format"],
        "ect": plain["x-ect"],
        "save-data": plain["save-data"],
        "sec-ch-dpr": plain["x-dpr"] or str(_DEVICE_RATIO[device]),
        "sec-ch-viewport-width": str(_DEVICE_PX[device]),
    }
    key = _kept(Asked(asked.uri, plain), asked.uri, behavior).key
    return Kept(key, adapted(Asked(asked.uri, wanted), policy))


def adapted(asked: Asked, policy: Policy) -> str:
    """The real decision."""
    uri: str = variant.adapt(asked.event(), policy)["uri"]
    return uri


def _normalised(asked: Asked) -> dict[str, str]:
    headers = asked.event()["headers"]
    best = next((each for each in ("avif", "webp") if hints.accepts(headers, each)), "jpeg")
    agent = asked.headers.get("user-agent", "")
    tablet = "iPad" in agent or "Tablet" in agent
    ratio = hints.number(headers, "sec-ch-dpr", "dpr")
    return {
        "x-format": f"image/{best}",
        "x-device": "tablet" if tablet else "phone" if "Mobi" in agent else "desktop",
        "x-dpr": "" if ratio is None else str(min(3, -int(-ratio // 1))),
        "x-ect": asked.headers.get("ect", ""),
        "save-data": asked.headers.get("save-data", ""),
    }


def _kept(asked: Asked, uri: str, behavior: Behavior) -> Kept:
    request = ViewerRequest(
        id="",
        method="GET",
        uri=uri,
        querystring="",
        headers=tuple(asked.headers.items()),
        client_ip="",
    )
    return Kept(cache_key(request, behavior), uri)


def _behavior(policy: CachePolicy) -> Behavior:
    methods = frozenset({"GET", "HEAD"})
    return Behavior("/img/*", "site", methods, methods, policy)


def _listed(*names: str) -> Selection:
    return Selection(Choice.LISTED, frozenset(names))


def deployed_policy() -> CachePolicy:
    """The cache policy of `/img/*` in the synthesised template."""
    (stack,) = (s for s in build(bundle="none").synth().stacks if s.stack_name == "AdaptiveEdge")
    resources = stack.template["Resources"]
    (config,) = (
        each["Properties"]["DistributionConfig"]
        for each in resources.values()
        if each["Type"] == "AWS::CloudFront::Distribution"
    )
    (images,) = (each for each in config["CacheBehaviors"] if each["PathPattern"] == "/img/*")
    found = resources[images["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    return read_policies.cache_policy(Section(_as_the_api_has_it(found), "template"))


def _as_the_api_has_it(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Templates write lists as they are, the API as `{"Quantity": …, "Items": […]}`."""
    if isinstance(value, list):
        return {"Quantity": len(value), "Items": value}
    if isinstance(value, dict):
        return {name: _as_the_api_has_it(each) for name, each in value.items()}
    return value
