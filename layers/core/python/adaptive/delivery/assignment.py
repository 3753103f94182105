"""Which arm a session belongs to: a stable hash, so that anyone who judges results can recompute
it.
"""

import hashlib

from adaptive.delivery.session import SessionId


def is_control(session_id: SessionId, *, share: float, salt: str) -> bool:
    """Whether the session is in the holdout: uniform over ids, independent between salts, constant
    for one id.
    """
    digest = hashlib.sha256(f"{salt}\0{session_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
