"""What each kind of command imports before anything is asked, and what a fork does before its command."""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("duplicates", "evaluation", "images", "labels", "metrics", "recognition", "reporting", "sampling", "splitting")
"""Folders of Longtail whose imports a stage needs; of those that follow, what its functions import."""
LIBRARIES = (
    *("longtail.inference.embedding", "longtail.training.augmenting", "longtail.training.trainer", "torchvision"),
    *("timm", "safetensors.torch", "sklearn.covariance", "sklearn.isotonic", "sklearn.linear_model", "sklearn.cluster"),
    *("scipy.cluster.hierarchy", "scipy.optimize", "scipy.sparse.csgraph", "scipy.spatial.distance", "psutil"),
)
REPO = (
    *("artifacts", "brancher", "datasets", "graph", "index", "init", "metrics", "params", "plots", "push"),
    *("reproduce", "stage", "status", "trie"),
)
"""Modules of `dvc.repo` that its calls import."""


def import_of_stages() -> None:
    """Import Longtail for what it imports."""
    import longtail
    from longtail import imports
    from longtail.training.without_compiler import without_compiler

    with imports.uncollected(), without_compiler():
        for module in pkgutil.walk_packages(longtail.__path__, "longtail."):
            if module.name.split(".")[1] in ROOMS:
                importlib.import_module(module.name)
        _import(*LIBRARIES)


def import_dvc() -> None:
    """Import DVC with all its commands, and with the calls of the flow."""
    _import("dvc.cli.parser", "flows.dvc_calls")
    _import(*(f"dvc.repo.{name}" for name in REPO))
    _import("dvc.cachemgr", "dvc.data_cloud", "dvc.dirs", "dvc.parsing.interpolate", "dvc.stage.run", "dvc._debug")
    _import("dvc_data.hashfile.db.local", "dvc_data.hashfile.status", "dvc_data.hashfile._progress", "rich.live")
    _import("dulwich.ignore", "dulwich.index", "dulwich.worktree", "pygit2", "scmrepo.git.backend.pygit2.filter")
    _import("configobj", "fsspec.implementations.memory", "platformdirs", "pyparsing", "ruamel.yaml.mergevalue")
    _import("dvc_s3", "s3fs")


def import_of_flows() -> None:
    """Import the flow for what it imports, and Prefect's engines, which it imports when it runs."""
    _import("flows.retrain", "flows.server", "prefect.flow_engine", "prefect.task_engine", "anyio._backends._asyncio")
    _import("prefect.utilities.visualization", "fastapi", "psutil", "ruamel.yaml.mergevalue")
    _import("prefect.workers.process", "prefect.cli.worker", "encodings.idna", "encodings.utf_8_sig")


def begin_flow() -> None:
    """Let Prefect read the settings of the fork's environment and folder, and log to its output."""
    logging.setLogRecordFactory(logging.LogRecord)
    with suppress(ModuleNotFoundError):  # it sets some of them; a worker starts elsewhere too
        importlib.import_module("flows")
    context, configuration = map(importlib.import_module, ("prefect.context", "prefect.logging.configuration"))
    context.refresh_global_settings_context()
    configuration.PROCESS_LOGGING_CONFIG.clear()
    configuration.setup_logging()


class Kind(NamedTuple):
    """What is imported before anything is asked, and what a fork does before its command."""

    prepare: Callable[[], None]
    begin: Callable[[], None] = lambda: None
    is_given_executable: bool = False
    """Whether the first word of a command is what it takes for its Python."""


KINDS = {
    "stages": Kind(import_of_stages),
    "dvc": Kind(import_dvc),
    "flows": Kind(import_of_flows, begin_flow, is_given_executable=True),
}


def _import(*names: str) -> None:
    for name in names:
        importlib.import_module(name)


def prepare(kind: Kind) -> None:
    """Import what a kind of command needs, and forget what is the project's own."""
    before = [*sys.path]
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    kind.prepare()
    for name in [name for name in sys.modules if name.split(".")[0] in ("longtail", "flows")]:
        del sys.modules[name]
    sys.path[:] = before
    importlib.invalidate_caches()
    gc.collect()
    gc.freeze()  # else a collection in a fork copies every page
