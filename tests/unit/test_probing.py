import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adaptive.errors import ConfigError, UnavailableError
from adaptive.monitoring import lab, probe
from adaptive.monitoring.lab import Verdict, verdict
from adaptive.monitoring.probe import Probe, Step
from adaptive.monitoring.probe_round import ROUND_S, Round, minute_of
from adaptive.monitoring.probing import Prober, ProbeResult, faults_of
from adaptive.monitoring.rollup import Field, Rollup
from adaptive.monitoring.window import Resolution, partition
from adaptive.ports import Answer, Phases
from tests.fakes import InMemoryVersionedStore

NOW_S = 1_800_000_000.0
PHASES = Phases(dns_ms=10, connect_ms=20, tls_ms=40, wait_ms=80, download_ms=160)


def answer(body: bytes = b"hello", **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "status": 200,
        "headers": {"content-type": "text/html; charset=utf-8"},
        "body": body,
        "size": len(body),
        "phases": PHASES,
        "certificate_expires_at_s": NOW_S + 60 * 86_400,
    }
    return Answer(**{**fields, **changes})


def step(name: str = "page", **changes: Any) -> Step:
    return Step.model_validate({"name": name, "url": "https://shop.example.com/", **changes})


def expecting(**expect: Any) -> Step:
    return step(expect=expect)


