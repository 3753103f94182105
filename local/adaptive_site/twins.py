"""Whether every twin is there, stands on its own, and is as new as what it was built from.

A page that gets the lite entry with a chunk of the full one runs two halves that never met in a
test, so a twin shares no code with anything that has twins itself.
"""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from infra import bundles
from local.adaptive_site import imports
from local.adaptive_site.failure import SiteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from infra.bundles import Manifest
    from infra.site import Site
    from local.adaptive_site.imports import Import

_HERE = "http://this.site"
_RELATIVE = ("/", "./", "../")


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` is the asset at fault; `detail` says what is wrong and what to do."""

    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """A folder as visitors will see it: `imports` has each script and style sheet by URL path."""

    folder: Path
    imports: Mapping[str, Sequence[Import]]

    def has(self, path: str) -> bool:
        """Whether a file is published at this URL path."""
        return (self.folder / path.lstrip("/")).is_file()

    def closure(self, path: str) -> dict[str, str]:
        """All code that loading it may load, itself included: URL path -> who imports it."""
        reached, waiting = {path: ""}, [path]
        while waiting:
            importer = waiting.pop()
            for each in self.imports.get(importer, ()):
                target = resolve(importer, each) if each.is_code else None
                if target is not None and target not in reached:
                    reached[target] = importer
                    waiting.append(target)
        return reached

    def digest(self, path: str) -> str:
        """SHA-256 of all that code: changes if anything changes of what a visitor would run."""
        files = [path for path in sorted(self.closure(path)) if self.has(path)]
        told = hashlib.sha256("\n".join(files).encode())
        for name in files:
            told.update(hashlib.sha256((self.folder / name.lstrip("/")).read_bytes()).digest())
        return told.hexdigest()


def resolve(importer: str, wanted: Import) -> str | None:
    """The URL path that an import means on this site; None if it is another site's or inline."""
    url = urlsplit(urljoin(_HERE + importer, wanted.specifier))
    if f"{url.scheme}://{url.netloc}" != _HERE:
        return None
    return posixpath.normpath(unquote(url.path))


def problems(site: Site, built: BuiltSite) -> Iterator[Problem]:
    """What is wrong between `[bundles]` and the built folder, and within the code that twins load.

    Nothing if it may be published.
    """
    entries = site.bundles
    twins = {twin: entry for entry, by_tier in entries.items() for twin in by_tier.values()}
    for path in (*entries, *twins):
        if not built.has(path):
            cure = "build it, or take it out of [bundles]"
            yield Problem(path, f"is not in {built.folder}: {cure}")
    owners = {path: entry for entry in entries for path in built.closure(entry)}
    for twin in twins:
        closure = built.closure(twin)
        for path, importer in closure.items():
            if path in owners:
                yield Problem(
                    twin,
                    f"{importer or twin} imports {path}, which is loaded by {owners[path]}, too: "
                    "build the twin apart, with chunks of its own",
                )
    loaded = {path for root in (*entries, *twins) for path in built.closure(root)}
    for path in sorted(loaded):
        yield from _loose_ends(path, built)


def stale(built: BuiltSite, manifest: Manifest, root: Path) -> Iterator[Problem]:
    """What is older than its sources, which are named from `root`."""
    for path, provenance in manifest.built_from.items():
        try:
            now = bundles.digest_of(root / name for name in provenance.files)
        except OSError as error:
            yield Problem(path, f"was built from {error.filename}, which is gone: build it again")
            continue
        if built.has(path) and now != provenance.sha256:
            yield Problem(path, "is older than what it was built from: build it again")


def _loose_ends(path: str, built: BuiltSite) -> Iterator[Problem]:
    for each in built.imports.get(path, ()):
        if each.kind in {"import-statement", "dynamic-import"} and not (
            each.specifier.startswith(_RELATIVE) or urlsplit(each.specifier).scheme
        ):
            yield Problem(path, f'imports "{each.specifier}" by a bare name: bundle it in')
            continue
        target = resolve(path, each)
        if target and (each.is_code or each.kind == "url-token") and not built.has(target):
            yield Problem(path, f'imports "{each.specifier}", but {target} is not there')


def checked(
    folder: Path, site: Site, *, site_file: Path, manifest: Path | None
) -> tuple[BuiltSite, list[Problem]]:
    """The built site, and all that is wrong with its twins; `manifest` is what the build wrote of
    them, None as site.toml says. Raises SiteError if there is no such folder.
    """
    if not folder.is_dir():
        raise SiteError(f"{folder} is no folder: build the site first, or name where it is")
    built = BuiltSite(folder, imports.read(folder))
    found = list(problems(site, built))
    if manifest is None and site.delivery.bundle_manifest:
        manifest = site_file.parent / site.delivery.bundle_manifest
    if manifest:
        found += stale(built, bundles.read(manifest), site_file.resolve().parent)
    return built, found
