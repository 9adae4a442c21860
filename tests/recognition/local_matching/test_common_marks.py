"""A mark that many candidates share says little for each of them."""

from __future__ import annotations

import numpy as np
import pytest

from longtail.recognition.local_matching.common_marks import weighted_marks
from longtail.recognition.local_matching.verification import Match


def sharing(*marks: int) -> Match:
    """A photograph that shares these marks of the query."""
    return Match(np.stack([np.array(marks, np.int64), np.arange(len(marks))], axis=1))


def test_a_mark_that_one_candidate_has_counts_one_and_a_common_one_less() -> None:
    weighted = weighted_marks(10, [[sharing(0, 1, 2)], [sharing(2)], [sharing(2)], [sharing(2)]])
    assert weighted.tolist() == pytest.approx([2.5, 0.5, 0.5, 0.5])


def test_of_two_candidates_with_as_many_marks_the_one_with_rarer_marks_is_ahead() -> None:
    outline = [[sharing(7, 8, 9)] for _ in range(6)]
    rare, common = weighted_marks(10, [[sharing(0, 1, 2)], [sharing(7, 8, 9)], *outline])[:2]
    assert rare > 2 * common


def test_the_photograph_that_shares_most_counts_and_several_of_one_candidate_make_no_mark_common() -> None:
    weighted = weighted_marks(10, [[sharing(0, 1), sharing(0, 1, 2), sharing()], [sharing(5)]])
    assert weighted.tolist() == [3.0, 1.0]


def test_where_nothing_matches_the_number_is_zero() -> None:
    assert weighted_marks(10, [[sharing()], [], [sharing(), sharing()]]).tolist() == [0.0, 0.0, 0.0]
    assert weighted_marks(0, [[sharing()]]).tolist() == [0.0]
    assert weighted_marks(10, []).tolist() == []
