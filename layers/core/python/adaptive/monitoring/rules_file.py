"""What is watched, as deployed: a module in a layer of its own, since it may be long."""

from importlib import resources
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from adaptive.errors import ConfigError
from adaptive.monitoring.rule import Monitoring
from adaptive.settings.monitoring import RollupLists

NAME = "rules.json"


class RulesFile(BaseModel):
    """`[monitoring]` of site.toml, and the lists that its groups are of."""

    model_config = ConfigDict(frozen=True)

    monitoring: Monitoring
    lists: RollupLists

    @classmethod
    def load(cls, package: str) -> Self:
        """Raises ConfigError if there is none, or not of this version."""
        try:
            return cls.model_validate_json((resources.files(package) / NAME).read_bytes())
        except (ModuleNotFoundError, OSError, ValidationError) as error:
            raise ConfigError(f"{package}: {error}") from error
