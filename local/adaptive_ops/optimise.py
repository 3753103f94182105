"""adaptive-ops optimise: which policy to put on trial next, by what experiments have shown."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adaptive.errors import ConfigError
from adaptive.experiments.learnt import lessons, order
from adaptive.experiments.metric import METRICS
from adaptive.experiments.optimiser import propose
from adaptive.experiments.registry import Registry
from adaptive.experiments.search import Point
from infra import config
from local.adaptive_ops.deployed import STACK, connect
from local.adaptive_ops.experiment import SiteFile, connect_table
from local.adaptive_ops.options import AsJson, Stack  # noqa: TC001 - typer reads them
from local.adaptive_site.terminal import say, told, write_json

if TYPE_CHECKING:
    from adaptive.experiments.declaration import Experiment


def optimise(
    *,
    seed: Annotated[int | None, typer.Option(help="To see the same proposal again.")] = None,
    site_file: SiteFile = Path("site.toml"),
    stack: Stack = STACK,
    as_json: AsJson = False,
) -> None:
    """Propose the next experiment: declare it in site.toml and start it, if you agree."""
    with told():
        site = config.load(site_file)
        search = site.optimiser
        if search is None:
            raise ConfigError(f"the optimiser is off: [optimiser] in {site_file.name} turns it on")
        deployed, registry = connect(stack), Registry(connect_table())
        enacted = deployed.book.current()
        policy = enacted.policy if enacted else deployed.initial
        learnt = lessons(registry, deployed.book.history(), deployed.initial, search)
        normal = random.Random(seed)  # noqa: S311 - chance, no secret
        found = propose(search, Point.of(policy), learnt, lambda: normal.gauss(0, 1))
        known = {each.standing.experiment.name for each in registry.all()}
        known |= {each.name for each in site.experiments}
        proposed = None if found is None else order(search, found, policy, known=known)
    if as_json:
        write_json(
            {
                "lessons": len(learnt),
                "experiment": proposed and proposed.model_dump(mode="json", exclude_none=True),
            }
        )
        return
    words = METRICS[search.metric].words
    if proposed is None:
        say(f"By {len(learnt)} experiments, the policy in force is as good for {words} as any.")
        return
    say(f"By {len(learnt)} experiments. Nothing changes by itself: declare it, then start it with")
    say(f'./adaptive-ops experiment start {proposed.name} --who YOU --why "…"')
    typer.echo(_toml(proposed))


def _toml(experiment: Experiment) -> str:
    target = experiment.changes.target
    margins = ", ".join(f"{name} = {margin:g}" for name, margin in experiment.guardrails.items())
    aims = (
        f"lcp_ms = {target.lcp_ms:g}, inp_ms = {target.inp_ms:g}, share = {target.share:g}"
        if target
        else ""
    )
    return f"""
[[experiments]]
name = "{experiment.name}"
hypothesis = "{experiment.hypothesis}"
primary = "{experiment.primary}"
minimum_effect = {experiment.minimum_effect:g}
guardrails = {{ {margins} }}
changes = {{ target = {{ {aims} }}, default_tier = "{experiment.changes.default_tier}" }}"""
