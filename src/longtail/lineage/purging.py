"""A photograph removed on request: its bytes, and those of every file made of it alone, gone from here for good.

What many photographs share (tables with thumbnails, embeddings, pages) is removed from the store only where that is
asked for, since earlier receipts can then no longer be verified for it. What lies elsewhere is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longtail import atomic
from longtail.errors import BadInput, Problem
from longtail.labels.reading import read_as_written
from longtail.lineage import photograph, store, tombstones
from longtail.lineage.photograph import Part
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams
from longtail.publishing.receipt import Receipt
from longtail.record import md5_of

_TABLES = {"train": "train.csv", "test": "sample_submission.csv"}


@dataclass(frozen=True)
class Found:
    """One photograph that is to go."""

    image: str
    folder: str
    """`train` or `test`, of the raw set."""
    parts: tuple[Part, ...]
    """What it was in each published submission."""


@dataclass(frozen=True)
class Signed:
    """Who removes it, when and why."""

    who: str
    when: str
    why: str


def find(root: Path, images: Sequence[str], receipts: Mapping[str, Receipt]) -> list[Found]:
    """The photographs by name. Raises BadInput where one is not in the raw set, or its bytes bear another name too."""
    raw = root / store.RAW
    where = {image: [folder for folder in _TABLES if (raw / folder / image).is_file()] for image in images}
    problems = []
    if unknown := [image for image, folders in where.items() if not folders]:
        remedy = "Write its name as train.csv or sample_submission.csv has it."
        problems.append(Problem("photograph not in the raw set", remedy, str(store.RAW), len(unknown), unknown[0]))
    going = {raw / folder / image for image, folders in where.items() for folder in folders}
    if twins := _twins(raw, going):
        remedy = "They are the same photograph under another name: name them too."
        problems.append(Problem("file with its bytes that would stay", remedy, str(store.RAW), len(twins), twins[0]))
    if problems:
        raise BadInput(*problems)
    return [
        Found(image, folder, tuple(photograph.parts(root, receipts, image)))
        for image, folders in where.items()
        for folder in folders
    ]


def purge(root: Path, found: Sequence[Found], data: DataParams, signed: Signed, *, shared: bool) -> list[str]:
    """Remove them; gives the paths that are gone. The tombstones come first: a purge cut off is one to be repeated."""
    own = [_own_files(root, one) for one in found]
    stones = [
        Tombstone(one.image, one.folder, " ".join(sorted(set(files.values()))), signed.who, signed.when, signed.why)
        for one, files in zip(found, own, strict=True)
    ]
    tombstones.add(root, stones)
    gone: list[str] = []
    for one, files in zip(found, own, strict=True):
        for path, md5 in files.items():
            gone += _remove(root, [root / path, store.object_path(root, md5)])
        if shared:
            objects = {md5 for part in one.parts for md5 in part.shared.values()}
            gone += _remove(root, [store.object_path(root, md5) for md5 in sorted(objects)])
    for folder, table in _TABLES.items():
        _without_rows(root / store.RAW / table, {one.image for one in found if one.folder == folder}, data)
    return gone


def _own_files(root: Path, one: Found) -> dict[str, str]:
    """{path: md5} of the photograph and of every file that was ever made of it alone."""
    path = f"{store.RAW}/{one.folder}/{one.image}"
    files = {path: md5_of(root / path)}
    for part in one.parts:
        files |= part.files
    return files


def _twins(raw: Path, going: Collection[Path]) -> list[str]:
    """Photographs that would stay and have the bytes of one that goes."""
    sizes = {path.stat().st_size for path in going}
    hashes = {md5_of(path) for path in going}
    others = (path for folder in _TABLES for path in sorted((raw / folder).iterdir()) if path not in going)
    return [path.name for path in others if path.stat().st_size in sizes and md5_of(path) in hashes]


def _remove(root: Path, paths: Sequence[Path]) -> list[str]:
    there = [path for path in paths if path.is_file()]
    for path in there:
        path.chmod(0o644)  # DVC's objects may not be written to
        path.unlink()
    return [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in there]


def _without_rows(table: Path, images: Collection[str], data: DataParams) -> None:
    """Take the rows of these images out; every other line stays as it is, byte for byte."""
    if not images:
        return
    read = read_as_written(table, data.model_copy(update={"group_column": ""}), may_be_empty=True)
    begins = [*read["row"].tolist()]
    lines = table.read_bytes().splitlines(keepends=True)
    ends = [*(begin - 1 for begin in begins[1:]), len(lines)]
    doomed = {
        line
        for image, begin, end in zip(read["image"], begins, ends, strict=True)
        if image in images
        for line in range(begin, end + 1)
    }
    with atomic.replacing(table) as beside:
        beside.write_bytes(b"".join(line for number, line in enumerate(lines, start=1) if number not in doomed))
