"""The pages: a module each, with `router`, and with `MENU = Entry(...)` where the menu leads to it.

A new page is a new module here; nothing lists them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple


class Entry(NamedTuple):
    """A line of the menu."""

    order: int
    title: str
    path: str


@cache
def modules() -> tuple[ModuleType, ...]:
    """The modules of all pages, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)


def menu() -> list[Entry]:
    """The menu, in its order."""
    return sorted(module.MENU for module in modules() if hasattr(module, "MENU"))
