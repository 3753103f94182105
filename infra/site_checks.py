"""What must hold between the keys of `site.toml`, each fault as (dotted key, advice)."""

from collections.abc import Iterator
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from adaptive.delivery.origin import Origin
from adaptive.delivery.policy import initial, parse
from adaptive.edge.policy import Tier
from adaptive.errors import ConfigError, PolicyError
from adaptive.monitoring import rule_faults
from adaptive.monitoring.dimension import most_cells
from adaptive.monitoring.routing import TOPIC
from adaptive.monitoring.webhook import Webhook
from infra.sections.delivery import WORST_QUALITY, Bundles, RecipeRules
from infra.site import Site

Fault = tuple[str, str]

_SAME_KIND = {"mjs": "js", "jpeg": "jpg", "png": "jpg"}


def faults(site: Site) -> Iterator[Fault]:
    """Everything that is wrong; nothing if the site can be built."""
    yield from _ladder(site)
    yield from _prefixes(site)
    yield from _tiers(site)
    yield from _order(site)
    yield from _recipes(site)
    yield from _origin(site)
    yield from _rollups(site)
    yield from _prediction(site)
    yield from _experiments(site)
    if TOPIC in site.notify.destinations:
        yield f"notify.destinations.{TOPIC}", "is what notify.email is called: name it otherwise"
    yield from _experience(site)
    for key, detail in rule_faults.faults(site.monitoring, site.rollups.lists):
        yield f"monitoring.{key}", detail
    yield from _raw_events(site)
    yield from _exports(site)
    for key, detail in bundle_faults(site.bundles, site):
        yield f"bundles.{key}", detail


def _experience(site: Site) -> Iterator[Fault]:
    parts = site.experience
    total = parts.performance + parts.engagement + parts.calm
    if not isclose(total, 1):
        detail = f"performance, engagement and calm are {total:.2f} together, and must be 1"
        yield "experience", detail


def _raw_events(site: Site) -> Iterator[Fault]:
    events = site.raw_events
    if events.fast_ms > events.slow_ms:
        detail = f"{events.fast_ms:g} must not be above slow_ms, {events.slow_ms:g}"
        yield "raw_events.fast_ms", detail


def _ladder(site: Site) -> Iterator[Fault]:
    widths, formats = site.delivery.widths, site.delivery.formats
    if any(narrow >= wide for narrow, wide in pairwise(widths)):
        yield "delivery.widths", f"{_listed(widths)} must ascend"
    if len(set(formats)) < len(formats):
        yield "delivery.formats", f"{_listed(formats)} names one twice"
    if "jpg" not in formats:
        yield "delivery.formats", "must contain jpg, which browsers get that accept no other"
    count, limit = site.policy.renditions_per_image, site.delivery.max_renditions_per_image
    if count > limit:
        detail = f"{limit}, but widths x tiers x formats make {count}: raise it or shorten them"
        yield "delivery.max_renditions_per_image", detail


def _prefixes(site: Site) -> Iterator[Fault]:
    images, bundles = site.delivery.image_prefixes, site.delivery.bundle_prefixes
    prefixes = (*images, *bundles)
    for at, prefix in enumerate(prefixes):
        name = "image_prefixes" if at < len(images) else "bundle_prefixes"
        key = f"delivery.{name}.{at if at < len(images) else at - len(images)}"
        if {".", ".."} & set(prefix.split("/")):
            yield key, f'"{prefix}" must not contain "." or ".." as a folder'
        if prefix.startswith("/rum/"):
            yield key, f'"{prefix}" is taken by the beacon endpoint'
        for other in prefixes[:at] + prefixes[at + 1 :]:
            if prefix.startswith(other):
                yield key, f'"{prefix}" lies within "{other}": a path can have one behaviour only'
    for at, hero in enumerate(site.delivery.heroes):
        if not hero.startswith(images) or {".", ".."} & set(hero.split("/")):
            yield f"delivery.heroes.{at}", f'"{hero}" is below none of {_listed(images)}'


def _tiers(site: Site) -> Iterator[Fault]:
    ladder = site.delivery.widths
    for tier in Tier:
        rules = site.tiers[tier]
        if rules.max_width not in ladder:
            detail = f"{rules.max_width} is not in delivery.widths ({_listed(ladder)})"
            yield f"tiers.{tier}.max_width", detail
    yield from _steps(site)


def _steps(site: Site) -> Iterator[Fault]:
    """Every width of a ladder is somebody's."""
    policy = site.image_policy
    for word in policy.max_width:
        for below, above in pairwise(policy.widths_of(word)):
            if above <= below * policy.upscale_of(word):
                key = f"tiers.{policy.tier_of(word)}.upscale"
                yield key, f"must be below {above}/{below}, or {below} stands in for {above}"


