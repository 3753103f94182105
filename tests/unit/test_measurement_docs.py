"""What docs/measurement.md says of the agent links to a test that is there."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "measurement.md"
_LINK = re.compile(r'\[[^\]]+\]\((\S+) "([^"]+)"\)')
_CLAIMS = re.compile(
    r"^(?:\| [^|]+ \| (?P<ours>[^|]+) \|(?: [^|]+ \|){5}|- [^:].*: (?P<further>\[.*))$"
)


def claims() -> list[str]:
    """What stands in our column, and what is listed below it."""
    table, _, below = DOCS.read_text().partition("Further, of ours:")
    rows = table.splitlines()[table.splitlines().index("|---|---|---|---|---|---|---|") + 1 :]
    listed = below.strip().partition("\n\n")[0].splitlines()
    found = [_CLAIMS.match(line) for line in (*filter(None, rows), *listed)]
    return [each["ours"] or each["further"] if each else "no claim" for each in found]


def test_every_yes_names_a_test_that_exists() -> None:
    assert len(claims()) > 15
    for claim in claims():
        links = _LINK.findall(claim)
        assert links, claim
        for target, name in links:
            text = (DOCS.parent / target).read_text()
            assert f"def {name}(" in text or f'test("{name}"' in text, (target, name)
