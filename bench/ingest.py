"""What a beacon costs `ingest`, under Lambda's own runtime client and its emulator.

Microseconds of CPU of the function's whole process, runtime included, so that nothing hides: one
beacon a request, and ten. The peer is the floor: a function that does nothing but `json.loads` its
body, under the same runtime. AWS answers from a stub in this process, which is not counted; calling
it is, by boto3. `own` is the same handler with a stream and a store that do nothing: gate, doors,
parsing, decision, log line and metrics. `new_visitor_us` is a beacon without a session, which
spares DynamoDB; `further_beacon_us` what each beacon after the first of a request costs.
"""

import argparse
import copy
import json
import re
import statistics
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.report import Result, finish, say
from tests.functions.runtime import emulator
from tests.samples import INGEST, ORIGIN, TREATED

ROOT = Path(__file__).parents[1]
_EVENT = json.loads((ROOT / "tests/functions/events/ingest.json").read_text())
_FLOOR = """import json


def lambda_handler(event, context):
    json.loads(event["body"])
    return {"statusCode": 202, "body": "{}"}
"""
_OWN = """import types

source = open({folder!r} + "/handler.py").read()
ingest = types.ModuleType("ingest")
exec(compile(source, "ingest", "exec"), ingest.__dict__)


class Nothing:
    def get(self, session_id):
        return None

    def read(self, keys):
        return {{}}

    def publish(self, records, *, key):
        pass


ingest.DynamoSessionStore = lambda client, *, table: Nothing()
ingest.DynamoVersionedStore = lambda client, *, table: Nothing()
ingest.KinesisBeaconStream = lambda client, *, stream, pause: Nothing()
lambda_handler = ingest.lambda_handler
"""
_WARM_UP = 30
_ROUNDS = 5


class _Aws(BaseHTTPRequestHandler):
    """The calls that `ingest` makes: no session, no policy yet, all records taken, the secret."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer by the name of the call."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = self.headers["X-Amz-Target"].rpartition(".")[2]
        answer: dict[str, Any] = {}
        if call == "PutRecords":
            taken = {"SequenceNumber": "49543463076570308322303623326179887152428262250726293588"}
            count = len(json.loads(body)["Records"])
            answer = {"FailedRecordCount": 0, "Records": [taken | {"ShardId": "shardId-0"}] * count}
        elif call == "BatchGetItem":
            answer = {"Responses": {}}
        elif call == "GetSecretValue":
            secret = {"current": ORIGIN.current, "following": ORIGIN.following}
            answer = {"SecretString": json.dumps(secret)}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Quietly."""


@contextmanager
def aws() -> Iterator[dict[str, str]]:
    """A stub of AWS; the environment in which boto3 finds it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Aws)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def event(beacons: int, *, known: bool = True) -> dict[str, Any]:
    """SAM's HTTP API event, as a browser and CloudFront fill it, with this many page views."""
    made: dict[str, Any] = copy.deepcopy(_EVENT)
    (beacon,) = json.loads(made["body"])["beacons"]
    listed = [{**beacon, "view_id": f"KX2nq0m5bW9dT1rYc3L{n:03}"} for n in range(beacons)]
    made["body"] = json.dumps({"schema": 1, "beacons": listed})
    made["cookies"] = [f"ae_sid={TREATED}", "ae_tier=full"] if known else []
    return made


_KINDS = {"one": event(1), "ten": event(10), "new": event(1, known=False)}


class Subject:
    """A function under the emulator, and the CPU time that its process used."""

    def __init__(self, invoke: emulator.Function, log: Path) -> None:
        self._invoke = invoke
        self._log = log
        self._answer(event(1))
        self._tasks = _function_tasks(invoke.runtime_port)

    def cpu_us(self, sent: dict[str, Any], rounds: int) -> float:
        """Microseconds per invocation, all threads."""
        before = self._cpu_ns()
        for _ in range(rounds):
            self._answer(sent)
        return (self._cpu_ns() - before) / rounds / 1_000

    def init_ms(self) -> float:
        """What the emulator says that importing the handler took."""
        found = re.search(r"INIT REPORT\(durationMs: ([0-9.]+)\)", self._log.read_text())
        if found is None:
            raise ValueError(f"no INIT REPORT in {self._log}")
        return float(found[1])

    def _answer(self, sent: dict[str, Any]) -> None:
        answer = self._invoke(sent)
        if answer.get("statusCode") != 202:  # noqa: PLR2004 - Accepted
            raise ValueError(f"not accepted: {answer}")

    def _cpu_ns(self) -> int:
        return sum(
            int((task / "schedstat").read_text().split()[0]) for task in self._tasks.iterdir()
        )


