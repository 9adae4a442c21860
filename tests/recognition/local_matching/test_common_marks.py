"""A mark that many candidates share says little for each of them."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.local_matching.common_marks import count_marks
from longtail.recognition.local_matching.verification import Match


def sharing(*marks: int) -> Match:
    """A photograph that shares these marks of the query."""
    return Match(np.stack([np.array(marks, np.int64), np.arange(len(marks))], axis=1))


def test_a_mark_that_one_candidate_has_counts_one_and_a_common_one_less() -> None:
    counted = count_marks(10, [[sharing(0, 1, 2)], [sharing(2)], [sharing(2)], [sharing(2)]])
    assert counted.marks.tolist() == pytest.approx([2.5, 0.5, 0.5, 0.5])
    assert counted.sharing.tolist() == [1, 1, 4, 0, 0, 0, 0, 0, 0, 0]


def test_of_two_candidates_with_as_many_marks_the_one_with_rarer_marks_is_ahead() -> None:
    outline = [[sharing(7, 8, 9)] for _ in range(6)]
    rare, common = count_marks(10, [[sharing(0, 1, 2)], [sharing(7, 8, 9)], *outline]).marks[:2]
    assert rare > 2 * common


def test_the_photograph_that_shares_most_counts_and_several_of_one_candidate_make_no_mark_common() -> None:
    counted = count_marks(10, [[sharing(0, 1), sharing(0, 1, 2), sharing()], [sharing(5)]])
    assert (counted.marks.tolist(), counted.photograph.tolist()) == ([3.0, 1.0], [1, 0])


def test_fewer_rare_marks_are_more_than_many_common_ones_and_of_equal_photographs_the_first_counts() -> None:
    outline = [[sharing(6, 7, 8, 9)] for _ in range(15)]
    counted = count_marks(10, [[sharing(6, 7, 8, 9), sharing(0, 1), sharing(2, 3)], *outline])
    assert (counted.marks[0], counted.photograph[0]) == (2.0, 1)


def test_where_nothing_matches_the_number_is_zero() -> None:
    for keypoints, matches in (
        (10, [[sharing()], [], [sharing(), sharing()]]),
        (0, [[sharing()]]),
        (10, []),
        (3, [[]]),
    ):
        counted = count_marks(keypoints, matches)
        assert counted.marks.tolist() == [0.0] * len(matches)
        assert counted.photograph.tolist() == [-1] * len(matches)
        assert counted.sharing.tolist() == [0] * keypoints
