"""What takes long to make, made once for all processes of pytest-xdist."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder of this run of pytest that all processes share."""
    own = factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own  # the folder above belongs to all of them


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills; the first process that asks makes it, the others wait. Read it, never change it.

    Args:
        factory: pytest's fixture `tmp_path_factory`.
        name: of the folder, unique in the whole suite.
        make: fills the empty folder that it is given.
    """
    common = common_folder(factory)
    folder, done = common / name, common / f"{name}.done"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder
