"""Choices into the text of params.yaml: what the user set stays, every other line and comment too.

A line that was chosen ends in `; preset VALUE: reason`. Where the value of the line is another one than its comment
says, the user has set it. A line without such a comment is compared with the shipped preset that is nearest to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from longtail.params import plain
from longtail.preset.rules import Choice

_LINE = re.compile(r"^(?P<start>\s+[\w-]+:[ \t]+)(?P<value>[^#\n]*?)(?P<comment>[ \t]+#.*)?$")
_MARK = re.compile(r"; preset (?P<value>\S+): .*$")


class Merged(NamedTuple):
    """The new text, and what became of each choice."""

    text: str
    changed: list[tuple[Choice, Any]]
    """With the value that stood there; None where there was none."""
    kept: list[tuple[Choice, Any]]
    """What the user set to another value, with that value."""


def merge(
    text: str, choices: Sequence[Choice], shipped: Sequence[Mapping[str, Any]], meanings: Mapping[str, str]
) -> Merged:
    """Write the choices into params.yaml.

    Args:
        text: the file as it is.
        choices: what the preset would set.
        shipped: the sections of each preset that comes with the project.
        meanings: {section.key: what it means}, for lines that the file lacks.

    Returns:
        The text, and what changed and what was kept.
    """
    raw = _read(text)
    nearest = _nearest(raw, choices, shipped)
    lines = text.split("\n")
    changed: list[tuple[Choice, Any]] = []
    kept: list[tuple[Choice, Any]] = []
    for choice in choices:
        section = raw.get(choice.section)
        if section is None or choice.key not in section:
            _insert(lines, raw, choice, meanings.get(choice.name, ""))
            raw = _read("\n".join(lines))  # with the lines where they are now
            changed.append((choice, None))
            continue
        at = section.lc.key(choice.key)[0]
        value = plain(section[choice.key])
        match = _LINE.match(lines[at])
        before = _marked(match["comment"] or "") if match else None
        if before is None:
            before = nearest.get(choice.name)
        is_users = match is None or (value not in (choice.value, before))
        if is_users:
            kept.append((choice, value))
        elif value != choice.value:
            changed.append((choice, value))
        if match:
            written = match["value"].strip() if is_users else scalar(choice.value)
            comment = match["comment"] or f"  # {meanings.get(choice.name, '')}"
            lines[at] = match["start"] + written + _comment(comment, choice)
    return Merged("\n".join(lines), changed, kept)


def scalar(value: Any) -> str:
    """A value as YAML writes it."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _comment(old: str, choice: Choice) -> str:
    return f"{_MARK.sub('', old)}; preset {scalar(choice.value)}: {choice.reason}"


def _marked(comment: str) -> Any:
    match = _MARK.search(comment)
    return YAML(typ="safe").load(match["value"]) if match else None


def _nearest(
    values: Mapping[str, Any], choices: Sequence[Choice], shipped: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """{section.key: value} of the shipped preset that most of the choices' parameters agree with."""
    presets = [{choice.name: _value(one, choice) for choice in choices} for one in shipped]
    own = {choice.name: _value(values, choice) for choice in choices}
    return max(presets, key=lambda one: sum(own[name] == value for name, value in one.items()), default={})


def _value(sections: Mapping[str, Any], choice: Choice) -> Any:
    return plain((sections.get(choice.section) or {}).get(choice.key))


def _read(text: str) -> Any:
    return YAML(typ="rt").load(text) or {}


def _insert(lines: list[str], raw: Any, choice: Choice, meaning: str) -> None:
    """A line of its own: first in its section, or in a new section at the end of the file."""
    line = f"  {choice.key}: {scalar(choice.value)}" + _comment(f"  # {meaning}", choice)
    if raw.get(choice.section) is None:
        lines[:] = [one for one in lines if not re.match(rf"{choice.section}:\s*(#.*)?$", one)]
        lines[len(lines) - 1 if lines[-1] == "" else len(lines) :] = ["", f"{choice.section}:", line, ""]
    else:
        lines.insert(raw.lc.key(choice.section)[0] + 1, line)
