"""edits.csv is read strictly, and all that is wrong with it is told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.splitting.edits import Pair, read_edits

HEADER = "image,action,value,who,when,why\n"
LABELS = {"a.jpg": "w_1", "b.jpg": "w_2", "c.jpg": "", "d.jpg": "old name"}


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    return tmp_path / "edits.csv"


def wrong(edits: Path, rows: str, match: str) -> None:
    edits.write_text(HEADER + rows, "utf-8")
    with pytest.raises(BadInput, match=match):
        read_edits(edits, LABELS, "new_whale")


def test_a_header_alone_decides_nothing(edits: Path) -> None:
    edits.write_text(HEADER, "utf-8")
    found = read_edits(edits, LABELS, "new_whale")
    assert (found.relabel, found.drop, found.together, found.apart) == ({}, frozenset(), (), ())


def test_decisions_of_every_kind(edits: Path) -> None:
    first = 'a.jpg,relabel,w_9,ann,2026-01-02,"scar, left"\nb.jpg,drop,,ann,,\n'
    rows = first + "\nc.jpg,together,a.jpg,,,\nb.jpg,apart,c.jpg,,,\n"
    edits.write_text(HEADER + rows, "utf-8-sig")  # as a spreadsheet saves it
    found = read_edits(edits, LABELS, "new_whale")
    assert found.relabel == {"a.jpg": "w_9"}
    assert found.drop == {"b.jpg"}
    assert found.together == (Pair("a.jpg", "c.jpg", 5),)
    assert found.apart == (Pair("b.jpg", "c.jpg", 6),)


def test_an_answer_to_a_finding_changes_nothing_and_outlives_its_photograph(edits: Path) -> None:
    edits.write_text(HEADER + "a.jpg,keep,grey 0123abcd,ann,,\ngone.jpg,unsure,conflict 89abcdef,ann,,\n", "utf-8")
    found = read_edits(edits, LABELS, "new_whale")
    assert (found.relabel, found.drop, found.together, found.apart) == ({}, frozenset(), (), ())


def test_the_data_sets_own_word_means_unknown(edits: Path) -> None:
    edits.write_text(HEADER + "a.jpg,relabel,new_whale,,,\n", "utf-8")
    assert read_edits(edits, LABELS, "new_whale").relabel == {"a.jpg": ""}
    assert read_edits(edits, LABELS, "andere").relabel == {"a.jpg": "new_whale"}


def test_identities_that_the_labels_have_may_hold_spaces(edits: Path) -> None:
    edits.write_text(HEADER + "a.jpg,relabel,old name,,,\n", "utf-8")
    assert read_edits(edits, LABELS, "new_whale").relabel == {"a.jpg": "old name"}


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ("a.jpg,rename,w_2,,,\n", r"unknown action, e\.g\. rename \(edits\.csv, row 2\)\. The actions are relabel"),
        ("a.jpg,,w_2,,,\n", r"unknown action, e\.g\. \(blank\)"),
        ("z.jpg,drop,,,,\nz.jpg,drop,,,,\n", r"2 x image that is not labelled, e\.g\. z\.jpg \(edits\.csv, row 2\)"),
        ("a.jpg,together,z.jpg,,,\n", r"value that is not a labelled image, e\.g\. a\.jpg, z\.jpg .*row 2"),
        ("a.jpg,apart,a.jpg,,,\n", r"image paired with itself, e\.g\. a\.jpg"),
        ("a.jpg,relabel, ,,,\n", r"`relabel` without an identity, e\.g\. a\.jpg .*Write the identity, or 'new_whale'"),
        ("a.jpg,relabel,w 1,,,\n", r"`relabel` to a new identity with spaces, e\.g\. a\.jpg, w 1"),
        ("a.jpg,drop,b.jpg,,,\n", r"`drop` with a value, e\.g\. a\.jpg, b\.jpg"),
        ("a.jpg,relabel,w_2,,,\na.jpg,relabel,w_3,,,\n", r"image relabelled twice, e\.g\. a\.jpg .*rows 2 and 3"),
        ("a.jpg,apart,b.jpg,,,\nb.jpg,together,a.jpg,,,\n", r"pair both together and apart, e\.g\. a\.jpg and b\.jpg"),
        ("a.jpg,keep,,,,\n", r"`keep` or `unsure` that names no finding, e\.g\. a\.jpg.*--reject` writes them"),
        ("a.jpg,unsure,grey 12,,,\n", r"`keep` or `unsure` that names no finding, e\.g\. a\.jpg, grey 12"),
        ("a.jpg,drop\n", r"row of another length than the header, e\.g\. a\.jpg,drop \(edits\.csv, row 2\)"),
        ('a.jpg,drop,,,,"x" y\n', r"broken quotes.*edits\.csv, row 2"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_row_example_and_remedy(edits: Path, rows: str, match: str) -> None:
    wrong(edits, rows, match)


def test_everything_wrong_is_told_at_once(edits: Path) -> None:
    wrong(edits, "a.jpg,rename,,,,\nz.jpg,drop,,,,\n", r"(?s)unknown action.*image that is not labelled")


def test_the_same_decision_twice_is_one(edits: Path) -> None:
    edits.write_text(HEADER + "a.jpg,relabel,w_2,ann,,\na.jpg,relabel,w_2,bob,,\n", "utf-8")
    assert read_edits(edits, LABELS, "new_whale").relabel == {"a.jpg": "w_2"}


def test_another_header_is_refused(edits: Path) -> None:
    edits.write_text("image;action\n", "utf-8")
    with pytest.raises(
        BadInput, match=r"another header, e\.g\. image;action .*The first line must be: image,action,value"
    ):
        read_edits(edits, LABELS, "new_whale")


def test_another_encoding_is_refused(edits: Path) -> None:
    edits.write_bytes((HEADER + "a.jpg,drop,,,,m\xfcde\n").encode("latin-1"))
    with pytest.raises(BadInput, match=r"edits\.csv is not UTF-8"):
        read_edits(edits, LABELS, "new_whale")
