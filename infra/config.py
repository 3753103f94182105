"""Reads `site.toml`; whatever is wrong with it is named by file, key and allowed values."""

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from adaptive.errors import ConfigError
from infra import bundles, probes, site_checks, toml_lines
from infra.site import Site

_LARGEST_MANIFEST = 100_000  # bytes; it is part of the edge package, read at every cold start


def load(path: Path) -> Site:
    """Read and check the file; raises ConfigError with one line per fault."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}") from error
    raw["originals"] = _originals(path, raw)
    try:
        # By way of JSON: only there does strict mode take arrays for tuples and words for enums
        # (https://docs.pydantic.dev/latest/concepts/conversion_table/).
        site = Site.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        raise _refusal(path, (_explain(each) for each in error.errors())) from error
    if faults := [*site_checks.faults(site), *probes.faults(site)]:
        raise _refusal(path, faults)
    return _with_manifest(site, path)


def sources(path: Path) -> tuple[Path, ...]:
    """All files that `load` reads; raises ConfigError as it does."""
    manifest = load(path).delivery.bundle_manifest
    return (path, path.parent / manifest) if manifest else (path,)


def _with_manifest(site: Site, path: Path) -> Site:
    """The site with the bundles of the manifest beside its own."""
    if site.delivery.bundle_manifest is None:
        return site
    manifest = path.parent / site.delivery.bundle_manifest
    built = bundles.read(manifest).bundles
    faults = [*site_checks.bundle_faults(built, site)]
    faults += ((entry, f"is in {path.name} too") for entry in built if entry in site.bundles)
    if faults:
        raise _refusal(manifest, ((f"bundles.{key}", detail) for key, detail in faults))
    return site.model_copy(update={"bundles": {**site.bundles, **built}})


def renditions(site: Site) -> str:
    """What each image can become at most; a site above its own bound is not loaded at all."""
    count, bound = site.policy.renditions_per_image, site.delivery.max_renditions_per_image
    return f"at most {count} renditions per image (bound: {bound})"


def _originals(path: Path, raw: Mapping[str, Any]) -> object:
    """What the generated file says; nothing where none is named or generated yet."""
    match raw.get("delivery"):
        case {"originals": str(name)} if (path.parent / name).is_file():
            file = path.parent / name
        case _:
            return {}
    if file.stat().st_size > _LARGEST_MANIFEST:
        detail = f'"{name}" has more than {_LARGEST_MANIFEST:,} bytes: list the largest images only'
        raise _refusal(path, [("delivery.originals", detail)])
    try:
        return json.loads(file.read_bytes())
    except ValueError as error:
        raise _refusal(path, [("delivery.originals", f'"{name}" is not JSON: {error}')]) from error


def _refusal(path: Path, faults: Iterable[tuple[str, str]]) -> ConfigError:
    """With the line, where the file has one for the key."""
    text = path.read_text(encoding="utf-8") if path.suffix == ".toml" else ""

    def place(key: str) -> str:
        line = toml_lines.line_of(text, key.split("."))
        return f"{path.name}:{line}" if line else path.name

    return ConfigError("\n".join(f"{place(key)}: {key}: {detail}" for key, detail in faults))


def _explain(error: ErrorDetails) -> tuple[str, str]:
    """A pydantic error as dotted key and advice."""
    where = [str(step) for step in error["loc"] if step != "[key]"]
    untagged = where[:3] + where[4:] if where[:2] == ["monitoring", "rules"] else where
    key = ".".join(untagged)
    given = json.dumps(error["input"], default=str)
    match error["type"]:
        case "extra_forbidden":
            return key, f"unknown key, allowed here: {_allowed(where)}"
        case "missing":
            return key, "is missing"
        case "string_pattern_mismatch":
            return key, f"{given} does not have the form {error['ctx']['pattern']}"
        case _:
            return key, f"{given}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _allowed(where: list[str]) -> str:
    """The keys beside an unknown one, the nearest named first."""
    schema: Mapping[str, Any] = Site.model_json_schema()
    here = schema
    for step in where[:-1]:
        here = _below(here, step, schema["$defs"])
    keys = list(here["properties"])
    nearest = difflib.get_close_matches(where[-1], keys, n=1, cutoff=0.5)
    hint = f" (did you mean {nearest[0]}?)" if nearest else ""
    return ", ".join(keys) + hint


def _below(here: Mapping[str, Any], step: str, sections: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a key, of any key, of any item, or of the kind that a tag names."""
    found: Any
    match here:
        case {"properties": {**keys}} if step in keys:
            found = keys[step]
        case {"additionalProperties": {**any_key}}:
            found = any_key
        case {"patternProperties": {**named}}:
            found = next(iter(named.values()))
        case {"items": {**item}}:
            found = item
        case {"discriminator": {"mapping": {**kinds}}}:
            found = {"$ref": kinds[step]}
        case _:
            raise KeyError(step)
    section = next((each for each in found.get("anyOf", ()) if "$ref" in each), found)
    name = section.get("$ref", "").rpartition("/")[2]
    below: Mapping[str, Any] = sections[name] if name else section
    return below
