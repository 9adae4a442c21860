"""dvc.yaml as a graph of runs, such as `prepare@test`: who reads what whom writes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import networkx

from longtail import stages
from longtail.inputs import graph as dvc_graph


class Run(NamedTuple):
    """One command of dvc.yaml."""

    name: str
    params: tuple[str, ...]
    code: tuple[str, ...]
    reads: tuple[str, ...]
    writes: tuple[str, ...]


def run_names(root: Path) -> list[str]:
    """The runs of the stages in the order of dvc.yaml."""
    return dvc_graph.names(root)


def runs(root: Path) -> list[Run]:
    """Every run of every stage, in the order of dvc.yaml.

    Args:
        root: The project's root.

    Returns:
        The runs; their paths are relative to `root`.
    """
    return [_run(root, name) for name in run_names(root)]


def edges(root: Path) -> networkx.DiGraph:
    """The graph of runs without the edges that follow from others (its transitive reduction).

    Args:
        root: The project's root.

    Returns:
        One node a run; an edge leads from the run that writes a file to one that reads it.
    """
    every = runs(root)
    graph = networkx.DiGraph()
    graph.add_nodes_from(run.name for run in every)
    for reader in every:
        for writer in every:
            if any(_lies_in(path, out) for path in reader.reads for out in writer.writes):
                graph.add_edge(writer.name, reader.name)
    return networkx.transitive_reduction(graph)


def _run(root: Path, name: str) -> Run:
    stage, _, part = name.partition("@")
    entry = dvc_graph.entry_of(root, stage, part)
    paths = stages.load(stage).Paths.at(root, part)
    code = dvc_graph.code_of(root, stage)
    reads = tuple(path for path in entry.deps if path not in code)
    return Run(name, entry.params, code, reads, tuple(paths.relative(path) for path in paths.outputs()))


def _lies_in(path: str, out: str) -> bool:
    return path == out or path.startswith(f"{out}/")
