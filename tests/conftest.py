"""Fixtures that any test may ask for by name."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from longtail.compute import usable_cores
from longtail.imports import uncollected
from longtail.training.without_compiler import without_compiler
from tests.made_once import common_folder
from tests.networks_once import share_graphs
from tests.templates_once import keep_templates

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("longtail", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("longtail")

# A shell starts what it puts in the background with Ctrl-C ignored, and that is inherited: tests of Ctrl-C would hang.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The tests keep every core busy, where NumPy's threads wait for each other spinning: a decomposition of 512 columns
# takes eight times the processor time. Nothing above imports NumPy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Where Python keeps no bytecode, each of some 300 processes that the tests start compiles the same files.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Looking for garbage as often as Python does takes a fifth of the suite's time: all of torch, pandas and Great
# Expectations is looked through.
gc.set_threshold(20_000, 20, 20)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


# What takes longest, in the order in which it begins; team's tests share services, so it stays in one process. One file
# of e2e makes the run that the others copy; the flows' tests, which do without it, begin beside it.
FIRST = ("team", "e2e/test_a_removal", "flows", "e2e", "benchmarks", "browser", "any_data")
TOGETHER = ("team",)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import what tests import without torch's compiler, and never look through it again for garbage."""
    with without_compiler(), uncollected():
        result = yield
    gc.freeze()
    return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: _turn(item.nodeid.removeprefix("tests/")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """For `--numprocesses auto` a process more than there are cores: slow tests wait about as long as they compute.

    Returns:
        How many; None for `logical`, which xdist answers itself.
    """
    return usable_cores() + 1 if config.option.numprocesses == "auto" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deal out these folders whole, and every other file whole.

    Not by `--dist loadgroup`: pytest-xdist 3.8 marks groups in a field that pytest 9.2 no longer reads.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByGroup(config, log)


def _turn(path: str) -> int:
    return next((turn for turn, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))


def _group(nodeid: str) -> str:
    folder = _folder(nodeid)
    return folder if folder in TOGETHER else nodeid.partition("::")[0]


def _folder(nodeid: str) -> str:
    parts = nodeid.partition("::")[0].split("/")  # tests/team/test_clones.py
    return parts[1] if len(parts) > 2 else ""


@pytest.fixture(scope="session", autouse=True)
def made_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A network is exported once for an architecture and a size, a template compiled once, not once a project.

    What a package says of itself is read once too: each record of a stage names nine versions.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metadata, "version", cache(metadata.version))
        share_graphs(patch, common_folder(tmp_path_factory) / "graphs")
        keep_templates(patch)
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return ROOT


@pytest.fixture(scope="session")
def whales_zip() -> Path:
    """The 100-px photographs of the 2018 challenge; never part of the project."""
    path = SHARED / "data" / "whales-100px.zip"
    if not path.exists():
        pytest.skip(f"the real photographs are not on this machine ({path.name}); see README, 'Real photographs'")
    return path
