"""What DVC knows of the graph and of the checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from flows import dvc_errors, dvc_process


class Files(NamedTuple):
    """Paths that a stage reads, and paths that it makes."""

    reads: tuple[str, ...]
    makes: tuple[str, ...]


def order(root: Path) -> dict[str, tuple[str, ...]]:
    """Every stage with the stages it reads from, in the order they must run; `.dvc` files are left out.

    Where the graph leaves a choice, the order of dvc.yaml decides.

    Returns:
        {stage: the stages that it reads from}.
    """
    return {name: tuple(upstream) for name, upstream, _, _ in ask(root, "graph")}


def files(root: Path) -> dict[str, Files]:
    """What each stage reads and makes, in the order they must run."""
    return {name: Files(tuple(reads), tuple(makes)) for name, _, reads, makes in ask(root, "graph")}


def status(root: Path) -> dict[str, list[Any]]:
    """What DVC finds changed, stage by stage, in its own words. Never ask while a stage runs."""
    changes: dict[str, list[Any]] = ask(root, "status")
    return changes


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
