"""What DVC knows of the graph and of the checkout, asked in this process: a quarter of a second each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flows import dvc_errors
from flows.dvc_process import Failure


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
    import networkx

    with open_repository(root) as repo:
        graph = repo.index.graph  # edges point from a stage to what it reads
        names = {stage: stage.addressing for stage in graph if not stage.is_data_source}
        positions = {stage: position for position, stage in enumerate(repo.index.stages)}
        ordered = networkx.lexicographical_topological_sort(graph.reverse(), key=positions.__getitem__)
        return {
            names[stage]: tuple(sorted(names[other] for other in graph.successors(stage) if other in names))
            for stage in ordered
            if stage in names
        }


def files(root: Path) -> dict[str, Files]:
    """What each stage reads and makes, in the order they must run."""
    with open_repository(root) as repo:
        by_name = {
            stage.addressing: Files(
                tuple(dep.def_path for dep in stage.deps), tuple(out.def_path for out in stage.outs)
            )
            for stage in repo.index.stages
        }
    return {name: by_name[name] for name in order(root)}


def status(root: Path) -> dict[str, list[Any]]:
    """What DVC finds changed, stage by stage, in its own words. Never ask while a stage runs."""
    with open_repository(root) as repo:
        changes: dict[str, list[Any]] = repo.status()
    return {name: entries for name, entries in changes.items() if not name.endswith(".dvc")}


@contextmanager
def open_repository(root: Path) -> Iterator[Any]:
    """DVC's repository; what it raises becomes an error of ours.

    Args:
        root: the project's root.

    Yields:
        The repository.

    Raises:
        LongtailError: what DVC's exception means.
    """  # noqa: DOC501 - a function of ours makes the error
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo(str(root)) as repo:
            yield repo
    except DvcException as error:
        from flows.dvc_failures import describe

        raise dvc_errors.of_failure(Failure(**describe(error, root)), "dvc") from error