def _order(site: Site) -> Iterator[Fault]:
    """Each tier asks for no more than the richer one; `full` is the measure."""
    for richer, poorer in pairwise(Tier):
        for name in ("max_width", "image_weight", "script_weight", "quality_floor"):
            above, below = getattr(site.tiers[richer], name), getattr(site.tiers[poorer], name)
            if below > above:
                yield f"tiers.{poorer}.{name}", f"{below} is above that of tier {richer}, {above}"
        shown = site.tiers[poorer].displayed_quality
        most = min(site.tiers[richer].quality, site.tiers[poorer].quality_floor)
        if shown is not None and shown > most:
            yield f"tiers.{poorer}.displayed_quality", f"must be at most {most}"
    for name in ("image_weight", "script_weight"):
        if (given := getattr(site.tiers.full, name)) != 1:
            yield f"tiers.full.{name}", f"{given} must be 1, the measure"
    if site.tiers.full.quality > site.tiers.full.quality_floor:
        yield "tiers.full.displayed_quality", f"must be at most {site.tiers.full.quality_floor:g}"
    if site.tiers.full.quality <= WORST_QUALITY:
        yield "tiers.full.quality_floor", f"must be above {WORST_QUALITY}, where quality begins"


def _recipes(site: Site) -> Iterator[Fault]:
    """Each says something, has the figures of what it says, and is no richer than `full`."""
    listed = site.delivery.bundle_manifest is None
    for name, recipe in site.recipes.items():
        key = f"recipes.{name}"
        twins = any(name in each for each in site.bundles.values())
        if listed and not (recipe.has_renditions or recipe.bundles or twins):
            yield key, f"is served as {recipe.tier} is: say max_width, quality_floor or bundles"
        if recipe.has_renditions != (recipe.image_weight is not None):
            yield f"{key}.image_weight", "goes with max_width and quality_floor, and they with it"
        if recipe.max_width and recipe.max_width not in site.delivery.widths:
            widths = _listed(site.delivery.widths)
            yield f"{key}.max_width", f"{recipe.max_width} is not in delivery.widths ({widths})"
        yield from _quality(key, recipe, site)


def _quality(key: str, recipe: RecipeRules, site: Site) -> Iterator[Fault]:
    own = site.tiers[recipe.tier]
    floor, shown = recipe.quality_floor or own.quality_floor, recipe.displayed_quality
    if shown and shown > floor:
        yield f"{key}.displayed_quality", f"must be at most {floor:g}"
    if (seen := shown or recipe.quality_floor or own.quality) > site.tiers.full.quality:
        yield f"{key}.quality_floor", f"{seen:g} is above that of tier full, the measure"


def _origin(site: Site) -> Iterator[Fault]:
    if site.origin is not None:
        try:
            Origin.parse(site.origin.url)
        except ConfigError as error:
            yield "origin.url", str(error)


def _prediction(site: Site) -> Iterator[Fault]:
    try:
        ZoneInfo(site.prediction.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "prediction.time_zone", f'"{site.prediction.time_zone}": "Europe/Berlin", for example'
    for event in site.prediction.events:
        if event.last < event.first:
            yield "prediction.events", f"{event.name} ends before it begins"


def _rollups(site: Site) -> Iterator[Fault]:
    count, limit = most_cells(site.rollups.lists), site.rollups.max_cells
    if count > limit:
        yield "rollups.max_cells", f"{limit}, but the lists make {count}: raise it or shorten them"


def _experiments(site: Site) -> Iterator[Fault]:
    try:
        policy = initial(site.rules, holdout_share=site.holdout.share)
    except ValidationError:
        return  # what is wrong with the tiers is said already
    names = [each.name for each in site.experiments]
    for at, each in enumerate(site.experiments):
        key = f"experiments.{at}"
        if names.index(each.name) < at:
            yield f"{key}.name", f'"{each.name}" is there already'
        try:
            trial = each.trial(0, run=1).model_dump(mode="json")
            parse({**policy.model_dump(mode="json"), "trials": [trial]})
        except PolicyError as error:
            yield f"{key}.changes", str(error)


def bundle_faults(bundles: Bundles, site: Site) -> Iterator[Fault]:
    """What is wrong with entries and their twins, keyed as they stand below `bundles`."""
    allowed = site.delivery.bundle_prefixes
    for entry, twins in bundles.items():
        for name in twins.keys() - {*Tier}:
            if name not in site.recipes:
                yield f"{entry}.{name}", f"is none of {_listed((*Tier, *site.recipes))}"
            elif site.recipes[name].script_weight is None:
                yield f"{entry}.{name}", f"a twin of its own: recipes.{name} needs script_weight"
        for key, path in ((entry, entry), *((f"{entry}.{t}", p) for t, p in twins.items())):
            if not path.startswith(allowed) or {".", ".."} & set(path.split("/")):
                detail = f'"{path}" is not below delivery.bundle_prefixes ({_listed(allowed)})'
                yield key, detail
            elif key != entry and (path in bundles or path in site.bundles):
                yield key, f'"{path}" has twins itself: a rewritten path stays put'
            elif _kind(path) != _kind(entry):
                detail = f"a browser that asked for {_kind(entry)} cannot be given {_kind(path)}"
                yield key, f'"{path}" is no twin of "{entry}": {detail}'


def _kind(path: str) -> str:
    """What a browser takes one for the other of, by the last part of the name."""
    suffix = path.rpartition(".")[2]
    return _SAME_KIND.get(suffix, suffix)


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _exports(site: Site) -> Iterator[Fault]:
    if site.exports.otlp is None:
        return
    try:
        Webhook.parse(site.exports.otlp.url, name="exports.otlp.url")
    except ConfigError as error:
        yield "exports.otlp.url", str(error)
    if taken := {*site.exports.otlp.headers} & {"host", "content-type", "content-length"}:
        yield "exports.otlp.headers", f"{', '.join(sorted(taken))}: is written by us"
