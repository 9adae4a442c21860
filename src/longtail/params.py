"""params.yaml: read once, checked strictly, all errors reported together with their lines.

The classes of sections are in `sections` and in the files of the stages. A section that several stages read (`data`,
`compute`) is a field of a stage's class, filled from the section of that name.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from longtail import renamed
from longtail.errors import BadInput, BadParameter, Problem
from longtail.sections import SHARED, ComputeParams, DataParams, Section, StageParams

__all__ = [  # the classes are imported from here
    "SHARED",
    "ComputeParams",
    "DataParams",
    "Section",
    "StageParams",
    "check_all",
    "load",
    "plain",
    "read",
    "shared_sections",
    "values_of",
]

P = TypeVar("P", bound=Section)


def read(path: Path, overrides: Iterable[str] = ()) -> CommentedMap:
    """The sections of a file of parameters.

    Args:
        path: the file.
        overrides: `section.key=value`, laid over what the file has.

    Returns:
        {section: {key: value}}, with the lines of the file.

    Raises:
        BadInput: there is no such file.
        BadParameter: it is not YAML of sections, or an override has no `=`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        remedy = "Copy one of the presets: cp presets/sample.yaml params.yaml"
        raise BadInput(Problem(f"there is no {path.name}", remedy, where=str(path.parent.resolve()))) from error
    except UnicodeDecodeError as error:
        raise BadParameter(Problem(f"{path.name} is not UTF-8", "Save it as UTF-8.", where=str(path))) from error
    try:
        raw = _copied(_parsed(text))
    except YAMLError as error:
        first = str(error).replace("\n", " ")
        raise BadParameter(Problem(f"{path.name} is not YAML: {first}", "Mend that line.", where=str(path))) from error
    if not isinstance(raw, CommentedMap) or not all(isinstance(section, CommentedMap) for section in raw.values()):
        remedy = "Compare with presets/sample.yaml."
        raise BadParameter(Problem(f"{path.name} must hold sections of `key: value`", remedy, where=str(path)))
    for override in overrides:
        _lay_over(raw, override)
    return raw


@lru_cache(maxsize=2)
def _parsed(text: str) -> Any:
    """A run of the flow reads params.yaml ten times."""
    return YAML(typ="rt").load(text)


def _copied(node: Any) -> Any:
    """Sections and lists of the reader's own; comments, which `copy.deepcopy` would copy too, and lines are shared."""
    own: CommentedMap | CommentedSeq
    if isinstance(node, CommentedMap):
        own = CommentedMap((key, _copied(value)) for key, value in node.items())
    elif isinstance(node, CommentedSeq):
        own = CommentedSeq(map(_copied, node))
    else:
        return node
    return node.copy_attributes(own)


def load(schema: type[P], section: str, raw: Mapping[str, Any], source: str = "params.yaml") -> P:
    """The checked parameters of a section, with the shared sections it asks for.

    Args:
        schema: the class of the section.
        section: its name.
        raw: the sections, as `read` gives them; old names are accepted (`renamed`).
        source: name of the file, for messages.

    Returns:
        The frozen parameters.

    Raises:
        BadParameter: a parameter is unknown or has a wrong value; all of them are reported at once.
    """
    value, problems = _check(schema, section, raw, source)
    if value is None:
        raise BadParameter(*problems)
    return value


def check_all(schemas: Mapping[str, type[Section]], raw: Mapping[str, Any], source: str = "params.yaml") -> None:
    """Check every section at once.

    Args:
        schemas: {section: class} of all but the shared ones.
        raw: the sections, as `read` gives them.
        source: name of the file, for messages.

    Raises:
        BadParameter: with all problems of the file.
    """
    known = {**SHARED, **schemas}
    problems = [
        Problem(f"unknown section '{name}'", _meant(str(name), known), where=f"{source}, line {_line(raw, str(name))}")
        for name in raw
        if name not in known
    ]
    for name, schema in known.items():
        # A stage's shared sections are checked in their own right: each problem is reported once.
        problems += [p for p in _check(schema, name, raw, source)[1] if p not in problems]
    if problems:
        raise BadParameter(*problems)


