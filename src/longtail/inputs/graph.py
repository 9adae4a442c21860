"""dvc.yaml as plain YAML: what one run of a stage depends on, and what it makes. DVC itself is not used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from longtail.errors import BadInput, Problem

GRAPH = "dvc.yaml"
PARAMS = "params.yaml"
_CODE = "src/"
_FILLED = re.compile(r"\$\{(key|item(?:\.\w+)?)\}")


class Entry(NamedTuple):
    """What dvc.yaml says that a run of a stage reads."""

    deps: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    """Keys of params.yaml: a section, or `section.key`."""


class Ends(NamedTuple):
    """The files and folders that a run of a stage reads and makes."""

    deps: tuple[str, ...]
    outs: tuple[str, ...]


def entry_of(root: Path, stage: str, part: str = "") -> Entry:
    """What a stage reads, by dvc.yaml; nothing if that is missing or does not know the stage.

    Raises BadInput where dvc.yaml cannot be read, or a path holds a `${...}` that only DVC could fill.

    Args:
        root: the project's root.
        stage: name of the stage.
        part: the part of it, where it has parts.

    Returns:
        Dependencies and parameters.
    """
    entry, items = _entry_and_parts(root, stage)
    item = items.get(part, {}) if isinstance(items, Mapping) else {}
    keys = entry.get("params") or ()
    deps = [_filled(str(path), part, item) for path in entry.get("deps") or ()]
    return Entry((*deps, *_other_files(keys)), tuple(_keys(keys)))


def code_of(root: Path, stage: str) -> tuple[str, ...]:
    """The code that a stage depends on, the same for all its parts. Raises BadInput, as `entry_of`.

    Args:
        root: the project's root.
        stage: name of the stage.

    Returns:
        Paths from the root.
    """
    return tuple(path for path in _entry_and_parts(root, stage)[0].get("deps") or () if str(path).startswith(_CODE))


def names(root: Path) -> list[str]:
    """Every run of every stage, as `embed@test`; nothing where dvc.yaml is not there. Raises BadInput as `entry_of`."""
    return [
        f"{stage}@{part}" if part else stage
        for stage, entry in _stages(root).items()
        for part in (entry.get("foreach") or ("",))
    ]


def ends(root: Path) -> dict[str, Ends]:
    """What every run of every stage reads and makes, in the order of dvc.yaml. Raises BadInput, as `entry_of`."""
    of_stage = {}
    for stage, entry in _stages(root).items():
        does, items = entry.get("do", entry), entry.get("foreach", {})
        for part in items or ("",):
            item = items[part] if isinstance(items, Mapping) and part in items else {}
            paths = [tuple(_filled(str(path), part, item) for path in does.get(key) or ()) for key in ("deps", "outs")]
            of_stage[f"{stage}@{part}" if part else stage] = Ends(*paths)
    return of_stage


def _entry_and_parts(root: Path, stage: str) -> tuple[Mapping[str, Any], Any]:
    """The stage's entry, and its parts."""
    entry = _stages(root).get(stage) or {}
    return entry.get("do", entry), entry.get("foreach", {})


def _stages(root: Path) -> dict[str, Mapping[str, Any]]:
    path = root / GRAPH
    try:
        graph = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (YAMLError, UnicodeDecodeError) as error:
        raise _not_a_graph(path, str(error).split("\n")[0]) from error
    stages = graph.get("stages") if isinstance(graph, Mapping) else None
    if not isinstance(stages, Mapping) or not all(isinstance(entry, Mapping) for entry in stages.values()):
        raise _not_a_graph(path, "it has no `stages:` of entries")
    return dict(stages)


def _not_a_graph(path: Path, why: str) -> BadInput:
    remedy = "Mend it, or take it back from git: git checkout -- dvc.yaml"
    return BadInput(Problem(f"{GRAPH} is not a graph of stages: {why}", remedy, where=str(path)))


def _keys(named: Any) -> Iterator[str]:
    for one in named:
        if isinstance(one, Mapping):
            yield from (str(key) for key in one.get(PARAMS) or ())
        else:
            yield str(one)


def _other_files(named: Any) -> Iterator[str]:
    """Files of parameters beside params.yaml: all of such a file counts."""
    return (str(file) for one in named if isinstance(one, Mapping) for file in one if file != PARAMS)


def _filled(path: str, part: str, item: Any) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] == "key":
            return part
        named = match[1].partition(".")[2]
        return str(item.get(named, match[0]) if named and isinstance(item, Mapping) else item)

    filled = _FILLED.sub(value, path)
    if "${" in filled:
        remedy = "Write the path out; ${key}, ${item} and ${item.NAME} are understood."
        raise BadInput(Problem("a dependency cannot be read without DVC", remedy, where=GRAPH, example=path))
    return filled
