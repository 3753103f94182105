"""One request's way: behaviour, edge function, cache or origin, and the finishing touches."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from local.cdn.behaviors import choose, refusal, with_root_object
from local.cdn.delivery import Delivery
from local.cdn.distribution import Behavior, Distribution
from local.cdn.messages import Answer, ViewerRequest
from local.cdn.viewer_answer import finished
from local.cdn.viewer_event import ViewerStages
from local.cdn.viewer_facts import with_viewer_facts


@dataclass(frozen=True, slots=True)
class Handled:
    """The answer, and the URI it was looked up by."""

    answer: Answer
    uri: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A distribution at work. All viewers are said to be in `country`; `via` names this CDN."""

    distribution: Distribution
    stages: ViewerStages
    delivery: Delivery
    clock: Callable[[], float]
    country: str
    via: str

    async def handle(self, request: ViewerRequest) -> Handled:
        """Answer a request; the behaviour goes by the path asked for, not by the rewritten one.

        The default root object comes before everything else; the viewer protocol policy is not
        enforced, since browsers reach this CDN by plain http on localhost.
        """
        asked = replace(request, uri=with_root_object(request.uri, self.distribution))
        behavior = choose(self.distribution, asked.uri)
        answer = refusal(asked, behavior)
        if answer is not None:
            return Handled(self._finish(answer, asked, behavior), asked.uri)
        if behavior.viewer_request_arn:
            accepted = await self.stages.apply(asked, behavior.viewer_request_arn)
            if isinstance(accepted, Answer):
                return Handled(self._finish(accepted, asked, behavior), asked.uri)
            asked = accepted
        asked = with_viewer_facts(asked, behavior, country=self.country)
        answer = self._finish(await self.delivery.deliver(asked, behavior), asked, behavior)
        if behavior.viewer_response_arn:
            answer = await self.stages.answered(asked, answer, behavior.viewer_response_arn)
        return Handled(answer, asked.uri)

    def _finish(self, answer: Answer, request: ViewerRequest, behavior: Behavior) -> Answer:
        return finished(answer, request, behavior, via=self.via, now_s=self.clock())
