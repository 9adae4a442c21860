"""The project that answers: what lies in `artifacts/`, or what the last finished run left."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from longtail import artifacts, process_lock
from longtail.errors import BadInput, Busy, Problem
from longtail.lineage import workspace
from longtail.paths import GRAPH

if TYPE_CHECKING:
    from longtail.identifying.project import Defaults, LoadedProject

_LOG = logging.getLogger(__name__)
_NEEDED = (
    artifacts.IDENTIFIER,
    artifacts.NETWORK,
    artifacts.NETWORK_CARD,
    artifacts.LABELLED,
    artifacts.record_path("prepare@labelled"),
    artifacts.record_path("audit"),
    artifacts.SPLIT,
)
_EDITS = "edits.csv"


def load(
    root: Path, chosen: Path | None, scratch: Path, prepare: Defaults, audit: Defaults, *, pictures: bool
) -> LoadedProject:
    """Identifier and network of the same run: those in `artifacts/`, else those of the last finished run.

    Args:
        root: the project's root.
        chosen: the identifier's folder; None: the project's own.
        scratch: folder for what the last finished run left.
        prepare: gives the stage's parameters, for what no record says.
        audit: likewise.
        pictures: whether the pictures of labelled photographs are needed.

    Returns:
        What all photographs need. Raises Busy where the first run is still at work.

    Raises:
        BadInput: no identifier, no network, or two that do not belong together.
    """
    home = root
    folder = root / artifacts.IDENTIFIER if chosen is None else chosen
    is_projects_own = folder.resolve() == (root / artifacts.IDENTIFIER).resolve()
    with ThreadPoolExecutor(1) as background:  # hashes the files while the rest is imported
        is_whole = background.submit(_is_of_one_run, root) if is_projects_own else None
        from longtail.identifying.project import GRAPHS, open_project

        graphs = root / GRAPHS if (root / GRAPH).exists() or chosen is None else folder / GRAPHS
        if is_whole is not None and not is_whole.result() and (laid_out := _finished(root, scratch, pictures=pictures)):
            root, folder = laid_out, laid_out / artifacts.IDENTIFIER
    try:
        project = open_project(root, folder, prepare, audit, graphs)
    except BadInput:
        if is_projects_own:
            _refuse_unfinished(root)
        raise
    return project.with_present_names(home / _EDITS)


def _is_of_one_run(root: Path) -> bool:
    needed = [*_NEEDED, artifacts.LABELLED_IMAGES, *workspace.networks_beside(root)]
    read = (artifacts.HEAD, artifacts.NETWORK_CARD, artifacts.SPLIT)
    return workspace.is_of_one_run(root, needed, artifacts.record_path("predict"), read)


def _finished(root: Path, scratch: Path, *, pictures: bool) -> Path | None:
    """What the last finished run left, laid out under a folder of its own; None where no run has finished yet."""
    from longtail.lineage import finished
    from longtail.lineage.checkout import Checkout

    checkout = Checkout(root)
    run = finished.run_of(checkout, "predict")
    if run is None:
        return None
    laid_out = scratch / "finished"
    needed = [*_NEEDED, *([artifacts.LABELLED_IMAGES] if pictures else []), *finished.networks_beside(run)]
    finished.lay_out(checkout, run, needed, laid_out)
    _LOG.warning(f"longtail identify: {finished.WHY} answered by the network of {run.description}")
    return laid_out


def _refuse_unfinished(root: Path) -> None:
    """Say that the first run is still at work, where it is. Raises Busy."""
    if who := process_lock.at_work(root):
        remedy = "It trains the network that names photographs: ask again when it has ended."
        raise Busy(Problem("no run has ended yet, and one is at work", remedy, where=who))
