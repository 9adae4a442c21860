"""What has changed while a run was going on, and was not used by it: it waits for the next one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from prefect import get_run_logger

from flows import dvc_graph
from flows.stages import Outcome
from longtail.errors import format_examples
from longtail.lineage import store

STATE = "Newer"
_SHOWN = 4


def run(root: Path, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What a run reports at its end; nothing where it ran no stage, since it has then just looked.

    Args:
        root: the project's root.
        outcomes: how each task ended.

    Returns:
        An outcome for the last screen, or nothing.
    """
    if all(outcome.state == "Cached" for outcome in outcomes):
        return []
    began = time.monotonic()
    inputs = newer(root)
    if inputs:
        get_run_logger().warning("newer than what this run used, and waits for the next run: %s", inputs)
    return [Outcome("newer", STATE, time.monotonic() - began, inputs)] if inputs else []


def newer(root: Path) -> str:
    """The inputs that are not any more as dvc.lock has them, with the stages that read them; `""` where all are."""
    readers: dict[str, list[str]] = {}
    state = dvc_graph.project_state(root)
    outputs = {path for files in state.files.values() for path in files.outs}
    known = store.lock_entries(root)
    for stage, entries in state.status.items():
        for entry in entries if stage in known else []:
            for what in _changed(entry, outputs):
                readers.setdefault(what, []).append(stage)
    return format_examples((f"{what} ({', '.join(stages)})" for what, stages in readers.items()), _SHOWN)


def _changed(entry: object, outputs: set[str]) -> list[str]:
    if not isinstance(entry, dict):
        return ["its command"] if entry == "changed command" else []
    changes = []
    for path, how in entry.get("changed deps", {}).items():
        if isinstance(how, dict):  # parameters: {key: modified}
            changes += [f"parameters of '{key}'" for key in how]
        elif not any(path == out or path.startswith(f"{out}/") for out in outputs):
            changes.append(str(path))
    return changes
