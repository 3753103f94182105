"""Accepting a recommendation: the policy is changed here, all else is told what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adaptive.delivery.policy import changed

if TYPE_CHECKING:
    from datetime import datetime

    from adaptive.delivery.policy import Policy
    from adaptive.delivery.policy_book import PolicyBook
    from adaptive.prediction.advice.book import Advice, AdviceBook

_MOST = 200


def accept(  # noqa: PLR0913 - who decides what, where
    book: AdviceBook,
    policies: PolicyBook,
    initial: Policy,
    advice_id: str,
    *,
    who: str,
    why: str,
    at: datetime,
) -> Advice:
    """Put a change of the policy in force, with who and why in the change log, then note it.

    Raises AdviceError if there is nothing to accept, PolicyError and ConflictError as the policy's
    book does. Whoever dies between the two finds it still proposed, and may accept it again.
    """
    advice = book.open(advice_id)
    change = advice.recommendation.change
    version = None
    if change.how == "policy":
        enacted = policies.current()
        base = enacted.policy if enacted else initial
        said = f"{advice_id}: {why}"[:_MOST]
        new = policies.put(
            changed(base, change.keys), replacing=base.version, who=who, why=said, at=at
        )
        version = new.policy.version
    return book.decide(advice_id, "accepted", who=who, why=why, at=at, policy_version=version)
