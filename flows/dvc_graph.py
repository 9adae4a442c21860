"""The graph and the state of the checkout, as DVC has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flows import dvc_errors, dvc_process


class StageFiles(NamedTuple):
    """The paths of a stage's dependencies and outputs, in DVC's words."""

    deps: tuple[str, ...]
    outs: tuple[str, ...]


class ProjectState(NamedTuple):
    """DVC's status and graph, read at the same moment; `.dvc` files are left out."""

    status: Mapping[str, list[Any]]
    """{stage: what has changed}, as `dvc status` has it."""
    order: Mapping[str, tuple[str, ...]]
    """Every stage with the stages it reads from, in the order they must run; else that of dvc.yaml decides."""
    files: Mapping[str, StageFiles]
    """Dependencies and outputs of each stage, in the same order."""


def project_state(root: Path) -> ProjectState:
    """Ask DVC for what has changed, and for the graph. Never ask while a stage runs."""
    answer = ask(root, "project_state")
    order = {name: tuple(upstream) for name, upstream, _, _ in answer["graph"]}
    files = {name: StageFiles(tuple(deps), tuple(outs)) for name, _, deps, outs in answer["graph"]}
    return ProjectState(answer["status"], order, files)


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
