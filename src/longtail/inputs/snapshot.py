"""The inputs of a running stage: hashed before it reads any of them, and again when it has ended.

DVC hashes dependencies and parameters after a command, so that what was edited meanwhile would be recorded as what was
used. A stage that finds such a change fails instead, and DVC records nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longtail import params, run_record
from longtail.errors import InputChanged, LongtailError, Problem
from longtail.inputs import graph, hashing
from longtail.inputs.graph import PARAMS
from longtail.inputs.hashing import HashedInput
from longtail.params import Section
from longtail.paths import StagePaths

_REMEDY = "Nothing was recorded: run it again."


@dataclass(frozen=True)
class Code:
    """The code of a stage before any of it was imported."""

    hashed: Mapping[str, HashedInput]
    commit: str
    dirty: bool


@dataclass(frozen=True)
class Inputs:
    """All inputs of one run of a stage, as they were before it read any of them."""

    stage: str
    """With its part, as `embed@test`."""
    root: Path
    code: Code
    hashed: Mapping[str, HashedInput]
    """Code included."""
    overrides: tuple[str, ...]
    """`section.key=value` of the command line, which lie over params.yaml."""
    keys: tuple[str, ...]
    """Which keys of params.yaml count."""
    section: str
    params: Section
    """What the stage was given."""
    sections: Mapping[str, Any]
    """{key: value} as params.yaml had them."""

    def unchanged(self) -> run_record.Used:
        """What the stage used. An input that was only touched is unchanged.

        Returns:
            Hashes and parameters, for the record.

        Raises:
            InputChanged: an input is not what it was.
        """
        now = {path: hashing.rehash_input(self.root, hashed) for path, hashed in self.hashed.items()}
        problems = [problem for path in now if (problem := self._moved(self.hashed[path], now[path]))]
        sections, changed = self._sections_now()
        problems += changed
        if problems:
            raise InputChanged(*problems)
        hashes = {path: hashed.md5 for path, hashed in now.items()}
        return run_record.Used(hashes, sections, self.code.commit, self.code.dirty)

    def _moved(self, before: HashedInput, after: HashedInput) -> Problem | None:
        names = sorted({*before.hashes, *after.hashes})
        moved = [name for name in names if before.hashes.get(name) != after.hashes.get(name)]
        if not moved:
            return None
        first = moved[0]
        how = "new" if first not in before.hashes else "gone" if first not in after.hashes else "other bytes"
        path = f"{before.path}/{first}" if first else before.path
        return Problem(f"input changed while {self.stage} ran", _REMEDY, "", len(moved), f"{path} ({how})")

    def _sections_now(self) -> tuple[dict[str, Any], list[Problem]]:
        """The parameters as DVC will read them, and what they would mean that this run did not use."""
        try:
            raw = params.read(self.root / PARAMS, self.overrides)
            now = params.load(type(self.params), self.section, raw)
        except LongtailError as error:
            what = f"params.yaml changed while {self.stage} ran, and cannot be used any more"
            return {}, [Problem(what, _REMEDY, PARAMS, example=error.problems[0].what)]
        sections = params.values_of(raw, self.keys)
        changed = list(_differences(self._meant(self.params, self.sections), self._meant(now, sections)))
        if not changed:
            return sections, []
        return sections, [
            Problem(f"parameter changed while {self.stage} ran", _REMEDY, PARAMS, len(changed), changed[0])
        ]

    def _meant(self, values: Section, sections: Mapping[str, Any]) -> dict[str, Any]:
        """{section: values} of what counts: defaults included where the schema knows them, else as the file says."""
        effective = values.model_dump(mode="json")
        shared = {name: effective.pop(name) for name in params.shared_sections(type(values))}
        known = {**shared, self.section: effective}
        return {key: known.get(key.partition(".")[0], value) for key, value in sections.items()}


def code(root: Path, stage: str) -> Code:
    """Hash the code that dvc.yaml names for a stage; to be called before any of it is imported.

    Args:
        root: the project's root.
        stage: name of the stage.

    Returns:
        Hashes, and the commit.
    """
    paths = graph.code_of(root, stage)
    hashed = {path: hashing.hash_input(root, path) for path in paths}
    return Code(hashed, *run_record.commit_of(root, (*paths, *run_record.CODE_OF_ALL_STAGES)))


def inputs(
    before: Code, stage: str, paths: StagePaths, values: Section, raw: Mapping[str, Any], overrides: Iterable[str]
) -> Inputs:
    """Hash everything else: what dvc.yaml names, and what the stage itself says that it reads.

    Args:
        before: the stage's code, see `code`.
        stage: name of the stage.
        paths: its two ends.
        values: its parameters.
        raw: the sections of params.yaml, as the file has them.
        overrides: `section.key=value`, as `params.read` took them.

    Returns:
        Hashes and parameters at the start of the stage.
    """
    entry = graph.entry_of(paths.root, stage, paths.part)
    own = [paths.relative(path) for path in paths.inputs()]
    rest = [path for path in dict.fromkeys([*entry.deps, *own]) if path not in before.hashed]
    hashed = {**before.hashed, **{path: hashing.hash_input(paths.root, path) for path in rest}}
    for one in hashed.values():
        hashing.remember(paths.root, one)
    keys = entry.params or (stage, *(name for name in params.shared_sections(type(values)) if name != "compute"))
    return Inputs(
        stage=f"{stage}@{paths.part}" if paths.part else stage,
        root=paths.root,
        code=before,
        hashed=hashed,
        overrides=tuple(overrides),
        keys=keys,
        section=stage,
        params=values,
        sections=params.values_of(raw, keys),
    )


@contextmanager
def guard_inputs(before: Inputs, paths: StagePaths) -> Iterator[None]:
    """Run a stage. One that fails on an input which changed meanwhile fails for that reason, and leaves no output.

    Args:
        before: the inputs at its start.
        paths: its two ends.

    Raises:
        InputChanged: the stage failed, and an input had changed.
    """
    try:
        yield
    except InputChanged:
        _remove(paths.outputs())
        raise
    except Exception:
        try:
            before.unchanged()
        except InputChanged:
            _remove(paths.outputs())
            raise
        raise


def _remove(outputs: Iterable[Path]) -> None:
    """Outputs that belong to no recorded inputs must not be taken for those of the last run that ended well."""
    for path in outputs:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """`train.seed (was 1, is 2)` of every value that differs, innermost keys."""
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{above}{key}.")
        elif old != new:
            yield f"{above}{key} (was {old!r}, is {new!r})"