def _function_tasks(runtime_port: int) -> Path:
    """The threads of the process that was told this runtime API."""
    wanted = f"AWS_LAMBDA_RUNTIME_API=127.0.0.1:{runtime_port}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                return process / "task"
        except OSError:
            continue
    raise LookupError("the function's process is gone")


@contextmanager
def subject(folder: Path, environment: dict[str, str]) -> Iterator[Subject]:
    """Start a function."""
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        with emulator.function(
            folder, log=log, environment=environment, layer=emulator.CORE_LAYER
        ) as invoke:
            yield Subject(invoke, log)


def main() -> None:
    """The functions side by side, in turns, so that a busy machine meets them alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="of each kind (%(default)s)")
    parser.add_argument("--starts", type=int, default=5, help="cold starts (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, aws() as cloud:
        floor = Path(folder)
        (floor / "handler.py").write_text(_FLOOR)
        ingest = ROOT / "lambdas/delivery/ingest"
        own = Path(folder) / "own"
        own.mkdir()
        (own / "handler.py").write_text(_OWN.format(folder=str(ingest)))
        folders = {"ingest": ingest, "own": own, "floor": floor}
        # Budgets must not refuse what a bench sends.
        bounds = {"session_beacons_per_minute": 10**9, "sender_beacons_per_minute": 10**9}
        environment = {**cloud, **INGEST.model_copy(update=bounds).environment()}
        environment |= {"POWERTOOLS_SERVICE_NAME": "ingest", "POWERTOOLS_LOG_LEVEL": "INFO"}
        say("cold starts")
        init = {
            name: _inits(folders[name], environment, arguments.starts)
            for name in ("ingest", "floor")
        }
        with ExitStack() as stack:
            subjects = {
                name: stack.enter_context(subject(each, environment))
                for name, each in folders.items()
            }
            cpu = _in_turns(subjects, arguments.requests // _ROUNDS)
    _report(cpu, init, arguments.requests)


def _inits(folder: Path, environment: dict[str, str], starts: int) -> float:
    taken = []
    for _ in range(starts):
        with subject(folder, environment) as started:
            taken.append(started.init_ms())
    return statistics.median(taken)


def _in_turns(subjects: Mapping[str, Subject], requests: int) -> dict[tuple[str, str], float]:
    taken: dict[tuple[str, str], list[float]] = {}
    for round_number in range(_ROUNDS + 1):
        say(f"round {round_number} of {_ROUNDS}")
        for kind, sent in _KINDS.items():
            for name, each in subjects.items():
                if round_number == 0:
                    each.cpu_us(sent, _WARM_UP)
                else:
                    taken.setdefault((name, kind), []).append(each.cpu_us(sent, requests))
    return {key: statistics.median(values) for key, values in taken.items()}


def _report(cpu: dict[tuple[str, str], float], init: dict[str, float], requests: int) -> None:
    finish(
        Result(
            name="ingest",
            value=cpu["ingest", "one"],
            unit="µs of CPU per beacon, one a request",
            peer="a handler that does json.loads",
            peer_value=cpu["floor", "one"],
            ratio=cpu["ingest", "one"] / cpu["floor", "one"],
            n=requests,
        ),
        ten_per_beacon_us=cpu["ingest", "ten"] / 10,
        ten_per_beacon_floor_us=cpu["floor", "ten"] / 10,
        ten_ratio=cpu["ingest", "ten"] / cpu["floor", "ten"],
        own_us=cpu["own", "one"],
        own_ratio=cpu["own", "one"] / cpu["floor", "one"],
        own_ten_per_beacon_us=cpu["own", "ten"] / 10,
        own_ten_ratio=cpu["own", "ten"] / cpu["floor", "ten"],
        new_visitor_us=cpu["ingest", "new"],
        further_beacon_us=(cpu["ingest", "ten"] - cpu["ingest", "one"]) / 9,
        further_beacon_floor_us=(cpu["floor", "ten"] - cpu["floor", "one"]) / 9,
        init_ms=init["ingest"],
        init_floor_ms=init["floor"],
    )


if __name__ == "__main__":
    main()
