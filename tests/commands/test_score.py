"""`longtail score` gives the grader's answers on hand-made cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtail.cli import main
from longtail.commands.score import graded

SOLUTION = "Image,Id\n1.jpg,a\n2.jpg,b\n3.jpg,new_whale\n4.jpg,c\n"


@pytest.mark.parametrize(
    ("cell", "worth"),
    [
        ("x", 1),
        ("a x", 1 / 2),
        ("a b c d x", 1 / 5),
        ("a b c d e", 0),
        ("a a x", 1 / 3),  # a repeated guess wastes its place
        ("x x", 1),
        ("a b c d e x", 0),  # six guesses: the sixth is not read
        ("a  x", 1 / 3),  # a doubled space is an empty guess
        (" x", 1 / 2),  # so is a leading one
        ("x ", 1),
        ("     x", 0),
        ("X", 0),
    ],
)
def test_a_cell_is_worth_one_over_the_place_of_the_right_guess(cell: str, worth: float) -> None:
    assert graded([cell], ["x"]).tolist() == [pytest.approx(worth)]


def score(folder: Path, submission: str, solution: str = SOLUTION) -> int:
    (folder / "submission.csv").write_text(submission, encoding="utf-8")
    (folder / "solution.csv").write_text(solution, encoding="utf-8")
    return main(["score", str(folder / "submission.csv"), str(folder / "solution.csv")])


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without params.yaml: Kaggle's names."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_map_at_5_with_its_interval_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(tmp_path, "Image,Id\n4.jpg,x c\n3.jpg,new_whale\n2.jpg,a  b\n1.jpg,a\n") == 0
    out = capsys.readouterr().out  # (1/2 + 1 + 1/3 + 1) / 4
    assert out.startswith("MAP@5 0.70833 (95% interval over identities: ")
    assert "4 images of 3 identities, 1 of them new_whale" in out
    assert "first prediction right: 2; among the five: 4" in out


@pytest.mark.parametrize(
    ("submission", "said"),
    [
        ("Image,Id\n1.jpg,a\n2.jpg,b\n3.jpg,c\n", "row missing, e.g. 4.jpg (submission.csv)"),
        ("Image,Id\n1.jpg,a\n2.jpg,b\n3.jpg,c\n4.jpg,d\n5.jpg,e\n", "not in the test set, e.g. 5.jpg"),
        ("Image,Id\n1.jpg,a\n2.jpg,b\n3.jpg,c\n4.jpg,d\n4.jpg,d\n", "image with more than one row, e.g. 4.jpg"),
        ("Image,Id\n1.jpg,a\n2.jpg,\n3.jpg,c\n4.jpg,d\n", "empty cell, e.g. 2.jpg"),
        ("Image,Whale\n1.jpg,a\n2.jpg,b\n3.jpg,c\n4.jpg,d\n", "another header, e.g. Image,Whale"),
    ],
)
def test_an_invalid_file_ends_with_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], submission: str, said: str
) -> None:
    assert score(tmp_path, submission) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    ("solution", "said"),
    [
        ("Image,Id\n1.jpg,a b\n", "row without exactly one label, e.g. 1.jpg: 'a b'"),
        ("Image,Id\n1.jpg,a\n1.jpg,b\n", "image with more than one row, e.g. 1.jpg (solution.csv)"),
        ("Image,Id\n", "no answers"),
    ],
)
def test_a_solution_that_answers_nothing_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], solution: str, said: str
) -> None:
    assert score(tmp_path, "Image,Id\n1.jpg,a\n", solution) == 2
    assert said in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "gone.csv", "gone too.csv"]) == 2
    assert "gone too.csv cannot be read" in capsys.readouterr().err


def test_the_header_is_named_by_params_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "params.yaml").write_text(
        "data:\n  image_column: file\n  identity_column: who\n  unknown_label: ''\n", encoding="utf-8"
    )
    assert score(tmp_path, "file,who\n1.jpg,a\n", "file,who\n1.jpg,a\n") == 0
    assert "1 image of 1 identity, 0 of them unknown" in capsys.readouterr().out
