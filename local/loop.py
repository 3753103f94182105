"""The running system on this machine: local cloud, deployed app, published shop, CDN."""

from __future__ import annotations

import hashlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import httpx

from adaptive.aws.files import S3FileStore
from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy_book import PolicyBook
from adaptive.edge.policy import CONTROL, SESSION_COOKIE, TIER_COOKIE, Tier
from adaptive.errors import AdaptiveError, UnavailableError
from infra import config
from local.cdn import Cdn, Options
from local.cdn.access_log import LogDelivery
from local.cdn.server import listen
from local.cloud import REGION, LocalCloud
from local.dashboard.running import running_dashboard
from local.history.deployed import history_of
from local.publish import publish
from local.visitors import FAST_DESKTOP, SLOW_PHONE, session_id_in_arm, visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from infra.site import Site
    from local.dashboard.running import Dashboard
    from local.history.filling import History
    from local.visitors import PageView, Profile, Visitor

ROOT = Path(__file__).parents[1]
BUILT_SITE = ROOT / "build" / "site"
STATE = ROOT / ".local"
PAGES = ("/index.html", "/category.html", "/product.html")
_STREAM_TIMEOUT_S = 30
_FILL_TIMEOUT_S = 60
_AT_ONCE = 4


class BuildError(AdaptiveError):
    """The shop could not be built; the message is the builder's."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page view, and what the session's record said once the stream had settled it."""

    view: PageView
    score: float | None
    next_tier: str | None