@dataclass
class Scripted:
    """A fetcher that answers in order; `takes_s` is what each request costs."""

    answers: list[Answer | Exception]
    takes_s: float = 0
    now_s: float = 0
    asked: list[tuple[str, str, dict[str, str], bytes, float]] = field(default_factory=list)

    def fetch(
        self, url: str, *, method: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        self.asked.append((url, method, dict(headers), body, timeout_s))
        self.now_s += self.takes_s
        found = self.answers[len(self.asked) - 1]
        if isinstance(found, Exception):
            raise found
        return found


def run(fetcher: Scripted, *steps: Step, budget_s: int = 10) -> ProbeResult:
    prober = Prober(fetcher, lambda: fetcher.now_s, NOW_S)
    return prober.run(Probe(name="shop", budget_s=budget_s, steps=steps))


@pytest.mark.parametrize(
    ("expect", "found", "fault"),
    [
        ({}, answer(status=503), "status 503, not 200"),
        ({"status": (301, 302)}, answer(), "status 200, not 301 or 302"),
        (
            {"headers": {"content-type": "image/avif"}},
            answer(),
            "content-type is 'text/html; charset=utf-8', not 'image/avif'",
        ),
        ({"headers": {"x-cache": "Hit*"}}, answer(), "no header x-cache"),
        ({"contains": ("bye",)}, answer(), "the body lacks 'bye'"),
        ({"lacks": ("hell",)}, answer(), "the body has 'hell'"),
        ({"most_bytes": 4}, answer(), "5 bytes, above 4"),
        ({"least_bytes": 6}, answer(), "5 bytes, below 6"),
        ({"total_ms": 309}, answer(), "took 310 ms, above 309"),
        (
            {"certificate_days": 30},
            answer(certificate_expires_at_s=NOW_S + 29.5 * 86_400),
            "the certificate expires in 29.5 days, below 30",
        ),
        ({"json_values": {"$.a": 1}}, answer(), "the body has no JSON at $.a"),
        ({"json_values": {"$.a": 1}}, answer(b'{"a": 2}'), "$.a is '2', not 1"),
        ({"json_values": {"$.a": 1}}, answer(b'{"a": true}'), "$.a is 'True', not 1"),
        ({"json_values": {"$.a": True}}, answer(b'{"a": 1}'), "$.a is '1', not True"),
        ({"json_values": {"$.a[1]": 1}}, answer(b'{"a": [1]}'), "the body has no JSON at $.a[1]"),
        ({"json_values": {"$.a[0]": 1}}, answer(b'{"a": "1"}'), "the body has no JSON at $.a[0]"),
        ({"json_values": {"$.a.b": 1}}, answer(b'{"a": []}'), "the body has no JSON at $.a.b"),
    ],
)
def test_what_is_not_as_expected_is_told(expect: dict[str, Any], found: Answer, fault: str) -> None:
    assert [*faults_of(expecting(**expect), found, now_s=NOW_S)] == [fault]


def test_what_is_as_expected_is_no_fault() -> None:
    body = json.dumps({"cart": {"items": [{"price": 9.5, "gone": None}]}}).encode()
    everything = expecting(
        status=(200, 304),
        headers={"content-type": "TEXT/*"},
        contains=("cart",),
        lacks=("error",),
        json_values={"$.cart.items[0].price": 9.5, "$.cart.items[0].gone": None},
        most_bytes=1_000,
        least_bytes=10,
        total_ms=310,
        certificate_days=60,
    )
    assert [*faults_of(everything, answer(body), now_s=NOW_S)] == []


def test_what_a_step_takes_out_later_steps_put_in() -> None:
    fetcher = Scripted(
        [
            answer(b'{"token": "t1"}', headers={"etag": '"e"', "set-cookie": "sid=s1; Path=/"}),
            answer(),
        ]
    )
    login = step(
        "login",
        method="POST",
        extract={"token": "json:$.token", "tag": "header:etag", "sid": "cookie:sid"},
    )
    cart = step(
        "cart",
        url="https://shop.example.com/{{token}}",
        headers={"cookie": "sid={{sid}}"},
        body="{{tag}}",
    )
    assert run(fetcher, login, cart).reason == ""
    assert fetcher.asked[1][:4] == (
        "https://shop.example.com/t1",
        "GET",
        {"cookie": "sid=s1"},
        b'"e"',
    )


@pytest.mark.parametrize("body", [b"", b"{}", b'{"token": {}}', b'{"token": "a\\r\\nb"}', b"[1]"])
def test_what_cannot_be_taken_out_ends_the_scenario(body: bytes) -> None:
    fetcher = Scripted([answer(body)])
    first = step(extract={"token": "json:$.token"})
    result = run(fetcher, first, step("next", url="https://shop.example.com/{{token}}"))
    assert result.reason.startswith("page: nothing to extract at json:$.token")
    assert len(fetcher.asked) == 1


def test_a_step_that_fails_is_the_last() -> None:
    fetcher = Scripted([UnavailableError("connection refused"), answer()])
    result = run(fetcher, step(), step("next"))
    assert result.reason == "page: connection refused"
    assert len(fetcher.asked) == 1


def test_a_probe_costs_no_more_time_than_it_may() -> None:
    fetcher = Scripted([answer()] * 5, takes_s=4)
    result = run(fetcher, *(step(f"s{number}") for number in range(5)), budget_s=10)
    assert [asked[4] for asked in fetcher.asked] == [10, 6, 2]
    assert result.reason == "s3: the budget of 10 s was used up before"


@given(st.binary(max_size=200))
def test_no_body_breaks_a_probe(body: bytes) -> None:
    everything = step(
        extract={"a": "json:$.a[0].b", "c": "cookie:c"},
        expect={"json_values": {"$.a": 1}, "contains": ("x",)},
    )
    headers = {"set-cookie": body.decode("latin-1")}
    assert run(Scripted([answer(body, headers=headers)]), everything).reason


def test_probes_come_back_from_the_environment_as_they_went() -> None:
    probes = (Probe(name="a", steps=(step(),)), Probe(name="b", every_minutes=1, steps=(step(),)))
    assert probe.unpack(probe.pack(probes)) == probes
    for broken in ("", "x", "AAAA"):
        with pytest.raises(ConfigError):
            probe.unpack(broken)


def test_a_probe_runs_as_often_as_it_is_to() -> None:
    for every in (1, 5, 15, 60):
        one = Probe(name="shop", every_minutes=every, steps=(step(),))
        assert sum(map(one.is_due, range(1_000_000, 1_000_000 + 240))) == 240 // every


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://shop.example.com/"},
        {"url": "ftp://shop.example.com/"},
        {"url": "https://a b"},
        {"method": "DELETE"},
        {"headers": {"X-A": "b"}},
        {"headers": {"x-a": "b\r\nc: d"}},
        {"expect": {"status": ()}},
        {"expect": {"headers": {"x": "a\nb"}}},
        {"expect": {"json_values": {"a.b": 1}}},
        {"expect": {"most_bytes": 10**9}},
        {"extract": {"a": "regex:(.*)+"}},
        {"name": "a,b"},
    ],
)
def test_a_step_that_could_do_harm_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        step(**wrong)


def result(*, reason: str = "", name: str = "shop") -> ProbeResult:
    script: list[Answer | Exception] = [UnavailableError(reason) if reason else answer()]
    found = run(Scripted(script), step())
    return ProbeResult(name, found.steps)


def cells(store: InMemoryVersionedStore, minute: int) -> dict[str, Rollup]:
    items = store.read_partition(partition(Resolution.MINUTE, lab.FAMILY, minute))
    return {sort: Rollup.decode(item.body) for (_, sort), item in items.items()}


