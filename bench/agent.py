"""What the agent costs a visitor: size, reports, time on the main thread; its peers beside it.

The same page, in real Chromium with a four times slower processor, once with each agent in turn:
loaded, clicked on, scrolled, left. The time is that of the agent's script by Chromium's own trace
(compiling, evaluating, every call into it; nested calls once), so the page's own is not in it; and
it is the thread's own clock, which stands still while other programs have the processor. Busy
neighbours slow a processor down none the less: the least of all views is given beside the median.
Peers come from npm, bundled and minified alike. Floors: the bare web-vitals library with one
report, and one `fetch` without an agent. Targets: 9 KB gzipped, 2 reports a view, 5 ms.
"""

import argparse
import bisect
import gzip
import itertools
import json
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.report import Result, finish, say
from local.chromium import browser
from local.recorder import Recorder, recording

_ROOT = Path(__file__).parents[1]
_OURS = "adaptive-edge"
_PEERS = ("aws-rum-web", "faro", "datadog")
_FLOORS = ("web-vitals", "one-fetch")
_SLOWDOWN = 4
_CALLS = {"EvaluateScript", "FunctionCall", "v8.compile", "v8.compileModule"}
# When the view's parts end, by what the trace tells then: of the last there is no end.
_ENDS = ("MarkLoad", "mousemove", "pagehide")
_PHASES = ("loading", "settling", "in_use", "leaving")
_STARTING = "starting"  # the script itself, up to its end
_GZIP = b"\x1f\x8b"
_QUIET_MS = 1_500  # after the load: the first reports of all of them are out by then
_PAGE = """<!doctype html><html><title>Bench</title><body style="height: 4000px">
<script src="/agent.js" defer></script><h1>A page</h1><p>{words}</p>{images}
<button id="more">more</button>
<script>document.getElementById("more").onclick = (event) => event.target.append("!");</script>"""
_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c626001"
    "000000ffff030000060005570bb2150000000049454e44ae426082"
)


@dataclass(slots=True)
class Cost:
    """Of one agent: milliseconds by phase, reports, bytes and events sent, per view."""

    gzip_bytes: int
    phases: list[Counter[str]] = field(default_factory=list)
    reports: list[int] = field(default_factory=list)
    sent_bytes: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    @property
    def ms(self) -> list[float]:
        """The phases together."""
        return [each.total() for each in self.phases]

    def figures(self) -> dict[str, float]:
        """Medians, and the least time."""
        return {
            "gzip_bytes": self.gzip_bytes,
            "main_thread_ms": round(statistics.median(self.ms), 2),
            "main_thread_least_ms": round(min(self.ms), 2),
            "reports_per_view": statistics.median(self.reports),
            "sent_bytes_per_view": statistics.median(self.sent_bytes),
            "events_per_view": statistics.median(self.events),
        }

    def by_phase(self) -> dict[str, float]:
        """Medians: they need not add up to that of the whole."""
        names = (_STARTING, *_PHASES)
        return {
            name: round(statistics.median(each[name] for each in self.phases), 2) for name in names
        }


