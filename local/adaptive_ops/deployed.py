"""What is deployed, as operators' commands reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3

from adaptive.aws.sessions import DynamoSessionStore
from adaptive.aws.versioned import DynamoVersionedStore
from adaptive.delivery.policy import initial
from adaptive.delivery.policy_book import PolicyBook
from adaptive.errors import PolicyError
from adaptive.settings.delivery import IngestSettings
from local.adaptive_site.account import PATIENT, REGION, answered, outputs_of

if TYPE_CHECKING:
    from adaptive.delivery.policy import Enacted, Policy

STACK = "AdaptiveDelivery"


@dataclass(frozen=True, slots=True)
class InForce:
    """`version` is the number to replace; `policy` is it, or the newest readable one, which
    `unread` says the reason for; `enacted` is None for `site.toml`'s.
    """

    version: int
    policy: Policy
    enacted: Enacted | None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Deployed:
    """`initial` is the policy's version 0, as `ingest` was deployed with it."""

    book: PolicyBook
    sessions: DynamoSessionStore
    initial: Policy
    holdout_salt: str

    def in_force(self) -> InForce:
        """The policy that is served."""
        try:
            enacted = self.book.current()
        except PolicyError as error:
            readable = self.book.history()
            best = readable[0] if readable else None
            policy = best.policy if best else self.initial
            return InForce(self.book.version, policy, best, unread=str(error))
        policy = enacted.policy if enacted else self.initial
        return InForce(policy.version, policy, enacted)

    def at(self, version: int) -> Policy:
        """Any version; raises PolicyError if there is none, or it cannot be read."""
        return self.book.at(version).policy if version else self.initial


def connect(stack: str = STACK) -> Deployed:
    """Find it; raises SiteError with the cure."""
    with answered():
        outputs = outputs_of(
            stack, "OperationsTableName", "SessionsTableName", "IngestFunctionName"
        )
        functions = boto3.client("lambda", region_name=REGION, config=PATIENT)
        dynamodb = boto3.client("dynamodb", region_name=REGION, config=PATIENT)
        found = functions.get_function_configuration(FunctionName=outputs["IngestFunctionName"])
    settings = IngestSettings.load(found["Environment"]["Variables"])
    return Deployed(
        book=PolicyBook(DynamoVersionedStore(dynamodb, table=outputs["OperationsTableName"])),
        sessions=DynamoSessionStore(dynamodb, table=outputs["SessionsTableName"]),
        initial=initial(settings.rules, holdout_share=settings.holdout_share),
        holdout_salt=settings.holdout_salt,
    )