@dataclass(frozen=True, slots=True)
class Loop:
    """`base_url` serves the shop; `outputs` are the stacks'; `warmed` marks what was rendered;
    `history` is empty until it is filled; `policies` are what is in force, and was. `endpoint` is
    where AWS's APIs answer.
    """

    base_url: str
    site: Site
    outputs: dict[str, dict[str, str]]
    sessions: DynamoSessionStore
    files: S3FileStore
    warmed: Path
    history: History
    endpoint: str
    dashboard: Dashboard
    policies: PolicyBook

    def visit(self, running: Browser, profile: Profile, *, control: bool = False) -> list[Seen]:
        """A new visitor of the given arm reads the shop's pages in order."""
        with self.visitor(running, profile, control=control) as someone:
            return [self.seen(someone, path) for path in PAGES]

    @contextmanager
    def visitor(
        self, running: Browser, profile: Profile, *, control: bool = False
    ) -> Iterator[Visitor]:
        """Somebody new, of the given arm."""
        holdout = self.site.holdout
        session_id = session_id_in_arm(control=control, share=holdout.share, salt=holdout.salt)
        cookies = {SESSION_COOKIE: str(session_id)}
        if control:
            cookies[TIER_COOKIE] = CONTROL
        with visitor(running, self.base_url, profile, cookies=cookies) as someone:
            yield someone

    def seen(self, someone: Visitor, path: str) -> Seen:
        """The visitor reads a page, and the stream settles it."""
        return self._settled(someone.view(path))

    def warm(self, running: Browser, say: Callable[[str], None]) -> None:
        """Have the renditions made that visitors will ask for, and all that is published cached.

        A live site has both behind it. Renditions are made once per bucket and site: the local
        cloud keeps what it stores; the CDN starts empty each time.
        """
        content = self._content()
        if not (self.warmed.exists() and self.warmed.read_text() == content):
            self._make_renditions(running, say)
            self.warmed.write_text(content)
        say("filling the CDN's cache")
        self._fill_cache()

    def run_now(self, name: str) -> None:
        """A function of AdaptivePrediction that waits for its minute of the hour otherwise; nobody
        waits for it.
        """
        session = boto3.Session("test", "test", region_name=REGION)
        function = self.outputs["AdaptivePrediction"][f"{name}FunctionName"]
        session.client("lambda", endpoint_url=self.endpoint).invoke(
            FunctionName=function, InvocationType="Event", Payload=b"{}"
        )

    def _make_renditions(self, running: Browser, say: Callable[[str], None]) -> None:
        rounds = [(FAST_DESKTOP, Tier.FULL), *((SLOW_PHONE, tier) for tier in Tier)]
        missed = []
        for number, (profile, tier) in enumerate(rounds, start=1):
            say(f"making renditions {number}/{len(rounds)}: {tier}, {profile.width_px} px wide")
            if not self._look(running, profile, tier):
                missed.append((profile, tier))
        for profile, tier in missed:  # the first may have waited in vain for a function's start
            say(f"once more: {tier}, {profile.width_px} px wide")
            self._look(running, profile, tier)

    def _look(self, running: Browser, profile: Profile, tier: Tier) -> bool:
        cookies = {TIER_COOKIE: str(tier)}
        with visitor(running, self.base_url, profile.unthrottled(), cookies=cookies) as someone:
            came = [someone.look(path) for path in PAGES]
        return all(came)

    def _fill_cache(self) -> None:
        """By their own names: the rewritten path is the cache key, whoever asks."""
        asked = {"accept-encoding": "gzip", "cookie": f"{TIER_COOKIE}={CONTROL}"}
        with (
            httpx.Client(base_url=self.base_url, headers=asked, timeout=_FILL_TIMEOUT_S) as client,
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):
            list(pool.map(client.get, self.files.below("/")))

    def _content(self) -> str:
        digest = hashlib.sha256(self.outputs["AdaptiveEdge"]["SiteBucketName"].encode())
        for path in sorted(BUILT_SITE.rglob("*.*")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _settled(self, view: PageView) -> Seen:
        deadline = time.monotonic() + _STREAM_TIMEOUT_S
        while time.monotonic() < deadline:
            stored = self.sessions.get(view.session_id)
            if stored and any(each.view_id == view.view_id for each in stored.state.views):
                return Seen(view, stored.state.score, stored.state.tier)
            time.sleep(0.1)
        raise UnavailableError(
            f"the stream did not settle view {view.view_id} in {_STREAM_TIMEOUT_S} s"
        )


@contextmanager
def running_loop(
    *,
    port: int,
    say: Callable[[str], None],
    state: Path = STATE,
    site_file: Path = ROOT / "site.toml",
    anew: bool = False,
) -> Iterator[Loop]:
    """Build, start, deploy, publish and serve; all of it stopped at the end.

    `port` is the shop's, the next one the dashboard's, 0 any free ones; `state` is kept, so that
    the next start is quick, unless that is to begin `anew`. Raises AdaptiveError with the cure in
    its message.
    """
    for each in (port, port and port + 1):
        listen(each).close()  # a port in use is said before the long steps, not after
    site = config.load(site_file)
    say("building the shop")
    _build()
    with ExitStack() as stack:
        cloud = stack.enter_context(
            LocalCloud(folder=state, site_file=site_file, report=say, anew=anew)
        )
        outputs = cloud.outputs()
        edge = outputs["AdaptiveEdge"]
        session = boto3.Session("test", "test", region_name=REGION)
        s3 = session.client("s3", endpoint_url=cloud.endpoint)
        uploaded = publish(s3, BUILT_SITE, edge["SiteBucketName"])
        say(f"published the shop: {uploaded} files were new")
        log = stack.enter_context((state / "cdn.log").open("w", encoding="utf-8"))
        delivery = stack.enter_context(LogDelivery(s3, edge["AccessLogBucketName"]))
        options = Options(
            endpoint=cloud.endpoint,
            access_log=lambda line: print(line, file=log),
            delivered_log=delivery.add,
        )
        cdn = stack.enter_context(Cdn(edge["DistributionId"], options, port=port))
        dashboard = stack.enter_context(
            running_dashboard(
                cloud.endpoint,
                outputs["AdaptiveDashboard"],
                site=site.site.name,
                site_url=cdn.url,
                site_domain=edge["DistributionDomainName"],
                port=port and port + 1,
            )
        )
        dynamodb = session.client("dynamodb", endpoint_url=cloud.endpoint)
        table = outputs["AdaptiveDelivery"]["SessionsTableName"]
        yield Loop(
            base_url=cdn.url,
            site=site,
            outputs=outputs,
            sessions=DynamoSessionStore(dynamodb, table=table),
            files=S3FileStore(s3, bucket=edge["SiteBucketName"]),
            warmed=state / "warmed",
            policies=PolicyBook(
                DynamoVersionedStore(
                    dynamodb, table=outputs["AdaptiveDelivery"]["OperationsTableName"]
                )
            ),
            history=history_of(outputs, site, dynamodb),
            endpoint=cloud.endpoint,
            dashboard=dashboard,
        )


def _build() -> None:
    done = subprocess.run(
        ["node", "browser/build.mjs"],  # noqa: S607 - whichever Node the user has
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"the shop cannot be built:\n{done.stderr}")
