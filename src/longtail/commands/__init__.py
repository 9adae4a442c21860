"""The verbs that are not stages: one file each, with `EXAMPLE`, `add_arguments(parser)` and `run(arguments)`.

`run` prints what it has to say, returns the commands worth running next, and raises `LongtailError`.
A dash in a verb is an underscore in its file; a verb that is a word of Python's ends in one (`import_.py`).
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

_HERE = Path(__file__).parent


def verbs() -> dict[str, str]:
    """{verb: module name}."""
    modules = sorted(module.name for module in pkgutil.iter_modules([str(_HERE)]))
    return {name.rstrip("_").replace("_", "-"): name for name in modules}


def load(module: str) -> ModuleType:
    """The command's module."""
    return importlib.import_module(f"{__name__}.{module}")


def headline(module: str) -> str:
    """First line of the command's docstring, read without importing it."""
    return (ast.get_docstring(ast.parse((_HERE / f"{module}.py").read_text("utf-8"))) or "").split("\n")[0]
