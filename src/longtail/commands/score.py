"""Grade a submission against known answers, exactly as Kaggle does.

MAP@5: a cell is split at single spaces, and its first five predictions count. A repeated prediction occupies a place; a
doubled or leading space is an empty prediction. An empty cell is an error. A missing, extra or doubled row invalidates
the file.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from longtail import params
from longtail.artifacts import SUBMISSION
from longtail.errors import BadInput, Problem, counted
from longtail.metrics.intervals import bootstrap
from longtail.metrics.map_at_k import average_precision
from longtail.names import leads_out
from longtail.params import DataParams
from longtail.paths import project_root
from longtail.publishing.submission import TOP_K, Row, guesses_of, read_rows, row_problems

EXAMPLE = f"longtail score {SUBMISSION} solution.csv"
_EMPTY = -1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Two files with the same header."""
    parser.add_argument("submission", type=Path, help="one row a test image: up to five labels, separated by spaces")
    parser.add_argument("solution", type=Path, help="the same header, one label a row")


def run(arguments: argparse.Namespace) -> list[str]:
    """Print MAP@5 with its interval and the counts.

    Returns:
        No hints for the console.

    Raises:
        BadInput: the submission or the solution is malformed.
    """
    data = _columns(project_root() / "params.yaml")
    truth = dict(_solution(arguments.solution, data))
    rows = read_rows(arguments.submission, data)
    problems = row_problems([image for image, _ in rows], list(truth), arguments.submission.name)
    empty = [image for image, cell in rows if not cell]
    if empty:
        remedy = "Every row needs a label."
        problems.append(Problem("empty cell", remedy, arguments.submission.name, len(empty), empty[0]))
    problems += _odd_names([image for image, _ in rows], arguments.submission)
    if problems:
        raise BadInput(*problems)
    labels = [truth[image] for image, _ in rows]
    precision = graded([cell for _, cell in rows], labels)
    images = [image for image, _ in rows]
    unknown = np.array([label == data.unknown_label for label in labels])
    clusters = np.array(
        [image if is_new else label for image, label, is_new in zip(images, labels, unknown, strict=True)]
    )
    low, high = bootstrap(precision, clusters, seed=0)
    known, new = len(set(clusters[~unknown])), int(unknown.sum())
    print(f"MAP@5 {precision.mean():.5f} (95% interval over identities: {low:.5f} to {high:.5f})")
    named = counted(known, "identity", "identities")
    print(f"{counted(len(rows), 'image')} of {named}, {new:,} of them {data.unknown_label or 'unknown'}")
    print(f"first prediction right: {(precision == 1).sum():,}; among the five: {(precision > 0).sum():,}")
    return []


def graded(cells: Sequence[str], labels: Sequence[str]) -> NDArray[np.float64]:
    """Average precision at 5 of each cell.

    Args:
        cells: n cells of a submission.
        labels: the right label of each.

    Returns:
        (n,).
    """
    numbers: dict[str, int] = {"": _EMPTY}
    truth = np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)
    predicted = np.full((len(cells), TOP_K), _EMPTY, dtype=np.int64)
    for row, cell in enumerate(cells):
        labels_of_cell = [numbers.setdefault(label, len(numbers)) for label in guesses_of(cell)]
        predicted[row, : len(labels_of_cell)] = labels_of_cell
    return average_precision(predicted, truth)


def _solution(path: Path, data: DataParams) -> list[Row]:
    rows = read_rows(path, data)
    images = [image for image, _ in rows]
    problems = row_problems(images, images, path.name)
    bad = [f"{image}: {label!r}" for image, label in rows if label.split() != [label]]
    if bad:
        problems.append(Problem("row without exactly one label", "Give each its answer.", path.name, len(bad), bad[0]))
    problems += _odd_names(images, path)
    if not rows:
        problems.append(Problem("no answers", "It needs one row for each test image.", path.name))
    if problems:
        raise BadInput(*problems)
    return rows


def _odd_names(images: Sequence[str], path: Path) -> list[Problem]:
    """Names of images that could refer to a place outside of their folder."""
    unsafe = [image for image in images if leads_out(image)]
    what, remedy = "image whose name leads out of its folder, or is no plain text", "Correct the name."
    return [Problem(what, remedy, path.name, len(unsafe), ascii(unsafe[0]))] if unsafe else []


def _columns(path: Path) -> DataParams:
    """The header's names: from `data:` of params.yaml where there is one, else Kaggle's."""
    return params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()
