"""The marks that the two photographs of a finding share, where the run computed keypoints."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from longtail import artifacts
from longtail.recognition.local_matching import keypoint_table
from longtail.recognition.local_matching.keypoint_table import KeypointTable
from longtail.recognition.local_matching.shared_marks import SharedMarks, shared_marks
from longtail.reviewing import doubtful
from longtail.reviewing.queues import Finding

FILES = (artifacts.LABELLED_KEYPOINTS, artifacts.TEST_KEYPOINTS)


class KeypointTables(NamedTuple):
    """Of both parts of a run; None where it has none."""

    labelled: KeypointTable | None
    test: KeypointTable | None


def read(folder: Path) -> KeypointTables:
    """The keypoints of a run.

    Args:
        folder: that holds the run.

    Returns:
        The tables.
    """
    folders = [folder / name for name in FILES]
    return KeypointTables(
        *(keypoint_table.read(one) if (one / keypoint_table.INDEX).is_file() else None for one in folders)
    )


def of_finding(finding: Finding, tables: KeypointTables) -> SharedMarks:
    """The marks on the left and the right photograph.

    Args:
        finding: the finding; the left photograph of a doubtful answer is a test photograph.
        tables: as from `read`.

    Returns:
        Their places; none for one photograph alone, or without keypoints.
    """
    left, right = tables.test if finding.kind == doubtful.KIND else tables.labelled, tables.labelled
    if left is None or right is None or not finding.other:
        return SharedMarks(0)
    return shared_marks(left.of(finding.image), right.of(finding.other))