def main() -> None:
    """One view with each agent in turn, so that the machine's moods hit all alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=int, default=10, help="per agent (%(default)s)")
    views = parser.parse_args().views
    with tempfile.TemporaryDirectory() as folder, recording() as recorder, browser() as running:
        scripts = _built(Path(folder))
        costs = {name: Cost(len(gzip.compress(js, 9))) for name, js in scripts.items()}
        images = "".join(f'<img src="/{at}.png" width="40" height="40">' for at in range(20))
        recorder.files["/"] = _PAGE.format(words="words " * 400, images=images).encode()
        recorder.files |= {f"/{at}.png": _DOT for at in range(20)}
        for view in range(-1, views):  # the first round only warms up
            for name, script in scripts.items():
                recorder.files["/agent.js"] = script
                _view(running, recorder, costs[name], counts=view >= 0)
            if view >= 0:
                say(f"view {view + 1}/{views}: {', '.join(_said(costs))}")
    ours, peers = costs[_OURS].figures(), {name: costs[name].figures() for name in _PEERS}
    lightest = min(peers, key=lambda name: peers[name]["gzip_bytes"])
    peer_value = peers[lightest]["gzip_bytes"]
    finish(
        Result(
            name="agent",
            value=ours["gzip_bytes"],
            unit="bytes gzipped",
            peer=f"{lightest}, the lightest",
            peer_value=peer_value,
            ratio=peer_value / ours["gzip_bytes"],
            n=views,
        ),
        **{name: value for name, value in ours.items() if name != "gzip_bytes"},
        peers=peers,
        floors={name: costs[name].figures() for name in _FLOORS},
        by_phase_ms=costs[_OURS].by_phase(),
        by_phase_of_others_ms={name: costs[name].by_phase() for name in (*_PEERS, *_FLOORS)},
    )


def _built(folder: Path) -> dict[str, bytes]:
    for command in (["browser/build.mjs", "--agent"], ["bench/agents.mjs", str(folder)]):
        subprocess.run(["node", *command], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S607
    return {name: (folder / f"{name}.js").read_bytes() for name in (_OURS, *_PEERS, *_FLOORS)}


def _view(running: Browser, recorder: Recorder, cost: Cost, *, counts: bool) -> None:
    with recorder.changed:
        recorder.reports.clear()
    context = running.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWDOWN})
    running.start_tracing(page=page, categories=["devtools.timeline", "v8", "-*"])
    _visit(page, recorder.url)
    events = json.loads(running.stop_tracing())["traceEvents"]
    context.close()
    if counts:
        cost.phases.append(_spent_ms(events))
        with recorder.changed:
            cost.reports.append(len(recorder.reports))
            cost.sent_bytes.append(sum(len(report.body) for report in recorder.reports))
            cost.events.append(sum(_events(report.body) for report in recorder.reports))


def _events(body: bytes) -> int:
    """What CloudWatch RUM charges for; one a report of the others."""
    try:
        plain = gzip.decompress(body) if body.startswith(_GZIP) else body
        return len(json.loads(plain)["RumEvents"])
    except (ValueError, KeyError, TypeError):
        return 1


def _visit(page: Page, url: str) -> None:
    page.goto(url, wait_until="load")
    page.wait_for_timeout(_QUIET_MS)
    page.click("#more")
    page.mouse.wheel(0, 600)
    page.click("#more")
    page.wait_for_timeout(200)
    page.goto("about:blank")
    page.wait_for_timeout(300)


def _spent_ms(events: Sequence[dict[str, Any]]) -> Counter[str]:
    """Processor time inside the agent's script, throttled; a call within a call counts once."""
    calls = [
        event
        for event in events
        if event["name"] in _CALLS and "tdur" in event and _is_agents(event)
    ]
    calls.sort(key=lambda event: (event["pid"], event["tid"], event["tts"]))
    ends = _ends(events, min(calls, key=lambda event: int(event["ts"])))
    spent: Counter[str] = Counter()
    for _, of_thread in itertools.groupby(calls, key=lambda event: (event["pid"], event["tid"])):
        until = 0
        for event in of_thread:
            end = event["tts"] + event["tdur"]
            is_call = event["name"] == "FunctionCall"
            phase = _PHASES[bisect.bisect(ends, event["ts"])] if is_call else _STARTING
            spent[phase] += max(0, end - max(event["tts"], until)) / 1_000
            until = max(until, end)
    return spent


def _ends(events: Iterable[dict[str, Any]], began: dict[str, Any]) -> list[int]:
    """When each of `_ENDS` came first in the process and after the moment in which it began."""
    firsts: dict[str, int] = {}
    for event in events:
        name = event["name"]
        kind = event["args"]["data"]["type"] if name == "EventDispatch" else name
        if kind in _ENDS and event["pid"] == began["pid"] and event["ts"] > began["ts"]:
            firsts[kind] = min(event["ts"], firsts.get(kind, event["ts"]))
    return [firsts[kind] for kind in _ENDS]


def _is_agents(event: dict[str, Any]) -> bool:
    data = event.get("args", {}).get("data", {})
    told = data.get("url") or event.get("args", {}).get("fileName") or ""
    return str(told).endswith("/agent.js")


def _said(costs: dict[str, Cost]) -> Iterable[str]:
    return (
        f"{name} {cost.ms[-1]:.1f} ms, {cost.reports[-1]} reports" for name, cost in costs.items()
    )


if __name__ == "__main__":
    main()
