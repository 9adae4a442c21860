"""The stages: one file each. A file in this folder *is* a stage; there is no other list of them here."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from longtail.params import StageParams
from longtail.paths import StagePaths

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


def readers_of(name: str) -> list[str]:
    """The stages that read what `name` writes: what to run next."""
    written = {path for paths in _runs(name) for path in paths.outputs()}

    def is_read(path: Path) -> bool:
        return any(path == out or out in path.parents for out in written)

    return [
        other
        for other in names()
        if other != name and any(is_read(path) for paths in _runs(other) for path in paths.inputs())
    ]


def _runs(name: str) -> list[StagePaths]:
    paths = load(name).Paths
    return [paths.at(Path(), part) for part in paths.PARTS or ("",)]
