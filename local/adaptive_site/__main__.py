"""The command line of a site: check, publish, warm, polish, invalidate, explain."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import httpx
import typer

from adaptive.edge.policy import CONTROL, Tier
from infra import config
from local.adaptive_site import (
    account,
    explanation,
    invalidation,
    publication,
    twins,
    warming,
)
from local.adaptive_site.failure import SiteError
from local.adaptive_site.ladder import Failure
from local.adaptive_site.options import BUILT, SITE, AsJson, Folder, Manifest, SiteFile, Stack
from local.adaptive_site.terminal import (
    FAILED,
    ProgressBars,
    complain,
    say,
    told,
    write_json,
)

app = typer.Typer(
    name="adaptive-site",
    help="Checks a built site, publishes it, warms caches, and explains what a request gets.",
    epilog="AWS is found as by any AWS tool (AWS_PROFILE, …); the local cloud by AWS_ENDPOINT_URL. "
    "Exit codes: 0 done, 1 a problem that is told in a sentence, 2 wrong usage, 130 Ctrl-C.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def check(
    folder: Folder = BUILT,
    *,
    site_file: SiteFile = SITE,
    manifest: Manifest = None,
    as_json: AsJson = False,
) -> None:
    """Every twin is there, loads no chunk of a full bundle, and is as new as its sources."""
    with told():
        site = config.load(site_file)
        built, problems = twins.checked(folder, site, site_file=site_file, manifest=manifest)
        paths = [
            path for entry, by_tier in site.bundles.items() for path in (entry, *by_tier.values())
        ]
        digests = {path: built.digest(path) for path in dict.fromkeys(paths) if built.has(path)}
    if as_json:
        write_json({"problems": [asdict(each) for each in problems], "digests": digests})
    else:
        for path, digest in digests.items():
            say(f"{path}  {digest[:16]}")
        for each in problems:
            complain(f"{each.path} {each.detail}")
        if not problems:
            say(f"{len(digests)} bundled files are in order")
    if problems:
        raise typer.Exit(FAILED)


@app.command()
def publish(
    folder: Folder = BUILT,
    *,
    hero: Annotated[
        list[str] | None,
        typer.Option(
            help="An image whose renditions are made ahead; more of them by repeating this. "
            "Beside those in site.toml."
        ),
    ] = None,
    site_file: SiteFile = SITE,
    manifest: Manifest = None,
    stack: Stack = account.STACK,
    as_json: AsJson = False,
) -> None:
    """Check, upload what changed, make the heroes' renditions, and have caches forget the old.

    Running it again does nothing; running it after Ctrl-C does the rest.
    """
    with told():
        site = config.load(site_file)
        if site.origin:
            raise SiteError(
                f"this site is served by {site.origin.url}: publish there, then name what changed "
                "to `adaptive-site invalidate`"
            )
        _, problems = twins.checked(folder, site, site_file=site_file, manifest=manifest)
        for each in problems:
            complain(f"{each.path} {each.detail}")
        if problems:
            raise SiteError("nothing was published: mend this first")
        heroes = tuple(dict.fromkeys((*site.delivery.heroes, *(hero or ()))))
        where = account.connect(stack)
        with ProgressBars() as progress:
            outcome = publication.run(where, folder, site=site, heroes=heroes, progress=progress)
    if as_json:
        write_json(asdict(outcome))
    else:
        say(
            f"{len(outcome.uploaded)} files uploaded, {len(outcome.dropped)} old renditions "
            f"dropped, {len(outcome.rendered)} made, {len(outcome.invalidated)} paths invalidated"
        )
    _end(outcome.failed)


@app.command()
def warm(
    *,
    hero: Annotated[
        list[str] | None,
        typer.Option(help="An image, beside the heroes in site.toml; more by repeating this."),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(help="The site, as visitors reach it.", show_default="CloudFront's"),
    ] = None,
    site_file: SiteFile = SITE,
    stack: Stack = account.STACK,
    as_json: AsJson = False,
) -> None:
    """Make all renditions of the heroes and bring them into caches, before many ask for them.

    Caches are near those who ask: run it from where the visitors will come from.
    """
    with told():
        site = config.load(site_file)
        images = tuple(dict.fromkeys((*site.delivery.heroes, *(hero or ()))))
        if not images:
            raise SiteError("name an image: site.toml has no heroes")
        if url is None:
            with account.answered():
                outputs = account.outputs_of(stack, "DistributionDomainName")
            url = f"https://{outputs['DistributionDomainName']}"
        with httpx.Client(base_url=url) as client:
            done = warming.warm(client, images, site.policy)
    if as_json:
        write_json(asdict(done))
    else:
        say(f"{done.brought} renditions were brought into the cache, {done.found} were there")
    _end(done.failed)


@app.command()
def polish(
    images: Annotated[
        list[str] | None,
        typer.Argument(
            help="URL paths of images; * is any ending.", show_default="all of the site's"
        ),
    ] = None,
    *,
    site_file: SiteFile = SITE,
    stack: Stack = account.STACK,
    as_json: AsJson = False,
) -> None:
    """Replace stored AVIF renditions by smaller ones that look as good as they must.

    Made while a visitor waits, a rendition has a second; here it takes some five of one processor.
    Running it again does the new ones only; running it after Ctrl-C does the rest.
    """
    from local.adaptive_site import polishing  # noqa: PLC0415 - most commands need no libvips

    with told():
        site = config.load(site_file)
        bucket = account.connect(stack).files
        some = polishing.renditions(bucket, images or (), site)
        with ProgressBars() as progress:
            done = polishing.run(some, polishing.Polisher.of(site, bucket), progress)
    if as_json:
        write_json(asdict(done))
    else:
        say(done.sentence)
    _end(done.failed)


@app.command()
def invalidate(
    paths: Annotated[
        list[str], typer.Argument(help="URL paths; an image means its renditions, too; * is any.")
    ],
    *,
    site_file: SiteFile = SITE,
    stack: Stack = account.STACK,
    wait: Annotated[bool, typer.Option(help="Until every edge has forgotten them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have CloudFront forget paths.

    With an [origin] of the site's own, an image's renditions are made anew, too.
    """
    with told():
        site = config.load(site_file)
        asked = invalidation.paths_of(paths, site.delivery.image_prefixes)
        where = account.connect(stack)
        if site.origin:
            publication.drop_renditions(where, paths, site)
        made = invalidation.invalidate(where, asked, reference=invalidation.new_reference())
        if wait:
            invalidation.wait(where, made)
    if as_json:
        write_json({"id": made, "paths": asked})
    else:
        say(f"{made}: {' '.join(asked)}")


@app.command()
def explain(
    url: Annotated[str, typer.Argument(help="A URL or path of the site.")],
    *,
    tier: Annotated[str | None, typer.Option(help="What the tier cookie says.")] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(help='Sent by the browser, as "Name: value"; more of them by repeating this.'),
    ] = None,
    site_file: SiteFile = SITE,
    as_json: AsJson = False,
) -> None:
    """Say which variant a request gets, and why."""
    words = (*Tier, CONTROL)
    if tier is not None and tier not in words:
        raise typer.BadParameter(f"{tier} is none of {', '.join(words)}", param_hint="--tier")
    with told():
        request = explanation.request_of(url, tier=tier, headers=header or ())
        found = explanation.explain(request, config.load(site_file).policy)
    if as_json:
        write_json(asdict(found))
    else:
        say(found.uri)
        for reason in found.because:
            say(f"  {reason.question:<18} {reason.row}: {reason.when}; {reason.then}")


def _end(failures: Sequence[Failure]) -> None:
    for failure in failures:
        complain(f"{failure.path}: {failure.reason}")
    if failures:
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    app(prog_name="adaptive-site")
