"""What the edge costs a request: microseconds per event, import time, bytes of the asset.

Runs the staged asset in a bare interpreter (`python -I -S`), nothing else on its path. The peer is
an identity handler in the same process: what any Lambda@Edge function costs at least. Beside them
the twin for CloudFront Functions, in node.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.report import Result, finish, say
from infra import config, edge_asset, edge_twin
from infra.site import Site
from local.cdn import function_asset, function_contract
from local.cdn.messages import ViewerRequest

_BROWSER = {
    "accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-GB,en;q=0.9",
    "user-agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile",
    "referer": "https://shop.example/category.html",
    "sec-fetch-dest": "image",
    "host": "shop.example",
}
_COOKIES = "_ga=GA1.2.1234567890.1700000000; consent=granted; ae_page={0}; ae_tier={0}; theme=dark"
_HINTS = {"sec-ch-dpr": "2.625", "sec-ch-viewport-width": "412", "sec-ch-width": "1081"}

_CHILD = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import handler
events = json.loads(sys.stdin.read())
def run(call, rounds):
    took = []
    clock = time.perf_counter_ns
    for _ in range(rounds):
        for event in events:
            begin = clock(); call(event, None); took.append(clock() - begin)
    took.sort()
    return took[len(took) // 2] / 1e3, took[len(took) * 99 // 100] / 1e3
identity = lambda event, context: event["Records"][0]["cf"]["request"]
rounds = int(sys.argv[2])
run(handler.lambda_handler, rounds // 10 + 1)
print(json.dumps([run(handler.lambda_handler, rounds), run(identity, rounds)]))
"""
_IMPORT = """
import sys, time
sys.path.insert(0, {!r})
begin = time.perf_counter()
{}
print((time.perf_counter() - begin) * 1e3)
"""
_TWIN = Path(__file__).with_name("edge_twin.mjs")


def events() -> list[dict[str, Any]]:
    """A page's worth of what browsers send: images, scripts, with and without cookie and hints."""
    cases: list[tuple[str, dict[str, str]]] = [
        *(("/img/hero.jpg", {"cookie": _COOKIES.format(tier)}) for tier in _WORDS),
        *(("/img/a/b/shoe-42.jpeg", {"cookie": _COOKIES.format(t), **_HINTS}) for t in _WORDS),
        ("/img/hero.jpg", {}),
        ("/img/hero.jpg", _HINTS),
        ("/img/hero.jpg", {"ect": "3g", "save-data": "on"}),
        ("/img/logo.png", {"accept": "*/*"}),
        ("/img/logo.svg", {}),
        ("/js/shop.js", {"cookie": _COOKIES.format("lite")}),
        ("/js/other.js", {"cookie": _COOKIES.format("lite")}),
        ("/img/hero.jpg", {"cookie": "x=" + "y" * 2_000 + "; ae_tier=lite"}),
        ("/img/hero.jpg", {"width": "NaN", "dpr": "1e309", "cookie": "ae_tier=gold"}),
    ]
    return [_event(uri, {**_BROWSER, **headers}) for uri, headers in cases]


_WORDS = ("full", "standard", "lite", "minimal", "control")


def _event(uri: str, headers: dict[str, str]) -> dict[str, Any]:
    request = {
        "clientIp": "203.0.113.178",
        "method": "GET",
        "uri": uri,
        "querystring": "",
        "headers": {name: [{"key": name, "value": text}] for name, text in headers.items()},
    }
    config = {"distributionId": "EXAMPLE", "eventType": "viewer-request", "requestId": "id"}
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def _python(code: str, *args: str, text: str = "") -> str:
    command = [sys.executable, "-I", "-S", "-c", code, *args]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def _import_ms(asset: Path, statement: str, runs: int) -> float:
    code = _IMPORT.format(str(asset), statement)
    return statistics.median(float(_python(code)) for _ in range(runs))


def _twin_events() -> list[dict[str, Any]]:
    """The same requests as CloudFront Functions see them."""
    requests = [event["Records"][0]["cf"]["request"] for event in events()]
    return [
        function_contract.event(
            ViewerRequest(
                id="id",
                method=each["method"],
                uri=each["uri"],
                querystring=each["querystring"],
                headers=tuple((name, said[0]["value"]) for name, said in each["headers"].items()),
                client_ip=each["clientIp"],
            ),
            distribution_id="EXAMPLE",
            domain="d1.cloudfront.net",
        )
        for each in requests
    ]


def _twin_us(site: Site, rounds: int, runs: int) -> tuple[float, float]:
    """p50 and p99 of the CloudFront Function, medians over processes."""
    sample = json.dumps(_twin_events())
    with tempfile.TemporaryDirectory(prefix="edge-twin-") as folder:
        function_asset.write(Path(folder), edge_twin.code(site), edge_twin.key_values(site))
        node, *_ = function_asset.command(Path(folder))
        command = [node, str(_TWIN), folder, str(rounds)]
        took = [
            json.loads(
                subprocess.run(
                    command, input=sample, capture_output=True, check=True, text=True
                ).stdout
            )
            for _ in range(runs)
        ]
    p50, p99 = (statistics.median(run[which] for run in took) for which in (0, 1))
    return p50, p99


def main() -> None:
    """Stage, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=1_000, help="passes over the event set per run"
    )
    parser.add_argument("--runs", type=int, default=5, help="processes; medians are reported")
    options = parser.parse_args()
    site = config.load(edge_asset.ROOT / "site.toml")
    asset = edge_asset.stage(site)
    sample = json.dumps(events())
    say(f"{options.runs} runs x {options.rounds} rounds x {len(events())} events")
    outcomes = [
        json.loads(_python(_CHILD, str(asset), str(options.rounds), text=sample))
        for _ in range(options.runs)
    ]
    ours, floor = ([run[which] for run in outcomes] for which in (0, 1))
    twin_p50, twin_p99 = _twin_us(site, options.rounds, options.runs)
    p50 = statistics.median(run[0] for run in ours)
    floor_p50 = statistics.median(run[0] for run in floor)
    finish(
        Result(
            name="edge",
            value=p50,
            unit="us per request, p50",
            peer="identity handler",
            peer_value=floor_p50,
            ratio=p50 / floor_p50,
            n=options.runs * options.rounds * len(events()),
        ),
        p99_us=statistics.median(run[1] for run in ours),
        import_ms=_import_ms(asset, "import handler", 21),
        import_floor_ms=_import_ms(asset, "pass", 21),
        asset_bytes=sum(map(len, edge_asset.contents(site).values())),
        twin_p50_us=twin_p50,
        twin_p99_us=twin_p99,
        twin_bytes=len(edge_twin.code(site).encode()),
        python=sys.version.split()[0],
    )


if __name__ == "__main__":
    main()
