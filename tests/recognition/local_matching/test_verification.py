"""Which marks two photographs share."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.local_matching import keypoints, verification
from longtail.recognition.local_matching.keypoints import Keypoints, KeypointSettings
from tests.recognition.local_matching.drawn import moved, spotted

SIFT = KeypointSettings("sift", 256, 120)


def of(seed: int) -> Keypoints:
    return keypoints.compute(spotted(seed), SIFT)


def test_the_same_marks_are_recognised_after_a_turn_at_another_size_and_others_are_not() -> None:
    query = keypoints.compute(moved(spotted(0)), SIFT)
    own, *others = verification.match_all(query, [of(0), of(1), of(2), of(3)])
    assert own.inliers >= 20
    assert max(other.inliers for other in others) <= 5


def test_pairs_lie_where_the_movement_takes_them() -> None:
    query, candidate = keypoints.compute(moved(spotted(0), degrees=0, scale=1.0), SIFT), of(0)
    pairs = verification.match(query, candidate).pairs
    here, there = query.positions[pairs[:, 0]].astype(float), candidate.positions[pairs[:, 1]].astype(float)
    assert np.abs(here - there).max() < 12  # nothing was moved


def test_each_mark_is_matched_once() -> None:
    pairs = verification.match(keypoints.compute(moved(spotted(0)), SIFT), of(0)).pairs
    assert len(set(pairs[:, 0].tolist())) == len(set(pairs[:, 1].tolist())) == len(pairs)


def test_equal_photographs_give_equal_matches_alone_and_among_others() -> None:
    query = keypoints.compute(moved(spotted(0)), SIFT)
    alone, again = verification.match(query, of(0)), verification.match(query, of(0))
    among = verification.match_all(query, [of(1), of(0), of(2)])[1]
    assert alone.pairs.tolist() == again.pairs.tolist() == among.pairs.tolist()


def test_without_keypoints_nothing_matches() -> None:
    nothing = keypoints.compute(spotted(0), KeypointSettings())
    one = Keypoints(of(0).positions[:1], of(0).descriptors[:1], of(0).size)
    assert [match.inliers for match in verification.match_all(nothing, [of(0), nothing])] == [0, 0]
    assert [match.inliers for match in verification.match_all(of(0), [nothing, one, nothing])] == [0, 0, 0]
    assert verification.match_all(of(0), []) == []


def one_by_one(query: np.ndarray, candidate: np.ndarray) -> list[tuple[int, int]]:
    """The rule in words, in whole numbers: nearest both ways, and clearly nearer than the second nearest."""
    distances = ((query[:, None].astype(int) - candidate[None].astype(int)) ** 2).sum(axis=2)
    pairs = []
    for row, of_row in enumerate(distances.tolist()):
        column = of_row.index(min(of_row))
        nearest_back = distances[:, column].tolist().index(min(distances[:, column]))
        second = min(of_row[:column] + of_row[column + 1 :])
        if nearest_back == row and np.float32(of_row[column]) < 0.9**2 * np.float32(second):
            pairs.append((row, column))
    return pairs


@pytest.mark.parametrize("highest", [3, 120], ids=["many as near", "few as near"])
def test_all_at_once_the_same_pairs_pass_as_one_by_one(highest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """40 descriptors of 8 numbers, against photographs with more and with fewer; one has too few."""
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, highest, (size, 8)).astype(np.uint8) for size in (40, 3, 50, 2, 31)]
    drawn[2][:9] = drawn[0][:9]  # the same marks
    every = [Keypoints(np.zeros((len(one), 2), np.float16), one) for one in drawn]
    monkeypatch.setattr(verification, "_verified", lambda pairs, here, there, side: verification.Match(pairs))
    query, *others = drawn
    expected = [one_by_one(query, other) if len(other) >= 3 else [] for other in others]
    matches = verification.match_all(every[0], every[1:])
    for match, pairs in zip(matches, expected, strict=True):
        assert [*map(tuple, match.pairs.tolist())] == (pairs if len(pairs) >= 3 else [])
    assert sum(map(len, expected)) > 8
