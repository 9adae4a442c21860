"""The stages: one file each. A file in this folder *is* a stage; there is no other list of them here."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from longtail.params import StageParams  # pydantic, which no verb needs that is no stage

Run = tuple[str, str]
"""Name and part of a stage's run."""

_HERE = Path(__file__).parent


def names() -> list[str]:
    """Names of all stages, alphabetical: their order stands in dvc.yaml alone."""
    return sorted(module.name for module in pkgutil.iter_modules([str(_HERE)]))


def load(name: str) -> ModuleType:
    """The stage's module. Cheap: a stage imports what is heavy inside `run`."""
    return importlib.import_module(f"{__name__}.{name}")


def schemas() -> dict[str, type[StageParams]]:
    """Every stage's section of params.yaml."""
    return {name: load(name).Params for name in names()}


def headline(name: str) -> str:
    """First line of the stage's docstring, read without importing it."""
    return (ast.get_docstring(ast.parse((_HERE / f"{name}.py").read_text("utf-8"))) or "").split("\n")[0]


def next_run(name: str, part: str, root: Path) -> tuple[str, str] | None:
    """What to run by hand after a stage, as (name, part); None after the last.

    Of the stages that read what it has just made, the one that the graph has first; where something that it is made
    from is lacking, the first run that makes such a thing.

    Args:
        name: the stage that has just run.
        part: its part, `""` for none.
        root: the project's root.

    Returns:
        Stage and part.
    """
    runs = {(stage, one): load(stage).Paths.at(Path(), one) for stage in names() for one in _parts(stage)}
    makers = {path: run for run, paths in runs.items() for path in paths.outputs()}
    reads = {run: [_maker(path, makers) for path in paths.inputs()] for run, paths in runs.items()}
    before = {run: [one for one in makers_of if one] for run, makers_of in reads.items()}
    order = list(TopologicalSorter(before).static_order())
    following = next((run for run in order if (name, part) in reads[run]), None)
    if following is None:
        return None
    needed = _ancestors(following, before) - {(name, part)}
    lacking = (
        run for run in order if run in needed and not all((root / path).exists() for path in runs[run].outputs())
    )
    return next(lacking, following)


def _ancestors(run: Run, before: Mapping[Run, Sequence[Run]]) -> set[Run]:
    """All runs whose outputs a run is made from."""
    ancestors, ahead = set[Run](), list(before[run])
    while ahead:
        if (one := ahead.pop()) not in ancestors:
            ancestors.add(one)
            ahead += before[one]
    return ancestors


def _parts(name: str) -> tuple[str, ...]:
    return load(name).Paths.PARTS or ("",)


def _maker(path: Path, makers: Mapping[Path, tuple[str, str]]) -> tuple[str, str] | None:
    """The run that makes `path`, or the folder that it lies in; None where no stage does."""
    return next((makers[one] for one in (path, *path.parents) if one in makers), None)
