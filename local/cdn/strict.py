"""Strict reading of the AWS API's JSON: what is on and unknown here is refused, never ignored."""

from collections.abc import Mapping
from typing import Any, TypeVar

from adaptive.errors import ConfigError

T = TypeVar("T")


class UnsupportedFeatureError(ConfigError):
    """The distribution uses something that this CDN does not do; the message names it."""


class Section:
    """One object of a configuration; `close` refuses whatever was not read and is not off."""

    def __init__(self, raw: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._raw = dict(raw)
        self._unread = set(self._raw)

    def __contains__(self, key: str) -> bool:
        return self._raw.get(key) is not None

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value at `key`; ConfigError if it has another type or is missing without default."""
        value = self._read(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise ConfigError(f"{self.where}.{key}: expected {kind.__name__}, found {value!r}")
        return value

    def section(self, key: str) -> "Section":
        """The object at `key`; an absent one is empty."""
        return Section(self.take(key, dict, {}), f"{self.where}.{key}")

    def strings(self, key: str) -> tuple[str, ...]:
        """The strings of an AWS list, `{"Quantity": 1, "Items": ["a"]}`."""
        return tuple(str(item) for item in self._items(key))

    def numbers(self, key: str) -> tuple[int, ...]:
        """The integers of an AWS list."""
        return tuple(int(item) for item in self._items(key))

    def sections(self, key: str) -> tuple["Section", ...]:
        """The objects of an AWS list."""
        return tuple(
            Section(item, f"{self.where}.{key}[{index}]")
            for index, item in enumerate(self._items(key))
        )

    def elements(self) -> list[Any]:
        """The elements, where this object is itself an AWS list."""
        self.without_effect("Quantity")
        return self.take("Items", list, [])

    def without_effect(self, *keys: str) -> None:
        """Accept settings that change nothing on one machine."""
        self._unread.difference_update(keys)

    def close(self) -> None:
        """Raise UnsupportedFeatureError naming the settings that nobody read."""
        alien = {key: self._raw[key] for key in sorted(self._unread) if not _is_off(self._raw[key])}
        if alien:
            found = ", ".join(f"{self.where}.{key} = {value!r}" for key, value in alien.items())
            raise UnsupportedFeatureError(f"the local CDN does not do this: {found}")

    def _read(self, key: str) -> Any:  # noqa: ANN401 (JSON)
        self._unread.discard(key)
        return self._raw.get(key)

    def _items(self, key: str) -> list[Any]:
        wrapper = self.section(key)
        items = wrapper.elements()
        wrapper.close()
        return items


def _is_off(value: object) -> bool:
    """Whether a setting is absent, empty, zero, false, or an object of such settings."""
    if isinstance(value, Mapping):
        return all(_is_off(each) for each in value.values())
    return not value
