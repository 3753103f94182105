"""Rotates the secret by which ingest knows CloudFront, without ever refusing a beacon for it.

Two values are valid at any time: the one CloudFront sends, and the one that follows. A rotation
takes two turns. The first tells CloudFront to send the following one, which ingest has accepted all
along; another, when every edge does, makes it the current one, retires the old, and draws the next.
A turn does one step and waits for nothing; repeating it, or losing one, is harmless.
"""

from collections.abc import Callable
from enum import StrEnum

from adaptive.ports import OriginHeader, OriginSecret, OriginSecrets


class Turn(StrEnum):
    """What a turn did."""

    PREPARED = "prepared"  # a new site: drew the first following secret
    STARTED = "started"
    WAITING = "waiting"
    FINISHED = "finished"


def turn(secrets: OriginSecrets, header: OriginHeader, draw: Callable[[], str]) -> Turn:
    """One step; raises UnavailableError if Secrets Manager or CloudFront does not take it."""
    secret = secrets.read()
    if not secret.following:
        secrets.replace(OriginSecret(secret.current, draw()))
        return Turn.PREPARED
    sending = header.sending()
    if sending.value != secret.following:
        header.send(secret.following)
        return Turn.STARTED
    if not sending.everywhere:
        return Turn.WAITING
    secrets.replace(OriginSecret(secret.following, draw()))
    return Turn.FINISHED
