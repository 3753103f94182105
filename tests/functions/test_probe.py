"""probe, from the clock to the rollups, against a real site over real TLS."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from adaptive.aws.curl import CurlFetcher, Reach
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.errors import ConfigError
from adaptive.monitoring import lab
from adaptive.monitoring.lab import Verdict, verdict
from adaptive.monitoring.probe import Probe, pack
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.window import Resolution, partition
from adaptive.settings.monitoring import ProbeSettings
from infra import config, probes
from lambdas.monitoring.probe import handler
from tests.probe_world import HOST, Site, by_path, saying, site
from tests.samples import ROLL_UP

SITE_FILE = Path(__file__).parents[1] / "infra/site.toml"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PARAMETER = "/adaptive-edge/demo-shop/rollups-table"
SHOP = Probe.model_validate(
    {
        "name": "shop",
        "every_minutes": 1,
        "budget_s": 3,
        "steps": [
            {
                "name": "front",
                "url": f"https://{HOST}/",
                "expect": {"contains": ["welcome"], "headers": {"content-type": "text/html*"}},
                "extract": {"sid": "cookie:sid"},
            },
            {
                "name": "cart",
                "url": f"https://{HOST}/cart",
                "headers": {"cookie": "sid={{sid}}"},
                "expect": {"json_values": {"$.items[0].id": 7}},
            },
        ],
    }
)
FRONT = saying(b"<h1>welcome</h1>", "Content-Type: text/html", "Set-Cookie: sid=s1; Secure")
CART = saying(b'{"items": [{"id": 7}]}', "Content-Type: application/json")

HIT, MISS = (f"X-Cache: {word} from cloudfront" for word in ("Hit", "Miss"))

Run = Callable[..., None]


@pytest.fixture
def run(aws: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    boto3.client("ssm").put_parameter(Name=PARAMETER, Value=ROLL_UP.rollups_table, Type="String")

    def run(reach: Reach, *which: Probe, location: str = "us-east-1", minutes: int = 0) -> None:
        settings = ProbeSettings(
            location=location,
            home_region="us-east-1",
            rollups_parameter=PARAMETER,
            probes=pack(which or (SHOP,)),
        )
        for name, text in settings.environment().items():
            monkeypatch.setenv(name, text)
        handler._outside.cache_clear()  # noqa: SLF001
        event = {"time": NOW.replace(minute=minutes).isoformat().replace("+00:00", "Z")}
        handler.run(event, CurlFetcher(reach))

    yield run
    handler._outside.cache_clear()  # noqa: SLF001


def cells(aws: SimpleNamespace) -> dict[str, Rollup]:
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    minute = int(NOW.timestamp()) // 60
    found = store.read_partition(partition(Resolution.MINUTE, lab.FAMILY, minute))
    return {sort.partition("#")[0]: Rollup.decode(item.body) for (_, sort), item in found.items()}


def latest(aws: SimpleNamespace) -> dict[str, str]:
    store = DynamoVersionedStore(aws.dynamodb, table=ROLL_UP.rollups_table)
    return {f"{each.probe},{each.location}": each.reason for each in lab.read_latest(store)}


def test_a_scenario_is_walked_through_and_counted_as_lab_data(
    run: Run, aws: SimpleNamespace, tmp_path: Path
) -> None:
    with site(tmp_path, by_path(front=FRONT, cart=CART)) as of:
        run(of.reach())
        assert b"cookie: sid=s1" in of.requests[1].lower()
    [(value, rollup)] = cells(aws).items()
    assert value == "shop,us-east-1"
    counted = [rollup.fields[each] for each in (Field.VIEWS, Field.FAILING, Field.REQUESTS)]
    assert counted == [1, 0, 2]
    for name in ("ttfb_ms", "load_ms", "tls_ms"):
        assert rollup.quantile(name, 0.5) is not None
    assert latest(aws) == {"shop,us-east-1": ""}


def test_an_event_that_is_delivered_twice_counts_once(
    run: Run, aws: SimpleNamespace, tmp_path: Path
) -> None:
    with site(tmp_path, by_path(front=FRONT, cart=CART)) as of:
        for _ in range(2):
            run(of.reach())
    [rollup] = cells(aws).values()
    assert rollup.views == 1


def test_a_stopped_origin_is_seen_and_so_is_that_it_is_back(
    run: Run, aws: SimpleNamespace, tmp_path: Path
) -> None:
    with site(tmp_path, by_path(front=FRONT, cart=CART)) as of:
        run(of.reach())
        address, port = of.address, of.port
    run(of.reach(), minutes=1)
    assert "connect" in latest(aws)["shop,us-east-1"].lower()
    with site(tmp_path, by_path(front=FRONT, cart=CART), address=address, port=port) as of:
        run(of.reach(), minutes=2)
    assert latest(aws) == {"shop,us-east-1": ""}
    assert sum(each.fields[Field.FAILING] for each in cells(aws).values()) in {0, 1}


def test_a_location_failing_alone_is_told_from_an_outage(
    run: Run, aws: SimpleNamespace, tmp_path: Path
) -> None:
    places = {"us-east-1": "127.0.0.1", "eu-west-1": "127.0.0.2", "ap-south-1": "127.0.0.3"}

    def look(minute: int) -> Verdict:
        for location, of in up.items():
            run(of.reach(), location=location, minutes=minute)
        for location in places.keys() - up.keys():
            run(stopped[location].reach(), location=location, minutes=minute)
        failing = {key: bool(reason) for key, reason in latest(aws).items()}
        assert len(failing) == len(places)
        return verdict(failing, outage_from=2)

    stopped: dict[str, Site] = {}
    for location, address in places.items():
        with site(tmp_path, FRONT, address=address) as stopped[location]:
            pass
    up: dict[str, Site] = {}
    with ExitStack() as running:
        for location, address in places.items():
            one = site(tmp_path, by_path(front=FRONT, cart=CART), address=address)
            up[location] = running.enter_context(one)
        assert look(0) is Verdict.UP
        del up["ap-south-1"]
        assert look(1) is Verdict.LOCATION_PROBLEM
        del up["eu-west-1"]
        assert look(2) is Verdict.OUTAGE


def rendition(kind: str, *headers: str) -> Any:
    return saying(bytes(500), f"Content-Type: {kind}", *headers)


def product() -> Probe:
    [found, *_] = probes.ready(config.load(SITE_FILE))
    steps = tuple(
        step.model_copy(update={"url": step.url.replace("www.example.com", HOST)})
        for step in found.steps
    )
    return found.model_copy(update={"every_minutes": 1, "steps": steps})


@pytest.mark.parametrize(
    ("first", "again", "reason"),
    [
        (
            ("image/avif", MISS),
            ("image/avif", HIT),
            "",
        ),
        (
            ("image/jpeg", MISS),
            ("image/jpeg", HIT),
            "full: content-type is 'image/jpeg', not 'image/avif'",
        ),
        (
            ("image/avif", MISS),
            ("image/avif", MISS),
            "full-again: x-cache is 'Miss from cloudfront', not '*hit from cloudfront'",
        ),
    ],
)
def test_the_product_itself_is_checked_as_visitors_of_each_tier_meet_it(
    first: tuple[str, ...],
    again: tuple[str, ...],
    reason: str,
    run: Run,
    aws: SimpleNamespace,
    tmp_path: Path,
) -> None:
    seen: set[bytes] = set()

    def answer(of: Site, connection: Any, request: bytes) -> None:
        [cookie] = [line for line in request.split(b"\r\n") if line.lower().startswith(b"cookie:")]
        rendition(*(again if cookie in seen else first))(of, connection, request)
        seen.add(cookie)

    with site(tmp_path, answer) as of:
        run(of.reach(), product())
    assert latest(aws) == {"renditions,us-east-1": reason}
    if not reason:
        assert {cookie.partition(b"=")[2] for cookie in seen} == {
            *(b"full", b"standard", b"lite", b"minimal"),
        }


def test_a_probe_whose_table_nobody_named_says_so(run: Run, aws: SimpleNamespace) -> None:
    boto3.client("ssm").delete_parameter(Name=PARAMETER)
    with pytest.raises(ConfigError, match="rollups-table is not in us-east-1"):
        run(Reach())
