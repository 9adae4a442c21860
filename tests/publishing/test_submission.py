"""A submission is refused for whatever the grader would refuse or waste, all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from longtail.errors import BadInput
from longtail.params import DataParams
from longtail.publishing.submission import check_labels, check_submission, guesses_of, write_submission

DATA = DataParams()
EXPECTED = ["1.jpg", "2.jpg", "3.jpg"]
GOOD = "Image,Id\n1.jpg,a b c d e\n2.jpg,new_whale\n3.jpg,007 NA\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "submission.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_good_one_passes_in_any_order_of_rows(write: Callable[[str], Path]) -> None:
    check_submission(write(GOOD), EXPECTED, DATA)
    check_submission(write(GOOD), EXPECTED[::-1], DATA)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            GOOD.replace("Image,Id", "image,id"),
            r"submission\.csv has another header, e\.g\. image,id \(.*The first line",
        ),
        ("", r"has another header, e\.g\. an empty file"),
        (GOOD.replace("2.jpg,new_whale\n", ""), r"row missing, e\.g\. 2\.jpg \(submission\.csv\)"),
        (GOOD + "4.jpg,a\n", r"row of an image that is not in the test set, e\.g\. 4\.jpg"),
        (GOOD + "3.jpg,a\n", r"image with more than one row, e\.g\. 3\.jpg"),
        (GOOD.replace("new_whale", ""), r"empty cell, e\.g\. 2\.jpg: ''"),
        (GOOD.replace("new_whale", " new_whale"), r"leading, trailing or doubled space, e\.g\. 2\.jpg: ' new_whale'"),
        (GOOD.replace("007 NA", "007  NA"), r"leading, trailing or doubled space, e\.g\. 3\.jpg: '007  NA'"),
        (GOOD.replace("007 NA", "007 NA "), r"leading, trailing or doubled space"),
        (GOOD.replace("007 NA", "007 007"), r"cell with a repeated guess, e\.g\. 3\.jpg: '007 007'"),
        (GOOD.replace("d e", "d e f"), r"cell with more than 5 guesses, e\.g\. 1\.jpg: 'a b c d e f'"),
        (GOOD + "4.jpg\n", r"row of another length than the header, e\.g\. 4\.jpg \(submission\.csv, row 5\)"),
    ],
)
def test_what_the_grader_refuses_or_wastes_is_told(write: Callable[[str], Path], text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check_submission(write(text), EXPECTED, DATA)


def test_all_problems_are_told_at_once_with_their_counts(write: Callable[[str], Path]) -> None:
    with pytest.raises(BadInput, match="row missing") as caught:
        check_submission(write("Image,Id\n1.jpg,a a\n1.jpg,\n9.jpg,b  c\n"), EXPECTED, DATA)
    told = [(problem.count, problem.what) for problem in caught.value.problems]
    assert told == [
        (2, "row missing"),
        (1, "row of an image that is not in the test set"),
        (1, "image with more than one row"),
        (1, "empty cell"),
        (1, "cell with a leading, trailing or doubled space"),
        (1, "cell with a repeated guess"),
    ]


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.csv cannot be read: No such file or directory"):
        check_submission(tmp_path / "gone.csv", EXPECTED, DATA)
    (tmp_path / "wide.csv").write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(BadInput, match=r"wide\.csv is UTF-16, not UTF-8"):
        check_submission(tmp_path / "wide.csv", EXPECTED, DATA)


def test_what_is_written_reads_as_it_should(tmp_path: Path) -> None:
    target = tmp_path / "submission.csv"
    write_submission(target, [("1.jpg", ["a", "b"]), ("x,y.jpg", ["007"])], DATA)
    assert target.read_text("utf-8") == 'Image,Id\n1.jpg,a b\n"x,y.jpg",007\n'
    check_submission(target, ["1.jpg", "x,y.jpg"], DATA)


def test_columns_are_named_by_the_data_section(tmp_path: Path) -> None:
    target = tmp_path / "submission.csv"
    write_submission(target, [], DataParams(image_column="file", identity_column="who"))
    assert target.read_text("utf-8") == "file,who\n"


def test_a_bad_one_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cell with a repeated guess, e\.g\. 1\.jpg: 'a a' \(submission\.csv\)"):
        write_submission(tmp_path / "submission.csv", [("1.jpg", ["a", "a"])], DATA)
    assert list(tmp_path.iterdir()) == []


def test_labels_that_hold_a_space_are_refused() -> None:
    check_labels(["a", "007", "ñ"])
    with pytest.raises(BadInput, match=r"2 x label with a space in it, e\.g\. 'a b'\. Rename them in train\.csv"):
        check_labels(["a b", "c", "c\td"])


def test_the_grader_splits_at_single_spaces_and_reads_five() -> None:
    assert guesses_of("a b") == ["a", "b"]
    assert guesses_of(" a  b") == ["", "a", "", "b"]
    assert guesses_of("a b c d e f") == ["a", "b", "c", "d", "e"]
