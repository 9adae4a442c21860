"""edits.csv is read strictly, and all that is wrong with it is told at once."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.labels.edit_log import undo_value
from longtail.splitting.edits import Edits, Pair, read_edits

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
    edits_read = read_edits(edits, LABELS, "new_whale")
    assert (edits_read.relabel, edits_read.drop, edits_read.together, edits_read.apart) == ({}, frozenset(), (), ())


def test_decisions_of_every_kind(edits: Path) -> None:
    first = 'a.jpg,relabel,w_9,ann,2026-01-02,"scar, left"\nb.jpg,drop,,ann,,\n'
    rows = first + "\nc.jpg,together,a.jpg,,,\nb.jpg,apart,c.jpg,,,\n"
    edits.write_text(HEADER + rows, "utf-8-sig")  # as a spreadsheet saves it
    edits_read = read_edits(edits, LABELS, "new_whale")
    assert edits_read.relabel == {"a.jpg": "w_9"}
    assert edits_read.drop == {"b.jpg"}
    assert edits_read.together == (Pair("a.jpg", "c.jpg", 5),)
    assert edits_read.apart == (Pair("b.jpg", "c.jpg", 6),)


def test_an_answer_to_a_finding_changes_nothing_and_outlives_its_photograph(edits: Path) -> None:
    edits.write_text(HEADER + "a.jpg,keep,grey 0123abcd,ann,,\ngone.jpg,unsure,conflict 89abcdef,ann,,\n", "utf-8")
    edits_read = read_edits(edits, LABELS, "new_whale")
    assert (edits_read.relabel, edits_read.drop, edits_read.together, edits_read.apart) == ({}, frozenset(), (), ())


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
        ("a.jpg,call,w_2,,,\n", r"unknown action, e\.g\. call \(edits\.csv, row 2\)\. The actions are relabel"),
        ("a.jpg,,w_2,,,\n", r"unknown action, e\.g\. \(blank\)"),
        ("z.jpg,drop,,,,\nz.jpg,drop,,,,\n", r"2 x image that is not labelled, e\.g\. z\.jpg \(edits\.csv, row 2\)"),
        ("a.jpg,together,z.jpg,,,\n", r"value that is not a labelled image, e\.g\. a\.jpg, z\.jpg .*row 2"),
        ("a.jpg,apart,a.jpg,,,\n", r"image paired with itself, e\.g\. a\.jpg"),
        ("a.jpg,relabel, ,,,\n", r"`relabel` without an identity, e\.g\. a\.jpg .*Write the identity, or 'new_whale'"),
        ("a.jpg,relabel,w 1,,,\n", r"`relabel` to a new identity with spaces, e\.g\. a\.jpg, w 1"),
        ("a.jpg,drop,b.jpg,,,\n", r"`drop` with a value, e\.g\. a\.jpg, b\.jpg"),
        ("a.jpg,relabel,w_2,,,\na.jpg,relabel,w_3,,,\n", r"image relabelled twice, e\.g\. a\.jpg.*rows 2 and 3"),
        ("a.jpg,apart,b.jpg,,,\nb.jpg,together,a.jpg,,,\n", r"pair both together and apart, e\.g\. a\.jpg and b\.jpg"),
        ("a.jpg,keep,,,,\n", r"`keep` or `unsure` that names no finding, e\.g\. a\.jpg.*--reject` writes them"),
        ("a.jpg,unsure,grey 12,,,\n", r"`keep` or `unsure` that names no finding, e\.g\. a\.jpg, grey 12"),
        ("a.jpg,drop\n", r"row of another length than the header, e\.g\. a\.jpg,drop \(edits\.csv, row 2\)"),
        ('a.jpg,drop,,,,"x" y\n', r"broken quotes.*edits\.csv, row 2"),
        ("a.jpg,name,n_1,,,\n", r"`name` of a photograph that is labelled with another individual, e\.g\. a\.jpg, n_1"),
        ("c.jpg,name,n 1,,,\n", r"new name with spaces, e\.g\. c\.jpg, n 1"),
        ("c.jpg,name,new_whale,,,\n", r"`name`, `merge` or `rename` without a name, e\.g\. c\.jpg, new_whale"),
        ("c.jpg,name,n_1,Al,2026,\nc.jpg,name,n_2,Bo,2027,\n",
         r"image relabelled twice, e\.g\. c\.jpg: name n_1 by Al on 2026, name n_2 by Bo on 2027 .*rows 2 and 3"),
        ("w_1,merge,w_2,,,\n", r"`merge` or `rename` that names no individual, e\.g\. w_1, w_2"),
        ("identity:w_1,merge,w_1,,,\n", r"merged into itself.*row 2"),
        ("identity:w_1,merge,w_7,,,\n", r"`merge` into an individual that no .*e\.g\. identity:w_1, w_7"),
        ("identity:w_1,merge,w_2,Al,,\nidentity:w_1,rename,w_9,Bo,,\n",
         r"merged or renamed twice, e\.g\. w_1: merge w_2 by Al, rename w_9 by Bo .*rows 2 and 3.*--undo [0-9a-f]{8}"),
        ("identity:w_1,rename,w_9,,,\nidentity:w_2,rename,w_9,,,\n", r"name given to two .*w_9.*2 and 3"),
        ("c.jpg,name,w_9,,,\nidentity:w_2,rename,w_9,,,\n", r"name given to two .*w_9.*rows 3 and 2"),
        ("identity:w_1,merge,w_2,,,\nidentity:w_2,rename,w_1,,,\n",
         r"in a circle, e\.g\. w_1 -> w_2 -> w_1 \(edits\.csv, rows 2 and 3\)"),
        ("a.jpg,undo,drop 0123abcd,,,\n", r"`undo` of a row that is not there, e\.g\. a\.jpg, drop 0123abcd"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_row_example_and_remedy(edits: Path, rows: str, match: str) -> None:
    wrong(edits, rows, match)


def test_everything_wrong_is_told_at_once(edits: Path) -> None:
    wrong(edits, "a.jpg,call,,,,\nz.jpg,drop,,,,\n", r"(?s)unknown action.*image that is not labelled")


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


def held(edits: Path, rows: list[str]) -> Edits:
    edits.write_text(HEADER + "".join(rows), "utf-8")
    return read_edits(edits, LABELS, "new_whale")


def test_names_are_followed_to_the_present_one_in_any_order_of_the_rows(edits: Path) -> None:
    rows = [
        "c.jpg,name,n_1,,,\n",
        "identity:n_1,merge,w_2,,,\n",
        "identity:w_2,rename,w_9,,,\n",
        "identity:w_1,merge,w_2,,,\n",
    ]
    for order in itertools.permutations(rows):
        edits_read = held(edits, list(order))
        assert edits_read.present == {"n_1": "w_9", "w_2": "w_9", "w_1": "w_9"}
        assert [edits_read.identity(*one) for one in LABELS.items()] == ["w_9", "w_9", "w_9", "old name"]
        assert edits_read.idle == ()


def test_a_label_that_was_wrong_may_be_of_a_new_individual(edits: Path) -> None:
    rows = ["a.jpg,relabel,new_whale,,,\n", "a.jpg,name,n_1,,,\n"]
    assert {held(edits, order).identity("a.jpg", "w_1") for order in (rows, rows[::-1])} == {"n_1"}


def test_a_name_that_is_merged_and_that_nobody_has_is_told(edits: Path) -> None:
    assert held(edits, ["identity:gone,merge,w_1,,,\n"]).idle == ("gone",)


def test_what_was_taken_back_is_as_if_it_had_never_been_said(edits: Path) -> None:
    doomed = ["a.jpg,relabel,w_2,ann,2026-01-02,\n", "z.jpg,drop,,bob,,gone\n", "identity:w_1,merge,w_2,cy,,\n"]
    undo = [
        ",".join([row.split(",")[0], "undo", undo_value(row.strip().split(",")), "dee", "2026-01-03", "\n"])
        for row in doomed
    ]
    kept = "a.jpg,relabel,w_3,ann,2026-01-02,\n"
    for order in ([*doomed, kept, *undo], [*undo[::-1], kept, *doomed]):
        assert held(edits, order) == Edits(relabel={"a.jpg": "w_3"})
    assert held(edits, [*doomed, *undo, *undo, kept]).relabel == {"a.jpg": "w_3"}, "two who take one row back"
