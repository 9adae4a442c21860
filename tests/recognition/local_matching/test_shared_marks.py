"""The marks that are drawn of a pair."""

from __future__ import annotations

import numpy as np

from longtail.recognition.local_matching import keypoints, verification
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.recognition.local_matching.shared_marks import MOST, shared_marks
from tests.recognition.local_matching.drawn import moved, spotted

SIFT = KeypointSettings("sift", 256, 120)


def test_a_few_marks_far_enough_apart_are_drawn_of_many_where_they_lie_on_both_pictures() -> None:
    first, second = (keypoints.compute(one, SIFT) for one in (moved(spotted(0), 0, 1.0), spotted(0)))
    marks = shared_marks(first, second)
    assert marks.total == verification.match(first, second).inliers > MOST
    assert len(marks.first) == len(marks.second) == MOST
    here, there = np.array(marks.first), np.array(marks.second)
    assert ((here >= 0) & (here <= 1)).all()
    assert np.abs(here - there).max() < 0.05  # the second is the first with other noise
    distances = np.hypot(*(here[:, None] - here[None]).transpose(2, 0, 1)) + np.eye(MOST)
    assert distances.min() >= 0.07


def test_where_nothing_matches_nothing_is_drawn() -> None:
    nothing = keypoints.compute(spotted(0), KeypointSettings())
    marks = shared_marks(keypoints.compute(spotted(0), SIFT), nothing)
    assert (marks.total, len(marks.first), len(marks.second)) == (0, 0, 0)
