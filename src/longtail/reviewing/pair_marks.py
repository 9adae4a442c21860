"""The marks that the two photographs of a finding share, where the run computed keypoints."""

from __future__ import annotations

from pathlib import Path

from longtail import artifacts
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.shared_marks import SharedMarks, shared_marks
from longtail.reviewing.queues import Finding

FILES = (artifacts.LABELLED_KEYPOINTS,)


def read(folder: Path) -> KeypointTable | None:
    """The keypoints of the labelled photographs.

    Args:
        folder: that holds a run.

    Returns:
        The table; None where the run has none.
    """
    keypoints = folder / artifacts.LABELLED_KEYPOINTS
    return keypoint_table.read(keypoints) if (keypoints / keypoint_table.INDEX).is_file() else None


def of_finding(finding: Finding, table: KeypointTable | None) -> SharedMarks:
    """The marks on the left and the right photograph.

    Args:
        finding: the finding.
        table: as from `read`.

    Returns:
        Their places; none for one photograph alone, or without keypoints.
    """
    if table is None or not finding.other:
        return SharedMarks(0)
    return shared_marks(table.of(finding.image), table.of(finding.other))
