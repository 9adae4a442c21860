"""A photograph removed on request: its bytes, and those of every file made of it alone, gone from here for good.

What is its own is told by name, in every list of files that DVC's store holds: also what no receipt speaks of, since a
run failed, is found. What many photographs share (tables with thumbnails, embeddings, pages) is removed from the store
only where that is asked for: earlier receipts can then no longer be verified for it.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from longtail import atomic
from longtail.errors import BadInput, Problem
from longtail.images.working import working_names
from longtail.labels.reading import read_as_written
from longtail.lineage import photograph, store, tombstones
from longtail.lineage.photograph import Part
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams
from longtail.publishing.receipt import Receipt
from longtail.record import md5_of
from longtail.sampling.plan import VARIANTS

_TABLES = {"train": "train.csv", "test": "sample_submission.csv"}
_SEED_NAMES = ("r", "g", "b", "bl", "un")
_EDITS = Path("edits.csv")


@dataclass(frozen=True)
class Found:
    """One photograph that is to go."""

    image: str
    folder: str
    """`train` or `test`, of the raw set."""
    files: dict[str, str]
    """{path or name: md5} of the photograph, and of every file that was ever made of it alone."""
    shared: dict[str, str]
    """{path: md5} of what holds something of it among others."""
    parts: tuple[Part, ...]
    """What it was in each published submission."""


@dataclass(frozen=True)
class Signed:
    """Who removes it, when and why."""

    who: str
    when: str
    why: str


def find(root: Path, images: Sequence[str], receipts: Mapping[str, Receipt], data: DataParams) -> list[Found]:
    """The photographs by name, one that an earlier purge was cut off at too.

    Raises BadInput, all of it at once: one that is not in the raw set, one whose bytes bear another name too, one that
    edits.csv speaks of, a table that cannot be read.
    """
    raw = root / store.RAW
    if not raw.exists():
        remedy = f"Fetch them first: dvc pull {store.RAW}.dvc"
        raise BadInput(Problem("the photographs are not here", remedy, where=str(store.RAW)))
    listed = {folder: set(_rows(raw / table, data)["image"]) for folder, table in _TABLES.items()}
    begun = {(stone.image, stone.part) for stone in tombstones.read(root)}
    where = {
        image: [
            folder
            for folder in _TABLES
            if (raw / folder / image).is_file() or image in listed[folder] or (image, folder) in begun
        ]
        for image in dict.fromkeys(images)
    }
    going = {raw / folder / image for image, folders in where.items() for folder in folders}
    problems = _problems(root, where, _twins(raw, going))
    if problems:
        raise BadInput(*problems)
    return [_found(root, image, folder, receipts) for image, folders in where.items() for folder in folders]


def purge(root: Path, found: Sequence[Found], data: DataParams, signed: Signed, *, shared: bool) -> list[str]:
    """Remove them; gives the paths that are gone.

    The tombstones come first and the photographs last, so that a purge that was cut off can be repeated.
    """
    begun = {(stone.image, stone.part): set(stone.md5.split()) for stone in tombstones.read(root)}
    stones = []
    for one in found:
        md5s = {*one.files.values(), *(one.shared.values() if shared else ())}
        if not md5s <= begun.get((one.image, one.folder), set()):
            told = " ".join(sorted(md5s))
            stones.append(Tombstone(one.image, one.folder, told, signed.who, signed.when, signed.why))
    tombstones.add(root, stones)
    gone: list[str] = []
    for one in found:
        objects = sorted({*one.files.values(), *(one.shared.values() if shared else ())})
        gone += _remove(root, [store.object_path(root, md5) for md5 in objects])
        gone += _remove(root, [root / path for path in one.files if not path.startswith(store.RAW.as_posix())])
    for folder, table in _TABLES.items():
        _without_rows(root / store.RAW / table, {one.image for one in found if one.folder == folder}, data)
    return gone + _remove(root, [root / store.RAW / one.folder / one.image for one in found])


def leave_out(folder: Path, stones: Sequence[Tombstone], data: DataParams) -> list[str]:
    """Take photographs with a tombstone, by name or by bytes, out of a raw set that is about to be taken over."""
    buried = {md5 for stone in stones for md5 in stone.md5.split()}
    names = {(stone.part, stone.image) for stone in stones}
    gone = []
    for part, table in _TABLES.items():
        there = sorted((folder / part).iterdir()) if buried and (folder / part).is_dir() else []
        doomed = [path for path in there if (part, path.name) in names or md5_of(path) in buried]
        _without_rows(folder / table, {path.name for path in doomed}, data)
        gone += [path.name for path in doomed]
        for path in doomed:
            path.unlink()
    return gone


def _found(root: Path, image: str, folder: str, receipts: Mapping[str, Receipt]) -> Found:
    path = f"{store.RAW}/{folder}/{image}"
    files = {path: md5_of(root / path)} if (root / path).is_file() else {}
    files |= store.named(root, {f"{folder}/{image}", *_copies(image)})
    for name in _copies(image):
        files |= {
            place.relative_to(root).as_posix(): md5_of(place)
            for place in (root / "artifacts").glob(f"*/*/{name}")
            if place.is_file()
        }
    parts = tuple(photograph.parts(root, receipts, image))
    for part in parts:
        files |= part.files
    return Found(image, folder, files, {path: md5 for part in parts for path, md5 in part.shared.items()}, parts)


def _copies(image: str) -> set[str]:
    """Every name that a working or augmented copy of it may bear."""
    [file] = working_names([image]).values()
    seed = {f"{turn}{short}_{file}" for turn in range(2) for short in _SEED_NAMES}
    return {file, *(f"{variant}_{file}" for variant in VARIANTS), *seed}


def _problems(root: Path, where: Mapping[str, Sequence[str]], twins: Sequence[str]) -> list[Problem]:
    problems = []
    if unknown := [image for image, folders in where.items() if not folders]:
        remedy = "Write its name as train.csv or sample_submission.csv has it."
        problems.append(Problem("photograph not in the raw set", remedy, str(store.RAW), len(unknown), unknown[0]))
    if twins:
        remedy = "They are the same photograph under another name: name them too."
        problems.append(Problem("file with its bytes that would stay", remedy, str(store.RAW), len(twins), twins[0]))
    if spoken := _edits(root / _EDITS, set(where)):
        remedy = "Take the row out: what it speaks of will not be there."
        problems.append(Problem("decision about it", remedy, f"{_EDITS}, row {spoken[0]}", len(spoken)))
    return problems


def _edits(path: Path, images: Collection[str]) -> list[int]:
    """Rows of edits.csv that name one of the images; the header is row 1."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [row for row, cells in enumerate(csv.reader(file), start=1) if set(cells[:3:2]) & set(images)]


