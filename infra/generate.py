"""Writes what is generated from code: contracts, the agent's types, and tables in the docs.

`make generate` writes them; `make check` runs this with `--check`, which fails if one is stale.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from adaptive.delivery.beacon import Envelope
from adaptive.monitoring.payload import Call
from infra import function_table, grafana, openapi, privacy, typescript

ROOT = Path(__file__).parents[1]


def beacon_schema() -> dict[str, Any]:
    """The body of `POST /rum` as JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "beacon.schema.json",
        **Envelope.model_json_schema(by_alias=True),
    }


def alert_schema() -> dict[str, Any]:
    """What a webhook is sent of an alert, as JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "alert.schema.json",
        **Call.model_json_schema(mode="serialization"),
    }


def main() -> int:
    """Write or check; exit 1 names each stale file and the cure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args().check
    stale = []
    for name, generate in {
        "contracts/beacon.schema.json": lambda: json.dumps(beacon_schema(), indent=2) + "\n",
        "contracts/alert.schema.json": lambda: json.dumps(alert_schema(), indent=2) + "\n",
        "docs/grafana/adaptive-edge.json": grafana.generate,
        "contracts/query.openapi.json": openapi.generate,
        "browser/rum/wire.ts": lambda: typescript.generate(beacon_schema()),
        "docs/privacy.md": lambda: privacy.generate(beacon_schema()),
        "lambdas/README.md": function_table.generate,
    }.items():
        path, text = ROOT / name, generate()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run `make generate` and commit\n")
        return 1
    sys.stdout.write(f"{'checked' if check else 'wrote'}: {', '.join(stale) or 'all fresh'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
