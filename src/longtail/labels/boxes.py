"""Boxes: which part of its photograph a row of a table shows.

A cell is `x y width height` in shares of the upright photograph, the origin at its upper left corner; an empty cell is
the whole photograph. One box keeps the photograph's name; of several each row is `NAME#box`, and all of them are of the
file NAME.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pyarrow import parquet

from longtail import csv_reader
from longtail.errors import BadInput, Problem
from longtail.names import PHOTOGRAPH, PHOTOGRAPH_MD5
from longtail.params import DataParams

TOLERANCE = 0.001
"""Share of a side by which a box may lie outside of its photograph: detectors round to three or four digits."""
_NAMED = re.compile(r"(?P<photograph>.+)#(?P<box>[^#./\\]+)", re.DOTALL)
_DIGITS = 6


class Box(NamedTuple):
    """A part of an upright photograph, in shares of its width and height."""

    x: float
    y: float
    width: float
    height: float

    def __str__(self) -> str:
        return " ".join(f"{share:.{_DIGITS}g}" for share in self)


def read_boxes(csv_path: Path, data: DataParams) -> dict[str, Box]:
    """The boxes of a label table, or of a sample_submission.csv.

    Args:
        csv_path: a table that `label_csv.read_as_written` can read.
        data: names of its columns.

    Returns:
        {image: its box}; images that are shown whole are left out. {} where the table has no such column.

    Raises:
        BadInput: two such columns; cells that are no box; a box outside of its photograph, or of no size.
    """
    records = csv_reader.records(csv_reader.read_text(csv_path, str(csv_path)), str(csv_path))
    _, header = next(records, (1, []))
    if not {data.box_column, data.image_column} <= set(header):
        return {}
    if header.count(data.box_column) > 1:
        what = f"{csv_path.name} has the column '{data.box_column}' {header.count(data.box_column)} times"
        raise BadInput(Problem(what, "Give each column a name of its own.", where=f"{csv_path}, row 1"))
    image, column = header.index(data.image_column), header.index(data.box_column)
    whole = [record for record in records if len(record.cells) == len(header)]
    cells = [(row, cells[image], cells[column]) for row, cells in whole if cells[column].strip()]
    boxes = {name: parse(cell) for _, name, cell in cells}
    wrong: dict[str, list[tuple[int, str, str]]] = {}
    for row, name, cell in cells:
        if reason := problem_of(boxes[name]):
            wrong.setdefault(reason, []).append((row, name, cell))
    if wrong:
        raise BadInput(*(_problem(reason, rows, csv_path, data) for reason, rows in wrong.items()))
    return {name: box for name, box in boxes.items() if box is not None}


def parse(cell: str) -> Box | None:
    """A box from its cell; None where that is not four numbers."""
    try:
        shares = [float(share) for share in cell.split()]
    except ValueError:
        return None
    return Box(*shares) if len(shares) == 4 else None


def problem_of(box: Box | None) -> str:
    """What is wrong with a box, in words; `""` where nothing is.

    Args:
        box: the box; None: a cell that is none.

    Returns:
        A noun phrase.
    """
    if box is None or not all(math.isfinite(share) for share in box):
        return "box that is not four numbers"
    if box.width <= 0 or box.height <= 0:
        return "box of no size"
    low, high = -TOLERANCE, 1 + TOLERANCE
    if min(box.x, box.y) < low or box.x + box.width > high or box.y + box.height > high:
        return "box that lies outside of its photograph"
    return ""


def photograph_of(image: str, boxes: Mapping[str, Box]) -> str:
    """The file that an image of a table is of.

    Args:
        image: its name in the table.
        boxes: those of the table (`read_boxes`).

    Returns:
        The name itself, or `NAME` of `NAME#box`.
    """
    named = _NAMED.fullmatch(image) if image in boxes else None
    return named["photograph"] if named else image


def photographs_of(images: Iterable[str], boxes: Mapping[str, Box]) -> list[str]:
    """The files that the images of a table are of.

    Args:
        images: names in the table.
        boxes: those of the table (`read_boxes`).

    Returns:
        `photograph_of` each of the images.
    """
    return [photograph_of(image, boxes) for image in images]


def named_box(image: str) -> tuple[str, str] | None:
    """(photograph, box) of a name that may be `NAME#box`; None where it is none."""
    named = _NAMED.fullmatch(image)
    return (named["photograph"], named["box"]) if named else None


def original_files(prepared: Path) -> pd.DataFrame:
    """The files of the raw set behind the rows of a table of `prepare`'s.

    Args:
        prepared: `labelled.parquet` or `test.parquet`.

    Returns:
        `image` and `md5` of the file, a row a row of the table.
    """
    has_boxes = PHOTOGRAPH in parquet.read_schema(prepared).names
    columns = [PHOTOGRAPH, PHOTOGRAPH_MD5] if has_boxes else ["image", "md5"]
    return pd.read_parquet(prepared, columns=columns).set_axis(["image", "md5"], axis=1)


def _problem(reason: str, rows: list[tuple[int, str, str]], path: Path, data: DataParams) -> Problem:
    row, image, cell = rows[0]
    remedy = (
        f"A cell of '{data.box_column}' is `x y width height` in shares of the photograph; "
        "where the column is something else, name another in data.box_column, or '' for none."
    )
    return Problem(reason, remedy, f"{path}, row {row}", len(rows), f"{image}: {cell!r}")
