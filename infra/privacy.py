"""The tables in docs/privacy.md: every field a beacon may carry, within what bounds, and whether it
is sent without consent.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adaptive.delivery.consent import WITHOUT_CONSENT

Schema = Mapping[str, Any]

PAGE = Path(__file__).parents[1] / "docs" / "privacy.md"
_BEGIN, _END = "<!-- begin fields -->\n", "<!-- end fields -->\n"
_HEAD = "| field | what it says | bounds | without consent |\n| --- | --- | --- | --- |\n"
_PARTLY = {"page": "as `/`", "network": "only `ect`", "device": "only `mobile`"}


def generate(schema: Schema) -> str:
    """The whole page, its table written anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    return f"{before}{_BEGIN}{_HEAD}{''.join(_rows(schema))}{_END}{after}"


def _rows(schema: Schema) -> Iterator[str]:
    parts = schema["$defs"]
    for name, value in parts["Beacon"]["properties"].items():
        kept = _PARTLY.get(name, "sent") if name in WITHOUT_CONSENT else "not sent"
        told = value.get("description") or _part(value, parts)["description"]
        bounds = "; ".join(_bounds(value, parts)).replace("|", "\\|")
        yield f"| `{name}` | {' '.join(told.split())} | {bounds} | {kept} |\n"


def _part(value: Schema, parts: Mapping[str, Schema]) -> Schema:
    """The model behind a field."""
    value = _present(value)
    value = value.get("items", value)
    return parts[value["$ref"].rpartition("/")[2]]


def _present(value: Schema) -> Schema:
    return value["anyOf"][0] if "anyOf" in value else value


def _bounds(value: Schema, parts: Mapping[str, Schema]) -> Iterator[str]:
    match _present(value):
        case {"$ref": _} as reference:
            fields = _part(reference, parts)["properties"]
            told = {name: ", ".join(_bounds(each, parts)) for name, each in fields.items()}
            if len(told) > 1 and len(set(told.values())) == 1:
                yield f"{' '.join(f'`{name}`' for name in told)}, each {next(iter(told.values()))}"
            else:
                yield from (f"`{name}` {bounds}" for name, bounds in told.items())
        case {"items": items, "maxItems": most}:
            yield f"at most {most}"
            yield from _bounds(items, parts)
        case {"patternProperties": patterns, "maxProperties": most}:
            [(pattern, each)] = patterns.items()
            yield f"at most {most}, names `{pattern}`, values {', '.join(_bounds(each, parts))}"
        case {"enum": words}:
            yield " ".join(f"`{word}`" for word in words)
        case {"type": "boolean"}:
            yield "yes or no"
        case {"type": "string"} as text:
            most = f", at most {text['maxLength']} characters" if "maxLength" in text else ""
            yield f"`{text['pattern']}`{most}"
        case number:
            least = number.get("minimum", number.get("exclusiveMinimum"))
            yield f"{least:,.0f} to {number['maximum']:,.0f}"
