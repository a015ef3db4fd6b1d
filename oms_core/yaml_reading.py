"""YAML that people write: read value by value, and refused by line, key and reason.

Belongs here: what any such file needs. Does not belong here: what the values mean (`allocation.stated.rules`,
`fulfilment.partners`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import yaml

Path = tuple[Any, ...]


class YamlError(ValueError):
    """What a file says cannot be followed; the message says line, key and reason."""


def read_yaml(text: str) -> Any:
    """What a text says, by libyaml: the parser in Python took a tenth of a small run. Raises yaml.YAMLError."""
    return _read(text)[1]


def _read(text: str) -> tuple[yaml.Node | None, Any]:
    """The parts of a text, which know their lines, and what it says."""
    loader = yaml.CSafeLoader(text)
    try:
        tree = loader.get_single_node()
        return tree, None if tree is None else loader.construct_document(tree)
    finally:
        loader.dispose()


def _lines(node: yaml.Node | None, path: Path, within: tuple[yaml.Node, ...] = ()) -> Iterator[tuple[Path, int]]:
    """The line, from 1, on which every part of the YAML begins. Raises YamlError where a part contains itself, or a key
    is there twice: YAML takes the last one."""
    if node is None:
        return
    if node in within:
        raise YamlError(f"line {within[-1].start_mark.line + 1}: {_shown(path)}: it contains itself")
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        said: set[tuple[str, str]] = set()
        for key, value in node.value:
            here, line = (*path, str(key.value)), key.start_mark.line + 1
            if (key.tag, str(key.value)) in said:
                raise YamlError(f"line {line}: {_shown(here)}: it is said twice")
            said.add((key.tag, str(key.value)))
            yield from _lines(value, here, (*within, node))
            yield here, line
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _lines(value, (*path, place), (*within, node))


def _shown(path: Path) -> str:
    shown = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    return shown or "the file"


class YamlReader:
    """One file's content, and readers of its values that refuse what they do not want."""

    def __init__(self, text: str) -> None:
        """Raises YamlError where the text is no YAML or no mapping."""
        try:
            tree, content = _read(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            # What is not ended is missed on the line after the last.
            last = text.count("\n")
            where = f"line {min(mark.line, last) + 1}" if mark else "the file"
            raise YamlError(f"{where}: no valid YAML: {getattr(error, 'problem', error)}") from error
        self._lines = dict(_lines(tree, ()))
        self.content = self.mapping((), {} if content is None else content)

    def name(self, path: Path, value: Any) -> str:
        """A text that is not empty."""
        if not isinstance(value, str) or not value:
            self.refuse(path, f"{value!r} is no name; put quotes around numbers")
        return str(value)

    def names(self, path: Path, value: Any) -> tuple[str, ...]:
        """A list of names."""
        return tuple(self.name((*path, place), name) for place, name in enumerate(self.items(path, value)))

    def one_of(self, path: Path, value: Any, allowed: tuple[str, ...]) -> str:
        """One of some words."""
        if value not in allowed:
            self.refuse(path, f"{value!r} is none of {', '.join(allowed)}")
        return str(value)

    def whole(self, path: Path, value: Any, least: int, most: int) -> int:
        """A whole number within limits."""
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(path, f"{value!r} is no whole number from {least} to {most}")
        return int(value)

    def number(self, path: Path, value: Any, least: float, most: float) -> float:
        """A number within limits."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            self.refuse(path, f"{value!r} is no number from {least:g} to {most:g}")
        return float(value)

    def flag(self, path: Path, value: Any) -> bool:
        """True or false, and no word for it in quotes."""
        if not isinstance(value, bool):
            self.refuse(path, f"{value!r} is neither true nor false")
        return value

    def items(self, path: Path, value: Any) -> list[Any]:
        """A list, whatever is in it."""
        if not isinstance(value, list):
            self.refuse(path, f"{value!r} is no list")
        return list(value)

    def mapping(self, path: Path, value: Any) -> dict[Any, Any]:
        """A mapping, whatever is in it."""
        if not isinstance(value, dict):
            self.refuse(path, f"{value!r} is no mapping of keys to values")
        return dict(value)

    def only(self, path: Path, values: Mapping[Any, Any], known: tuple[str, ...]) -> None:
        """Refuse keys that nobody knows."""
        for key in values:
            if key not in known:
                self.refuse((*path, str(key)), f"unknown key; known are {', '.join(known)}")

    def refuse(self, path: Path, reason: str) -> NoReturn:
        """Raise YamlError with the line of `path`, or of what holds it."""
        while path and path not in self._lines:
            path = path[:-1]
        raise YamlError(f"line {self._lines.get(path, 1)}: {_shown(path)}: {reason}")
