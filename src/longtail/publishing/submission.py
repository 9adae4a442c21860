"""A submission, by the grader's rules: one row a test photograph, up to five labels separated by single spaces.

The rules are Kaggle's for the 2018 challenge. The grader splits a cell at single spaces and reads the first five; a
repeated guess wastes its place, a doubled or leading space is an empty guess, an empty cell is an error, a missing,
extra or doubled row invalidates the file. `check_submission` refuses whatever would be lost or refused there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from longtail import atomic, csv_writer
from longtail.csv_reader import read_table
from longtail.errors import BadInput, Problem, format_examples
from longtail.params import DataParams

TOP_K = 5
Row = tuple[str, str]
"""Image and cell."""


def write_submission(target: Path, rows: Sequence[tuple[str, Sequence[str]]], data: DataParams) -> None:
    """Write a submission. Raises BadInput, and writes nothing, where it would fail (`check_labels`).

    Args:
        target: submission.csv.
        rows: (image, labels best first), in the order of the file.
        data: names of the columns.
    """
    cells = [(image, " ".join(labels)) for image, labels in rows]
    _refuse(cells, [image for image, _ in rows], target.name)
    with atomic.replacing(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv_writer.write_rows(file, [(data.image_column, data.identity_column), *cells])


def check_labels(labels: Iterable[str]) -> None:
    """Check that a submission can hold the labels.

    Raises:
        BadInput: a label has spaces, which separate the guesses of a cell.
    """
    bad = sorted({label for label in labels if label.split() != [label]})
    if bad:
        remedy = "Rename them in train.csv, as with underscores: a submission parts its guesses at spaces."
        raise BadInput(Problem("label with a space in it", remedy, count=len(bad), example=repr(bad[0])))


def check_submission(submission: Path, expected: Sequence[str], data: DataParams) -> None:
    """Check all that the grader would refuse, or that would waste a guess.

    Raises BadInput with all problems at once, as `read_rows`.

    Args:
        submission: submission.csv.
        expected: the test photographs, one row each, in any order.
        data: names of the columns.
    """
    _refuse(read_rows(submission, data), expected, submission.name)


def read_rows(path: Path, data: DataParams) -> list[Row]:
    """The rows of a CSV whose header is exactly the image and the identity column. Cells stay as they are.

    Args:
        path: the file.
        data: names of the columns.

    Returns:
        The rows in the order of the file.

    Raises:
        BadInput: it cannot be read, is not UTF-8, or has another header or number of cells.
    """
    return [(image, cell) for _, (image, cell) in read_table(path, (data.image_column, data.identity_column))]


def row_problems(images: Sequence[str], expected: Sequence[str], name: str) -> list[Problem]:
    """Rows that are missing, extra or doubled: each of these invalidates the file.

    Args:
        images: of the file's rows.
        expected: the test photographs.
        name: the file, for messages.

    Returns:
        A problem a kind.
    """
    times = Counter(images)
    wanted = set(expected)
    kinds = (
        ("row missing", [image for image in expected if image not in times]),
        ("row of an image that is not in the test set", [image for image in times if image not in wanted]),
        ("image with more than one row", [image for image, count in times.items() if count > 1]),
    )
    remedy = "The file must hold one row for each test image."
    return [Problem(what, remedy, name, len(bad), format_examples(bad)) for what, bad in kinds if bad]


def guesses_of(cell: str) -> list[str]:
    """What the grader reads in a cell: split at single spaces, the first five; `""` is an empty guess."""
    return cell.split(" ")[:TOP_K]


def _refuse(rows: Sequence[Row], expected: Sequence[str], name: str) -> None:
    problems = [*row_problems([image for image, _ in rows], expected, name), *_cell_problems(rows, name)]
    if problems:
        raise BadInput(*problems)


def _cell_problems(rows: Sequence[Row], name: str) -> list[Problem]:
    kinds: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
        ("empty cell", "Every row needs a label.", lambda cell: not cell.strip()),
        (
            "cell with a leading, trailing or doubled space",
            "The grader counts it as an empty guess: separate labels by single spaces.",
            lambda cell: bool(cell.strip()) and "" in cell.split(" "),
        ),
        ("cell with a repeated guess", "It wastes its place: give each label once.", _repeats),
        (
            f"cell with more than {TOP_K} guesses",
            f"Only the first {TOP_K} count: leave the others out.",
            lambda cell: len(cell.split()) > TOP_K,
        ),
    )
    problems = []
    for what, remedy, is_bad in kinds:
        bad = [f"{image}: {cell!r}" for image, cell in rows if is_bad(cell)]
        if bad:
            problems.append(Problem(what, remedy, name, len(bad), bad[0]))
    return problems


def _repeats(cell: str) -> bool:
    labels = cell.split()
    return len(set(labels)) < len(labels)
