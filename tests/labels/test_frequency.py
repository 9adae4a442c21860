"""Class counts, worked by hand."""

from __future__ import annotations

import pandas as pd

from longtail.labels.frequency import class_counts, histogram, label_statistics

#        seen once: b, d; twice: a; three times: c; two unknowns
LABELS = pd.Series(["a", "b", "", "c", "a", "c", "", "d", "c"], dtype="str")


def test_counts_are_by_size_then_name_and_leave_unknowns_out() -> None:
    assert list(class_counts(LABELS).items()) == [("c", 3), ("a", 2), ("b", 1), ("d", 1)]


def test_histogram_says_how_many_identities_have_so_many_photographs() -> None:
    assert histogram(class_counts(LABELS)) == {1: 2, 2: 1, 3: 1}


def test_facts_are_what_the_verdict_holds() -> None:
    assert label_statistics(LABELS) == {
        "photographs": 9,
        "identities": 4,
        "unknown": 2,
        "seen_once": 2,
        "largest": 3,
        "class_counts": {"1": 2, "2": 1, "3": 1},
    }


def test_a_table_of_unknowns_alone_has_facts_too() -> None:
    told = label_statistics(pd.Series(["", ""], dtype="str"))
    assert (told["identities"], told["largest"], told["class_counts"]) == (0, 0, {})
