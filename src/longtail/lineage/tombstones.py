"""tombstones.csv: photographs that were removed on request. In git, so that what is missing later is explained."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from longtail import atomic, csv_writer, names
from longtail.csv_reader import read_table

FILE = Path("tombstones.csv")
COLUMNS = ("image", "part", "md5", "who", "when", "why")


class Tombstone(NamedTuple):
    """One photograph, and the md5 of each file that showed it (separated by spaces)."""

    image: str
    part: str
    md5: str
    who: str
    when: str
    why: str


def read(root: Path) -> list[Tombstone]:
    """All of them; none where there is no file.

    Returns:
        The tombstones in the order of the file.

    Raises:
        BadInput: the file is not a list of tombstones, or one names no photograph.
    """
    path = root / FILE
    if not path.exists():
        return []
    remedy = f"Take it back from git: git checkout -- {FILE}"
    rows = [record.cells for record in read_table(path, COLUMNS, remedy)]
    remedy = "Take the row out, and commit the file."
    names.check_photographs((row[0] for row in rows), str(FILE), remedy)
    return [Tombstone(*row) for row in rows]


def add(root: Path, stones: list[Tombstone]) -> None:
    """Append tombstones to the file.

    Args:
        root: the project's root.
        stones: the new ones.
    """
    every = [*read(root), *stones]
    with atomic.replacing(root / FILE) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv_writer.write_rows(file, [COLUMNS, *every])
