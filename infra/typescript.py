"""The beacon's JSON Schema as TypeScript, so that the agent cannot say what the contract has not.

Only what that schema uses is understood; anything else raises, so that nothing is dropped silently.
The text is as prettier would write it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adaptive.delivery.beacon import Beacon
from adaptive.delivery.consent import WITHOUT_CONSENT
from adaptive.edge.policy import CONTROL, Tier

Schema = Mapping[str, Any]

_WIDTH = 100
_HEAD = (
    "// Generated from contracts/beacon.schema.json by `make generate`; edit adaptive.delivery.\n"
)
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def generate(schema: Schema) -> str:
    """A module of one interface per part, and the lists that the agent must share."""
    parts = [_HEAD]
    parts += (_interface(name, part) for name, part in schema["$defs"].items())
    parts.append(_list("tiers", [*Tier, CONTROL]))
    dropped = [name for name in Beacon.model_fields if name not in WITHOUT_CONSENT]
    parts.append(_list("onlyWithConsent", dropped))
    return "\n".join(parts)


def _interface(name: str, part: Schema) -> str:
    lines = [*_doc(part, ""), f"export interface {name} {{"]
    required = part.get("required", ())
    for field, value in part["properties"].items():
        lines += _doc(value, "  ")
        lines += _property(field if field in required else f"{field}?", value)
    return "\n".join([*lines, "}", ""])


def _property(name: str, value: Schema) -> Iterator[str]:
    kind = _type(value)
    line = f"  {name}: {kind};"
    if len(line) <= _WIDTH:
        yield line
        return
    words = kind.split(" | ")
    yield f"  {name}:"
    yield from (f"    | {word}" for word in words[:-1])
    yield f"    | {words[-1]};"


def _type(value: Schema) -> str:
    match value:
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"anyOf": [kind, {"type": "null"}]}:
            return _type(
                kind
            )  # an absent field and null are the same to us, and we never send null
        case {"enum": list(words)}:
            return " | ".join(map(json.dumps, words))
        case {"type": "array", "items": items}:
            return f"{_type(items)}[]"
        case {"type": "object", "patternProperties": patterns} if len(patterns) == 1:
            [each] = patterns.values()
            return f"Record<string, {_type(each)}>"
        case {"type": str(scalar)} if scalar in _SCALARS:
            return _SCALARS[scalar]
    raise ValueError(f"no TypeScript for {value}")


def _doc(value: Schema, indent: str) -> Iterator[str]:
    text = value.get("description", "")
    if not text:
        return
    line = f"{indent}/** {' '.join(text.split())} */"
    if len(line) <= _WIDTH:
        yield line
    else:
        yield f"{indent}/**"
        yield from (f"{indent} *{f' {each}' if each else ''}" for each in text.splitlines())
        yield f"{indent} */"


def _list(name: str, words: Sequence[str]) -> str:
    texts = [json.dumps(str(word)) for word in words]
    line = f"export const {name} = [{', '.join(texts)}] as const;\n"
    if len(line) <= _WIDTH:
        return line
    return "\n".join(
        [f"export const {name} = [", *(f"  {each}," for each in texts), "] as const;\n"]
    )
