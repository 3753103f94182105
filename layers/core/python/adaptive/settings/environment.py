"""How settings travel: out as a function's environment variables, and back."""

import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from adaptive.errors import ConfigError


def decoded(value: object) -> object:
    """For a BeforeValidator: a structured value comes as JSON text."""
    return json.loads(value) if isinstance(value, str) else value


class Settings(BaseModel):
    """What every function's are: fields are variables in lower case."""

    model_config = ConfigDict(frozen=True)

    def environment(self) -> dict[str, str]:
        """The variables to deploy: structured values as JSON."""
        values: dict[str, Any] = self.model_dump(mode="json")
        return {
            name.upper(): value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
            if value is not None
        }

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> Self:
        """Read them back; raises ConfigError naming each variable at fault."""
        try:
            return cls.model_validate({name.lower(): value for name, value in environment.items()})
        except ValidationError as error:
            faults = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"environment of {cls.__name__}: {faults}") from error
