"""Findings of cdk-nag that stand, each with its reason, written beside the resource it is about."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(scope: IConstruct, rule: str, *, because: str) -> None:
    """Accept one finding on one construct; of a rule with several, `Rule[Finding]` names it."""
    Validations.of(scope).acknowledge(Acknowledgment(id=rule, reason=because))
