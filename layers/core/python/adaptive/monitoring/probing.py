"""Runs a probe's steps, judges their answers, and says in a few words why one failed."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from adaptive.errors import AdaptiveError
from adaptive.monitoring.probe import Probe, Step, filled, look_up, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from adaptive.ports import Answer, Fetcher

_LONGEST_REASON = 200
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class StepResult:
    """`faults` is empty where all is as expected; `answer` None where there was none."""

    name: str
    faults: tuple[str, ...]
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The steps up to the first that failed."""

    probe: str
    steps: tuple[StepResult, ...]

    @property
    def reason(self) -> str:
        """Why it failed: the step and its first fault; empty if it did not."""
        for step in self.steps:
            if step.faults:
                return f"{step.name}: {step.faults[0]}"[:_LONGEST_REASON]
        return ""


@dataclass(frozen=True, slots=True)
class Prober:
    """`clock` is in seconds and only goes forwards, `now_s` is seconds since the epoch."""

    fetcher: Fetcher
    clock: Callable[[], float]
    now_s: float

    def run(self, probe: Probe) -> ProbeResult:
        """Its steps in order, within its budget; raises nothing of ours."""
        ends_at = self.clock() + probe.budget_s
        variables: dict[str, str] = {}
        results: list[StepResult] = []
        for step in probe.steps:
            left_s = ends_at - self.clock()
            if left_s <= 0:
                fault = f"the budget of {probe.budget_s} s was used up before"
                results.append(StepResult(step.name, (fault,), None))
                break
            results.append(self._step(step, variables, left_s))
            if results[-1].faults:
                break
        return ProbeResult(probe.name, tuple(results))

    def _step(self, step: Step, variables: dict[str, str], left_s: float) -> StepResult:
        try:
            answer = self.fetcher.fetch(
                filled(step.url, variables),
                method=step.method,
                headers={name: filled(text, variables) for name, text in step.headers.items()},
                body=filled(step.body, variables).encode(),
                timeout_s=left_s,
            )
        except AdaptiveError as error:
            return StepResult(step.name, (str(error),), None)
        faults = [*faults_of(step, answer, now_s=self.now_s)]
        for name, source in step.extract.items():
            try:
                variables[name] = _extracted(source, answer)
            except (LookupError, ValueError) as error:
                faults.append(f"nothing to extract at {source} ({type(error).__name__})")
        return StepResult(step.name, tuple(faults), answer)


def faults_of(step: Step, answer: Answer, *, now_s: float) -> Iterator[str]:
    """All that is not as expected."""
    expect = step.expect
    if answer.status not in expect.status:
        yield f"status {answer.status}, not {' or '.join(map(str, expect.status))}"
    for name, pattern in expect.headers.items():
        found = answer.headers.get(name)
        if found is None:
            yield f"no header {name}"
        elif not matches(pattern, found):
            yield f"{name} is {found[:60]!r}, not {pattern!r}"
    if answer.size > expect.most_bytes:
        yield f"{answer.size} bytes, above {expect.most_bytes}"
    if answer.size < expect.least_bytes:
        yield f"{answer.size} bytes, below {expect.least_bytes}"
    yield from _body_faults(step, answer)
    if expect.total_ms is not None and answer.phases.total_ms > expect.total_ms:
        yield f"took {answer.phases.total_ms:.0f} ms, above {expect.total_ms}"
    if answer.certificate_expires_at_s is not None:
        days = (answer.certificate_expires_at_s - now_s) / _DAY_S
        if days < expect.certificate_days:
            yield f"the certificate expires in {days:.1f} days, below {expect.certificate_days}"


def _body_faults(step: Step, answer: Answer) -> Iterator[str]:
    expect = step.expect
    text = answer.body.decode("utf-8", "replace") if expect.contains or expect.lacks else ""
    for wanted in expect.contains:
        if wanted not in text:
            yield f"the body lacks {wanted[:60]!r}"
    for unwanted in expect.lacks:
        if unwanted in text:
            yield f"the body has {unwanted[:60]!r}"
    for path, value in expect.json_values.items():
        try:
            found = look_up(answer.body, path)
        except (LookupError, ValueError):
            yield f"the body has no JSON at {path}"
            continue
        if type(found) is bool or type(value) is bool or found is None or value is None:
            same = found is value
        else:
            same = found == value
        if not same:
            yield f"{path} is {str(found)[:60]!r}, not {value!r}"


def _extracted(source: str, answer: Answer) -> str:
    kind, _, where = source.partition(":")
    if kind == "json":
        found = look_up(answer.body, where)
        if isinstance(found, str | int | float):
            return _safe(str(found))
        raise ValueError("no text or number")
    if kind == "header":
        return _safe(answer.headers[where])
    return _safe(_cookies(answer.headers)[where])


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        jar = SimpleCookie(headers.get("set-cookie", ""))
    except CookieError as error:
        raise ValueError(str(error)) from error
    return {name: morsel.value for name, morsel in jar.items()}


def _safe(text: str) -> str:
    """Printable ASCII of bounded length: it goes into a request's head."""
    if not text or len(text) > 500 or not text.isascii() or not text.isprintable():  # noqa: PLR2004
        raise ValueError("not printable, or too long")
    return text
