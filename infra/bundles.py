"""The manifest of bundles that a build may write, so that nobody keeps `[bundles]` by hand:

{"bundles": {"/js/shop.js": {"lite": "/js/shop.lite.js"}},
 "built_from": {"/js/shop.js": {"files": ["src/shop.ts"], "sha256": "…"}}}

`built_from` is optional: with it, `adaptive-site check` tells what is older than its sources.
Files are named from the folder of `site.toml`.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adaptive.errors import ConfigError
from infra.sections.delivery import Asset, Bundles


class Provenance(BaseModel):
    """What one asset was built from; `sha256` is `digest_of` those files, then."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    bundles: Bundles
    built_from: dict[Asset, Provenance] = {}


def read(path: Path) -> Manifest:
    """Raises ConfigError with one line per fault."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}: build the site first") from error
    except ValidationError as error:
        faults = (
            f"{path.name}: "
            f"{'.'.join(str(step) for step in each['loc'] if step != '[key]') or 'JSON'}: "
            f"{json.dumps(each['input'], default=str)}: {each['msg']}"
            for each in error.errors(include_url=False)
        )
        raise ConfigError("\n".join(faults)) from error


def digest_of(files: Iterable[Path]) -> str:
    """SHA-256 (hexadecimal) over the SHA-256 of each file, in this order; raises OSError."""
    each = (hashlib.sha256(path.read_bytes()).digest() for path in files)
    return hashlib.sha256(b"".join(each)).hexdigest()