def _twins(raw: Path, going: Collection[Path]) -> list[str]:
    """Photographs that would stay and have the bytes of one that goes."""
    there = [path for path in going if path.is_file()]
    sizes, hashes = {path.stat().st_size for path in there}, {md5_of(path) for path in there}
    folders = [raw / folder for folder in _TABLES if (raw / folder).is_dir()]
    others = (path for folder in folders for path in sorted(folder.iterdir()) if path not in going)
    return [path.name for path in others if path.stat().st_size in sizes and md5_of(path) in hashes]


def _remove(root: Path, paths: Sequence[Path]) -> list[str]:
    there = [path for path in paths if path.is_file()]
    for path in there:
        path.chmod(0o644)  # DVC's objects may not be written to
        path.unlink()
    return [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in there]


def _rows(table: Path, data: DataParams) -> dict[str, list[object]]:
    read = read_as_written(table, data.model_copy(update={"group_column": ""}), may_be_empty=True)
    return {"image": read["image"].tolist(), "row": read["row"].tolist()}


def _without_rows(table: Path, images: Collection[str], data: DataParams) -> None:
    """Take the rows of these images out; every other line stays as it is, byte for byte."""
    read = _rows(table, data)
    if not set(read["image"]) & set(images):
        return
    lines = table.read_bytes().splitlines(keepends=True)
    begins = [int(str(row)) for row in read["row"]]
    ends = [*(begin - 1 for begin in begins[1:]), len(lines)]
    doomed = {
        line
        for image, begin, end in zip(read["image"], begins, ends, strict=True)
        if image in images
        for line in range(begin, end + 1)
    }
    with atomic.replacing(table) as beside:
        beside.write_bytes(b"".join(line for number, line in enumerate(lines, start=1) if number not in doomed))
