"""What scripts and style sheets import, read by esbuild's parser.

An address that a script computes, `import(name)` or `new Worker(name)`, nobody can read.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.adaptive_site.failure import SiteError

ROOT = Path(__file__).parents[2]
SUFFIXES = frozenset({".js", ".mjs", ".css"})
_LEXER = Path(__file__).with_name("imports.mjs")


@dataclass(frozen=True, slots=True)
class Import:
    """`kind` is esbuild's: import-statement, dynamic-import, import-rule, url-token, …"""

    specifier: str
    kind: str

    @property
    def is_code(self) -> bool:
        """Whether it brings in more script or style, rather than a picture or a font."""
        return self.kind in {"import-statement", "dynamic-import", "import-rule"}


def read(folder: Path) -> Mapping[str, Sequence[Import]]:
    """What each script and style sheet of a built site imports, by URL path.

    Raises SiteError for one that cannot be parsed.
    """
    files = sorted(path for path in folder.resolve().rglob("*") if path.suffix in SUFFIXES)
    try:
        done = subprocess.run(
            ["node", str(_LEXER)],  # noqa: S607 - whichever Node the user has
            input=json.dumps([str(path) for path in files]),
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    except FileNotFoundError as error:
        raise SiteError("Node.js is missing: install version 20 or newer") from error
    if done.returncode:
        raise SiteError(f"a script cannot be read: {done.stderr.strip()}")
    return {
        "/" + Path(name).relative_to(folder.resolve()).as_posix(): tuple(
            Import(each["specifier"], each["kind"]) for each in found
        )
        for name, found in json.loads(done.stdout).items()
    }
