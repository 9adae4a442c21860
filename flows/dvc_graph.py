"""What DVC knows of the graph and of the checkout."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flows import dvc_errors, dvc_process


class Files(NamedTuple):
    """Paths that a stage reads, and paths that it makes."""

    reads: tuple[str, ...]
    makes: tuple[str, ...]


class Look(NamedTuple):
    """What DVC finds in one look; `.dvc` files are left out."""

    status: Mapping[str, list[Any]]
    """What has changed, stage by stage, in DVC's own words."""
    order: Mapping[str, tuple[str, ...]]
    """Every stage with the stages it reads from, in the order they must run; else that of dvc.yaml decides."""
    files: Mapping[str, Files]
    """What each stage reads and makes, in the same order."""


def look(root: Path) -> Look:
    """Ask DVC for what has changed, and for the graph. Never ask while a stage runs."""
    answer = ask(root, "look")
    order = {name: tuple(upstream) for name, upstream, _, _ in answer["graph"]}
    files = {name: Files(tuple(reads), tuple(makes)) for name, _, reads, makes in answer["graph"]}
    return Look(answer["status"], order, files)


def ask(root: Path, method: str, **arguments: Any) -> Any:
    """Ask DVC what changes nothing in the working tree.

    Args:
        root: the project's root.
        method: a function of `dvc_calls.py`.
        arguments: its arguments.

    Returns:
        Its result.

    Raises:
        LongtailError: what its failure means.
    """  # noqa: DOC501 - a function of ours makes the error
    answer = dvc_process.call(root, method, arguments)
    if answer.failure is not None:
        raise dvc_errors.of_failure(answer.failure, "dvc")
    return answer.result