def values_of(raw: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """{key: value} as plain values that JSON can hold; None for a key that is not there.

    Args:
        raw: the sections, as `read` gives them.
        keys: sections (`train`) and single parameters (`train.seed`).

    Returns:
        A value for each of `keys`.
    """
    values = {}
    for key in keys:
        value: Any = raw
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        values[key] = plain(value)
    return values


def plain(value: Any) -> Any:
    """A value of YAML as JSON holds it; what JSON has no word for (a date, infinity) becomes text."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, ScalarBoolean):
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return str(value)


def shared_sections(schema: type[Section]) -> list[str]:
    """Names of the shared sections that `schema` asks for."""
    return [name for name, kind in SHARED.items() if name in schema.model_fields and schema is not kind]


def _check(schema: type[P], section: str, raw: Mapping[str, Any], source: str) -> tuple[P | None, list[Problem]]:
    shared = shared_sections(schema)
    own = renamed.parameters(section, raw.get(section) or {})
    problems = [
        Problem(f"unknown parameter '{section}.{name}'", f"`{name}` is a section of its own.", where=source)
        for name in shared
        if name in own
    ]
    if section == "train" or "data" in shared:  # not `data` alone: an import must not wait for what train needs
        problems += _contradictions(raw, source)
    values = {**own, **{name: dict(raw.get(name) or {}) for name in shared}}
    try:
        return (None if problems else schema.model_validate(values)), problems
    except ValidationError as error:
        return None, problems + [_problem(schema, section, item, raw, source) for item in error.errors()]


def _contradictions(raw: Mapping[str, Any], source: str) -> list[Problem]:
    """Parameters of two sections that cannot both hold."""
    side, mirror = values_of(raw, ("data.side_column", "train.mirror_as_identity")).values()
    if not side or mirror is False:  # it is on where the file does not say
        return []
    what = "train.mirror_as_identity with data.side_column: the mirror image of a left side looks like a right one"
    where = f"{source}, line {_line(raw, 'train', 'mirror_as_identity')}"
    return [Problem(what, "Set train.mirror_as_identity: false; it is for flukes, which have one side.", where=where)]


def _problem(schema: type[Section], section: str, item: Any, raw: Mapping[str, Any], source: str) -> Problem:
    keys = [str(key) for key in item["loc"]]
    if keys and keys[0] in shared_sections(schema):
        section, keys, schema = keys[0], keys[1:], SHARED[keys[0]]
    name = ".".join([section, *keys])
    written = [key for key in raw.get(section) or () if keys and renamed.key(section, str(key)) == keys[0]]
    where = f"{source}, line {_line(raw, section, *written[:1], *keys[1 if written else 0 :])}"
    if item["type"] == "extra_forbidden":
        return Problem(f"unknown parameter '{name}'", _meant(keys[-1], schema.model_fields), where=where)
    field = schema.model_fields.get(keys[0]) if keys else None
    meaning = f"{name}: {field.description}." if field and field.description else "See presets/ for a valid file."
    return Problem(f"parameter '{name}': {item['msg']}", meaning, where=where, example=repr(item.get("input")))


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(sorted(known))}."


def _line(raw: Any, *keys: str) -> int | str:
    """1-based line of the innermost of `keys` that stands in the file; `?` for an override."""
    line: int | str = "?"
    for key in keys:
        if not isinstance(raw, CommentedMap) or key not in raw:
            break
        try:
            line = raw.lc.key(key)[0] + 1
        except (KeyError, AttributeError, TypeError):
            return "?"
        raw = raw[key]
    return line


def _lay_over(raw: CommentedMap, override: str) -> None:
    name, equals, text = override.partition("=")
    section, dot, key = name.partition(".")
    if not (equals and dot and key):
        raise BadParameter(Problem(f"--set {override}", "Write --set section.key=value, as --set train.epochs=3."))
    values = raw.setdefault(section, CommentedMap())
    for other in [name for name in values if renamed.key(section, str(name)) == renamed.key(section, key) != key]:
        del values[other]  # the same parameter under its other name
    values[key] = YAML(typ="safe").load(text) if text else ""
