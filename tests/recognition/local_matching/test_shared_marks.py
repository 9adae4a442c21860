"""The marks that are drawn of a pair."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.local_matching import keypoints, verification
from longtail.recognition.local_matching.keypoints import KeypointSettings
from longtail.recognition.local_matching.shared_marks import MOST, SharedMarks, shared_marks
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


def test_those_that_other_candidates_share_come_last_and_count_less() -> None:
    first, second = (keypoints.compute(one, SIFT) for one in (moved(spotted(0), 0, 1.0), spotted(0)))
    alone, everyone = shared_marks(first, second), np.full(len(first), 4, np.uint16)
    assert (alone.common, alone.counted, set(alone.weights)) == (0, alone.total, {1.0})
    same = shared_marks(first, second, everyone)
    assert (same.first, same.second) == (alone.first, alone.second), "of equal ones the strongest, as without"
    assert (same.common, same.counted, set(same.weights)) == (same.total, same.total / 2, {0.5})
    rows = verification.match(first, second).pairs[:, 0]
    everyone[rows[-3:]] = 1
    rare = shared_marks(first, second, everyone)
    weakest = np.clip(first.positions[rows[-3]].astype(float) / first.size, 0, 1)
    assert rare.first[0] == pytest.approx(tuple(weakest), abs=1e-4), "rare before strong"
    assert list(rare.weights) == sorted(rare.weights, reverse=True)
    assert rare.common == rare.total - 3


def test_how_many_match_is_said_in_words() -> None:
    assert SharedMarks(0).in_words() == "no mark matches"
    assert SharedMarks(1).in_words() == "1 mark matches"
    assert SharedMarks(7).in_words() == "7 marks match"
    assert SharedMarks(7, common=3).in_words() == "7 marks match, 3 of them with other candidates too"


def test_where_nothing_matches_nothing_is_drawn() -> None:
    nothing = keypoints.compute(spotted(0), KeypointSettings())
    marks = shared_marks(keypoints.compute(spotted(0), SIFT), nothing)
    assert (marks.total, len(marks.first), len(marks.second)) == (0, 0, 0)