def test_a_run_is_a_cell_of_its_probe_and_location() -> None:
    store, minute = InMemoryVersionedStore(), 30_000_000
    for _ in range(2):  # run twice, counted once
        lab.put(store, result(), location="eu-west-1", minute=minute)
    lab.put(store, result(reason="refused"), location="us-east-1", minute=minute)
    (good_key, good), (bad_key, bad) = sorted(cells(store, minute).items())
    assert good_key.startswith("shop,eu-west-1#")
    assert bad_key.startswith("shop,us-east-1#")
    assert (good.views, good.fields[Field.FAILING], good.fields[Field.BYTES]) == (1, 0, 5)
    assert (bad.views, bad.fields[Field.FAILING], bad.fields[Field.ERRORS]) == (1, 1, 1)
    expected = {"ttfb_ms": 150, "load_ms": 310}
    expected |= {"dns_ms": 10, "connect_ms": 20, "tls_ms": 40, "wait_ms": 80, "download_ms": 160}
    for name, value in expected.items():
        assert good.quantile(name, 0.5) == pytest.approx(value, rel=0.01)
        assert bad.quantile(name, 0.5) is None


def test_what_was_found_last_is_kept_with_its_reason() -> None:
    store = InMemoryVersionedStore()
    lab.put(store, result(reason="refused"), location="a", minute=30_000_001)
    lab.put(store, result(), location="a", minute=30_000_000)  # late
    lab.put(store, result(), location="b", minute=30_000_001)
    first, second = lab.read_latest(store)
    assert (first.probe, first.location, first.minute) == ("shop", "a", 30_000_001)
    assert (first.reason, second.reason) == ("page: refused", "")


@pytest.mark.parametrize(
    ("failing", "found"),
    [
        ({}, Verdict.UNKNOWN),
        ({"a": False, "b": False, "c": False}, Verdict.UP),
        ({"a": True, "b": False, "c": False}, Verdict.LOCATION_PROBLEM),
        ({"a": True, "b": True, "c": False}, Verdict.OUTAGE),
        ({"a": True, "b": True, "c": True}, Verdict.OUTAGE),
        ({"a": True}, Verdict.OUTAGE),
    ],
)
def test_one_location_alone_is_no_outage(failing: dict[str, bool], found: Verdict) -> None:
    assert verdict(failing, outage_from=2) is found


@given(st.dictionaries(st.sampled_from("abcdef"), st.booleans()), st.integers(1, 6))
def test_more_failures_never_make_it_better(failing: dict[str, bool], outage_from: int) -> None:
    worse = {**failing, **dict.fromkeys([*failing][:1], True)}
    order = [Verdict.UNKNOWN, Verdict.UP, Verdict.LOCATION_PROBLEM, Verdict.OUTAGE]
    before, after = (
        order.index(verdict(each, outage_from=outage_from)) for each in (failing, worse)
    )
    assert before <= after


def test_a_round_begins_no_probe_that_could_outlast_it() -> None:
    store, fetcher = InMemoryVersionedStore(), Scripted([answer()] * 9)
    times = iter([0.0, *[ROUND_S - 5.0] * 99])
    probes = [
        Probe(name=name, every_minutes=1, budget_s=budget_s, steps=(step(),))
        for name, budget_s in (("quick", 5), ("slow", 6))
    ]
    prober = Prober(fetcher, lambda: 0, NOW_S)
    of = Round(probes, "us-east-1", prober, store, lambda: next(times))
    results, skipped = of.run(30_000_000)
    assert ([each.probe for each in results], skipped) == (["quick"], 1)
    assert [each.probe for each in lab.read_latest(store)] == ["quick"]


def test_a_round_runs_what_is_due_in_its_minute_whenever_it_is_run() -> None:
    assert minute_of("2026-11-22T09:14:00Z") == minute_of("2026-11-22T09:14:59Z")
    probes = [Probe(name=f"p{n}", every_minutes=5, steps=(step(),)) for n in range(10)]
    ran = []
    for minute in range(30_000_000, 30_000_005):
        prober = Prober(Scripted([answer()] * 10), lambda: 0, NOW_S)
        of = Round(probes, "us-east-1", prober, InMemoryVersionedStore(), lambda: 0)
        ran += [each.probe for each in of.run(minute)[0]]
    assert sorted(ran) == sorted(each.name for each in probes)
