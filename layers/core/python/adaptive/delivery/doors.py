"""Where beacons may be brought: our own agent's address, and one for each agent that we understand.

A door turns what its agent sends into the body of `POST /rum`, so that there is one way in behind
all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from adaptive.delivery import boomerang_door, cloudwatch_door
from adaptive.delivery.foreign import Sender
from adaptive.errors import InvalidInputError

PATH = "/rum"
_SEGMENTS = 3  # "", "rum" and the door; an agent may add more


@dataclass(frozen=True, slots=True)
class Door:
    """`translate` gets the body, or the query of a GET."""

    methods: tuple[str, ...]
    media_types: tuple[str, ...]
    translate: Callable[[bytes, Sender], bytes]
    answers: bool = True
    """Whether its agent reads what became of the beacon."""


_JSON = ("text/plain", "application/json")
_FORM = ("application/x-www-form-urlencoded",)
_DOORS = {
    PATH: Door(("POST",), _JSON, lambda body, _: body),
    f"{PATH}/cloudwatch": Door(("POST",), _JSON, cloudwatch_door.translate),
    f"{PATH}/boomerang": Door(("POST", "GET"), _FORM, boomerang_door.translate, answers=False),
}


def door_at(path: str) -> Door:
    """Raises InvalidInputError where there is none."""
    found = _DOORS.get("/".join(path.split("/", _SEGMENTS)[:_SEGMENTS]))
    if found is None:
        raise InvalidInputError("no agent reports here", status=HTTPStatus.NOT_FOUND)
    return found
