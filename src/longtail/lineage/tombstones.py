"""tombstones.csv: photographs that were removed on request. In git, so that what is missing later is explained."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from longtail import atomic, names
from longtail.errors import BadInput, Problem

FILE = Path("tombstones.csv")
COLUMNS = ("image", "part", "md5", "who", "when", "why")


class Tombstone(NamedTuple):
    """One photograph, and the md5 of each file that showed it (parted by spaces)."""

    image: str
    part: str
    md5: str
    who: str
    when: str
    why: str


def read(root: Path) -> list[Tombstone]:
    """All of them. Raises BadInput where the file is not one of ours."""
    path = root / FILE
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    wrong = [number for number, row in enumerate(rows, start=1) if len(row) != len(COLUMNS)]
    if not rows or tuple(rows[0]) != COLUMNS or wrong:
        remedy = "Take it back from git: git checkout -- tombstones.csv"
        where = f"{FILE}, row {wrong[0] if wrong else 1}"
        raise BadInput(Problem(f"not a list of tombstones: its columns are {', '.join(COLUMNS)}", remedy, where=where))
    remedy = "Take the row out, and commit the file."
    names.check_photographs((row[0] for row in rows[1:]), str(FILE), remedy)
    return [Tombstone(*row) for row in rows[1:]]


def add(root: Path, stones: list[Tombstone]) -> None:
    """Write them below the others."""
    every = [*read(root), *stones]
    with atomic.replacing(root / FILE) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *every])
