"""The rows of a raw set's tables, each with the file that it is of; taking those of a photograph out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from longtail import atomic
from longtail.labels import boxes
from longtail.labels.label_csv import names_only, read_as_written
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams


class Row(NamedTuple):
    """A row of a table of the raw set."""

    image: str
    photograph: str
    """The file that it is of."""
    row: int
    """The line that it begins on; the header is 1."""


def read(table: Path, data: DataParams) -> list[Row]:
    """The rows of `train.csv` or of `sample_submission.csv`. Raises BadInput where it cannot be read.

    Args:
        table: the file.
        data: names of its columns.

    Returns:
        The rows in the order of the file.
    """
    written = read_as_written(table, names_only(data), may_be_empty=True)
    images = written["image"].tolist()
    photographs = boxes.photographs_of(images, boxes.read_boxes(table, data))
    return [Row(*row) for row in zip(images, photographs, written["row"].tolist(), strict=True)]


def with_all_boxes(images: Sequence[str], rows: Sequence[Row], stones: Sequence[Tombstone]) -> list[str]:
    """The photographs of the images, and every image that is cut from them.

    Args:
        images: names as a user gives them.
        rows: of the tables of the raw set.
        stones: an earlier purge may have taken the rows away and not the file.

    Returns:
        Names, each photograph before what is cut from it.
    """
    photograph = {row.image: row.photograph for row in rows}
    buried = {stone.image for stone in stones}
    for image in buried - photograph.keys():
        named = boxes.named_box(image)
        photograph[image] = named[0] if named and named[0] in buried else image
    asked = dict.fromkeys(photograph.get(image, image) for image in images)
    cut: dict[str, list[str]] = {name: [] for name in asked}
    for image, of in photograph.items():
        if of in cut and image != of:
            cut[of].append(image)
    return list(dict.fromkeys(name for of in asked for name in (of, *sorted(cut[of]))))


def remove(table: Path, photographs: Collection[str], data: DataParams) -> None:
    """Take the rows of these photographs out; every other line stays as it is, byte for byte.

    Args:
        table: the file; it is replaced as a whole.
        photographs: names of files, or of what is cut from one.
        data: names of the columns.
    """
    rows = read(table, data)
    if not {name for row in rows for name in (row.image, row.photograph)} & set(photographs):
        return
    lines = table.read_bytes().splitlines(keepends=True)
    ends = [*(row.row - 1 for row in rows[1:]), len(lines)]
    doomed = {
        line
        for row, end in zip(rows, ends, strict=True)
        if row.image in photographs or row.photograph in photographs
        for line in range(row.row, end + 1)
    }
    with atomic.replacing(table) as temporary:
        temporary.write_bytes(b"".join(line for number, line in enumerate(lines, start=1) if number not in doomed))
