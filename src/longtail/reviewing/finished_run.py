"""Where a review reads a finished run: in the project, or as DVC's cache has it while a stage is at work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from longtail import artifacts
from longtail.lineage import finished, workspace
from longtail.lineage.checkout import Checkout

NEEDED = (artifacts.AUDIT_FINDINGS, artifacts.EVALUATE_FINDINGS, artifacts.LABELLED)
"""What the findings and the decisions about them are read from."""
_READ = (artifacts.LABELLED, artifacts.SPLIT)
_WHERE_THERE = (artifacts.DISCOVER_FINDINGS,)
"""Earlier versions have none."""
_LAST_STAGES = ("discover", "predict", "evaluate")


class RunFolder(NamedTuple):
    """The folder that takes the place of the project's root, and a notice where it is not that root."""

    folder: Path
    notice: str = ""


def is_here(root: Path) -> bool:
    """Whether `artifacts/` is of one finished run, so far as findings are concerned."""
    return workspace.is_of_one_run(root, NEEDED, artifacts.record_path("evaluate"), _READ)


def locate(root: Path, scratch: Path, further: Sequence[str] = ()) -> RunFolder:
    """Where the last finished run is.

    Args:
        root: the project's root.
        scratch: an empty folder, in which a run from DVC's cache is laid out.
        further: files that are wanted beside NEEDED, where the run has them.

    Returns:
        The project's root; or `scratch`, and why; the root as well where no run has come so far.
    """
    if is_here(root):
        return RunFolder(root)
    checkout = Checkout(root)
    run = next((one for stage in _LAST_STAGES if (one := finished.run_of(checkout, stage))), None)
    if run is None or any(path not in run.files for path in NEEDED):  # a first run, which has not come that far
        return RunFolder(root)
    paths = [*NEEDED, *(path for path in (*_WHERE_THERE, *further) if path in run.files)]
    finished.lay_out(checkout, run, paths, scratch)
    return RunFolder(scratch, f"{finished.WHY} these are the findings of {run.description}")
