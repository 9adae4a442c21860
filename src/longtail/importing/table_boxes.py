"""The boxes of a wildlife-datasets table: `bbox`, `[x, y, width, height]` in pixels, an empty cell for none.

https://github.com/WildlifeDatasets/wildlife-datasets, docs/dataframe.md. Several rows of one path are several boxes of
a photograph; each is named by its number there, from 1, as a detector's are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from longtail import csv_reader
from longtail.csv_reader import Record
from longtail.errors import BadInput, Problem, format_examples
from longtail.importing.box_file import NOTHING_IMPORTED, BoxFile, Detection, numbers, refuse_malformed

PATH, BOX = "path", "bbox"
_NONE = ("", "nan", "none", "null")


def is_blank(cell: str) -> bool:
    """Whether a cell of `bbox` says that there is no box."""
    return cell.strip().casefold() in _NONE


def names(paths: Sequence[str], cells: Sequence[str]) -> list[str]:
    """What the box of each row is called by.

    Args:
        paths: of the rows.
        cells: of their column `bbox`.

    Returns:
        A number for each, counted in its photograph from 1; `""` for a row without a box.
    """
    seen: Counter[str] = Counter()
    named = []
    for path, cell in zip(paths, cells, strict=True):
        seen[path] += not is_blank(cell)
        named.append("" if is_blank(cell) else str(seen[path]))
    return named


def read(path: Path) -> BoxFile:
    """The boxes of a table.

    Args:
        path: the file.

    Returns:
        Its boxes.

    Raises:
        BadInput: it cannot be read, lacks one of the two columns, or a cell is no box.
    """
    source = str(path)
    (_, header), *records = list(csv_reader.records(csv_reader.read_text(path, source), source)) or [Record(1, [])]
    header = [name.strip() for name in header]
    if not {PATH, BOX} <= set(header):
        what = f"a table of boxes needs the columns {PATH} and {BOX}: it has {format_examples(map(repr, header), 8)}"
        raise BadInput(Problem(what, f"{NOTHING_IMPORTED} Name the file that has the boxes.", source))
    at, box = header.index(PATH), header.index(BOX)
    whole = [record for record in records if len(record.cells) == len(header)]
    paths, cells = [record.cells[at] for record in whole], [record.cells[box] for record in whole]
    corners = [None if is_blank(cell) else numbers(_numbers(cell)) for cell in cells]
    malformed = [
        f"row {record.row}: {cell}"
        for record, cell, corner in zip(whole, cells, corners, strict=True)
        if corner is None and not is_blank(cell)
    ]
    refuse_malformed(malformed, "four numbers in bbox, as [x, y, width, height] in pixels", source)
    rows = zip(paths, names(paths, cells), corners, strict=True)
    detections = tuple(Detection(of, name, corner, None) for of, name, corner in rows if corner is not None)
    return BoxFile("wildlife-datasets", tuple(dict.fromkeys(paths)), detections)


def parts(paths: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """What is added to the photograph's name in each row.

    Args:
        paths: of the rows.
        cells: of their column `bbox`.

    Yields:
        `#1` for a box of a photograph that has several; `""` for every other row.
    """
    several = {path for path, boxes in Counter(_boxed(paths, cells)).items() if boxes > 1}
    for path, name in zip(paths, names(paths, cells), strict=True):
        yield f"#{name}" if name and path in several else ""


def _boxed(paths: Iterable[str], cells: Iterable[str]) -> Iterator[str]:
    return (path for path, cell in zip(paths, cells, strict=True) if not is_blank(cell))


def _numbers(cell: str) -> list[float] | None:
    """The numbers of a cell as Python, JSON or numpy write a list of them."""
    try:
        return [float(word) for word in cell.strip().strip("[]()").replace(",", " ").split()]
    except ValueError:
        return None
