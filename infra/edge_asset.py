"""Stages the package of `edge_request`: its handler, `adaptive.edge`, this site's policy.

`python -m infra.edge_asset` does it without AWS, network or CDK. Same input, same bytes.
"""

import json
import sys
from pathlib import Path

from adaptive.edge import policy
from adaptive.errors import ConfigError
from infra import config
from infra.site import Site

ROOT = Path(__file__).parents[1]
STAGED = ROOT / "build" / "edge_request"


def contents(site: Site) -> dict[str, bytes]:
    """Each file of the package by its path within."""
    package = ROOT / "layers" / "core" / "python"
    handler = ROOT / "lambdas" / "delivery" / "edge_request" / "handler.py"
    modules = [package / "adaptive" / "__init__.py", *(package / "adaptive" / "edge").glob("*.py")]
    return {
        "handler.py": handler.read_bytes(),
        # A module, as `json` would cost the edge more import time than all the rest.
        "site_policy.py": f"FIELDS = {json.loads(policy.dump(site.policy))!r}\n".encode(),
        **{str(path.relative_to(package)): path.read_bytes() for path in sorted(modules)},
    }


def stage(site: Site, into: Path = STAGED) -> Path:
    """Bring the folder up to date; only what differs is touched: a local CDN may be using it."""
    files = contents(site)
    for path in sorted(into.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif str(path.relative_to(into)) not in files:
            path.unlink()
    for name, content in files.items():
        path = into / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return into


def main() -> None:
    """Stage and say how much; exit 1 with one line per fault of site.toml."""
    try:
        site = config.load(ROOT / "site.toml")
    except ConfigError as error:
        sys.exit(str(error))
    folder = stage(site)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    sys.stdout.write(f"{folder.relative_to(ROOT)}: {size:,} bytes; {config.renditions(site)}\n")


if __name__ == "__main__":
    main()
