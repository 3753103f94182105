"""The probes of `site.toml`, made ready for the function, and one of the product itself."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from adaptive.delivery.origin import Origin, public_url
from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError
from adaptive.monitoring.probe import Expect, Private, Probe, Step, names_in, pack, pack_private
from infra.site import Site

Fault = tuple[str, str]

PRODUCT = "renditions"
_MOST_PACKED = 3_000  # of the 4 KB that a function's environment may have
_MOST_BUDGETS_S = 150
_TYPE = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}


def ready(site: Site) -> tuple[Probe, ...]:
    """With whole URLs; none if the site has no Regions to probe from."""
    if not site.probes.regions:
        return ()
    own = [_product(site)] if site.probes.renditions else []
    return (*own, *(_whole(probe, site.probes.url) for probe in site.probes.checks))


def faults(site: Site) -> Iterator[Fault]:
    """What is wrong with them, keyed as in `site.toml`."""
    probes = site.probes
    if not probes.regions:
        return
    names = [probe.name for probe in probes.checks]
    if len({PRODUCT, *names}) <= len(names):
        yield "probes.checks", f"{', '.join(names)}: names must differ, and from {PRODUCT}"
    if probes.renditions and not site.delivery.heroes:
        yield "probes.renditions", "needs an image in delivery.heroes; or set it to false"
    try:
        if not _is_private(probes.url, site):
            Origin.parse(probes.url)
    except ConfigError as error:
        yield "probes.url", str(error)
        return
    for at, probe in enumerate(probes.checks):
        yield from _step_faults(probe, site, f"probes.checks.{at}")
    if site.delivery.heroes or not probes.renditions:
        yield from _size_faults(ready(site), site.probes.private)


def _step_faults(probe: Probe, site: Site, key: str) -> Iterator[Fault]:
    known: set[str] = set()
    for at, step in enumerate(probe.steps):
        if missing := names_in(step) - known:
            detail = f"no step before extracts {', '.join(sorted(missing))}"
            yield f"{key}.steps.{at}", detail
        known |= set(step.extract)
        url = _absolute(step, site.probes.url)
        if "{" in urlsplit(url).netloc:
            yield f"{key}.steps.{at}.url", "an extracted value may not be in the host"
            continue
        try:
            if not _is_private(url, site):
                public_url(url, shown=repr(url), longest=2_000)
        except ConfigError as error:
            yield f"{key}.steps.{at}.url", str(error)


def _is_private(url: str, site: Site) -> bool:
    return any(each.has(url) for each in site.probes.private)


def _size_faults(probes: tuple[Probe, ...], private: tuple[Private, ...]) -> Iterator[Fault]:
    if (size := len(pack(probes)) + len(pack_private(private))) > _MOST_PACKED:
        yield "probes.checks", f"{size} bytes when packed, above {_MOST_PACKED}: shorten them"
    if (budgets := sum(probe.budget_s for probe in probes)) > _MOST_BUDGETS_S:
        yield "probes.checks", f"budgets of {budgets} s together, above {_MOST_BUDGETS_S}"


def _product(site: Site) -> Probe:
    """Asks for the first hero as a visitor of each tier does, twice: it must be a rendition of the
    best format, not the original in its place, and come from the cache the second time.
    """
    image = site.probes.url.rstrip("/") + site.delivery.heroes[0]
    best = _TYPE[site.delivery.formats[0]]
    steps = []
    for tier in Tier:
        for again in (False, True):
            headers = {"content-type": best}
            if again:
                headers["x-cache"] = "*hit from cloudfront"
            steps.append(
                Step(
                    name=f"{tier}-again" if again else str(tier),
                    url=image,
                    headers={"accept": "image/avif,image/webp,*/*", "cookie": f"ae_tier={tier}"},
                    expect=Expect(headers=headers, least_bytes=100),
                )
            )
    return Probe(name=PRODUCT, every_minutes=15, budget_s=25, steps=tuple(steps))


def _whole(probe: Probe, base: str) -> Probe:
    steps = tuple(step.model_copy(update={"url": _absolute(step, base)}) for step in probe.steps)
    return probe.model_copy(update={"steps": steps})


def _absolute(step: Step, base: str) -> str:
    return base.rstrip("/") + step.url if step.url.startswith("/") else step.url
