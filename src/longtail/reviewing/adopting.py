"""Confirmed answers become labels: the photographs move into the labelled set, each file with its row, or none at all.

Both tables are kept as they were until the move is done, so that a move that was killed is taken back by the next one,
and `undo` brings back the same bytes where nothing else has changed since.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longtail import atomic, csv_reader, csv_writer
from longtail.errors import BadInput, Problem
from longtail.labels.edit_log import rows_of
from longtail.lineage import raw_rows
from longtail.params import DataParams
from longtail.paths import RAW
from longtail.process_lock import STATE
from longtail.reviewing import answers, append_log
from longtail.reviewing.answers import ADOPT

TABLES = {"train": "train.csv", "test": "sample_submission.csv"}
_KEPT = STATE / "adopt"
_NOTE = "moved.json"


@dataclass(frozen=True)
class Adoption:
    """One photograph that is to move."""

    image: str
    """Its name in the tables."""
    file: str
    """The file that it is of."""
    label: str
    """As train.csv will have it."""
    answer: str
    """What was said, by whom and when."""


def adopt(root: Path, data: DataParams, moves: Sequence[Adoption], signed: Mapping[str, str]) -> None:
    """Move photographs into the labelled set.

    Args:
        root: the project's root; the caller holds its lock.
        data: names of the columns.
        moves: see `adoption_plan.plan`.
        signed: who and why.

    Raises:
        OSError: the system does not allow it; the set is then as it was.
    """
    raw, images = root / RAW, {one.image for one in moves}
    files = sorted({one.file for one in moves})
    new = [[one.image, ADOPT, one.label] for one in moves]
    with _backed_up(root, files, images, "train") as before:
        for file in files:
            (raw / "test" / file).rename(raw / "train" / file)
        labels = {one.image: one.label for one in moves}
        _write(raw / TABLES["train"], _with(before["train"], before["test"], labels, data))
        raw_rows.remove(raw / TABLES["test"], images, data)
        _mark_empty(raw)
        _say(root, new, signed)
        after = {part: (raw / table).read_bytes() for part, table in TABLES.items()}
    _keep_for_undo(root, before, after, images)


def last(root: Path) -> list[answers.Answer]:
    """The photographs that were adopted last, all that one person moved at one moment."""
    every = list(answers.adopted(root / answers.FILE).values())
    return [one for one in every if (one.who, one.when[:19]) == (every[-1].who, every[-1].when[:19])]


def undo(root: Path, data: DataParams, moved: Sequence[answers.Answer], signed: Mapping[str, str]) -> None:
    """Move photographs back to the test set.

    Args:
        root: the project's root; the caller holds its lock.
        data: names of the columns.
        moved: the rows that say that they were adopted.
        signed: who and why.

    Raises:
        BadInput: one of them is not in the labelled set any more.
        OSError: the system does not allow it; the set is then as it was.
    """
    raw, images = root / RAW, [one.image for one in moved]
    file_of = {row.image: row.photograph for row in raw_rows.read(raw / TABLES["train"], data)}
    gone = [image for image in images if image not in file_of or not (raw / "train" / file_of[image]).is_file()]
    if gone:
        remedy = f"Take its row out of {answers.FILE}, with what else speaks of it."
        raise BadInput(
            Problem("adopted photograph that the labelled set has no more", remedy, str(RAW), len(gone), gone[0])
        )
    files = sorted({file_of[image] for image in images})
    kept = _kept_for_undo(root, set(images))
    with _backed_up(root, files, images, "test") as before:
        for file in files:
            (raw / "train" / file).rename(raw / "test" / file)
        if kept:
            for part, table in TABLES.items():
                _write(raw / table, kept[part])
        else:
            unknown = dict.fromkeys(images, data.unknown_label or "unknown")
            _write(raw / TABLES["test"], _with(before["test"], before["train"], unknown, data))
            raw_rows.remove(raw / TABLES["train"], set(images), data)
        (raw / "test" / ".keep").unlink(missing_ok=True)
        log = root / answers.FILE
        with append_log.alone(log) as folder:
            append_log.take_back(log, rows_of(log), [one.row - 2 for one in moved], signed, folder)
    shutil.rmtree(root / _KEPT, ignore_errors=True)


def recover(root: Path) -> list[str]:
    """Take back a move that was killed.

    Args:
        root: the project's root; the caller holds its lock.

    Returns:
        The files that are back where they were; [] where no move was killed.
    """
    note = root / _KEPT / _NOTE
    record: dict[str, Any] = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    if record.get("state") != "moving":
        return []
    adopted = answers.adopted(root / answers.FILE).keys() & set(record["images"])
    if bool(adopted) == (record["to"] == "train"):  # it was killed after its last step
        shutil.rmtree(root / _KEPT)
        return []
    _restore(root, record["files"], record["to"])
    shutil.rmtree(root / _KEPT)
    return list(record["files"])


@contextmanager
def _backed_up(root: Path, files: Sequence[str], images: Collection[str], to: str) -> Iterator[dict[str, bytes]]:
    """The tables as they are, kept until the move is done; a failure, Ctrl-C too, takes everything back.

    Yields:
        {part: bytes of its table}.
    """
    folder = root / _KEPT
    before = {part: (root / RAW / table).read_bytes() for part, table in TABLES.items()}
    earlier = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    with atomic.replacing_folder(folder) as fresh:
        for part, content in before.items():
            (fresh / TABLES[part]).write_bytes(content)
        note = {"state": "moving", "files": list(files), "images": sorted(images), "to": to}
        (fresh / _NOTE).write_text(json.dumps(note), encoding="utf-8")
    try:
        yield before
    except BaseException:
        _restore(root, files, to)
        with atomic.replacing_folder(folder) as fresh:
            for name, content in earlier.items():
                (fresh / name).write_bytes(content)
        raise


def _restore(root: Path, files: Sequence[str], to: str) -> None:
    """Everything as it was before a move, which writes answers.csv last."""
    raw, other = root / RAW, {"train": "test", "test": "train"}[to]
    for file in files:
        if (raw / to / file).exists() and not (raw / other / file).exists():
            (raw / to / file).rename(raw / other / file)
    for table in TABLES.values():
        _write(raw / table, (root / _KEPT / table).read_bytes())
    if any((raw / "test").glob("[!.]*")):
        (raw / "test" / ".keep").unlink(missing_ok=True)


def _keep_for_undo(
    root: Path, before: Mapping[str, bytes], after: Mapping[str, bytes], images: Collection[str]
) -> None:
    with atomic.replacing_folder(root / _KEPT) as fresh:
        for part in TABLES:
            (fresh / f"before.{part}").write_bytes(before[part])
            (fresh / f"after.{part}").write_bytes(after[part])
        (fresh / _NOTE).write_text(json.dumps({"state": "moved", "images": sorted(images)}), encoding="utf-8")


def _kept_for_undo(root: Path, images: Collection[str]) -> dict[str, bytes]:
    """The tables as they were before these photographs moved; {} where something else has changed them since."""
    folder = root / _KEPT
    note = folder / _NOTE
    record = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}
    if record.get("state") != "moved" or set(record["images"]) != set(images):
        return {}
    same = all(
        (root / RAW / table).read_bytes() == (folder / f"after.{part}").read_bytes() for part, table in TABLES.items()
    )
    return {part: (folder / f"before.{part}").read_bytes() for part in TABLES} if same else {}


def _say(root: Path, new: Sequence[Sequence[str]], signed: Mapping[str, str]) -> None:
    log = root / answers.FILE
    with append_log.alone(log) as folder:
        added = append_log.signed_rows(rows_of(log), new, signed)
        append_log.replace(log, append_log.with_rows(log, added), folder)


def _with(table: bytes, source: bytes, labels: Mapping[str, str], data: DataParams) -> bytes:
    """A table with the rows of another one: image and label, and every other column that both have.

    Args:
        table: that grows; its own bytes stay as they are.
        source: that has the rows.
        labels: {image: label} of the rows to take.
        data: names of the columns.

    Returns:
        The bytes.
    """
    (header, *_), (names, *rows) = _records(table), _records(source)
    at = names.index(data.image_column)
    taken = [
        dict(zip(names, cells, strict=True)) | {data.identity_column: labels[cells[at]]}
        for cells in rows
        if cells[at] in labels
    ]
    grown = ([known.get(column, "") for column in header] for known in taken)
    end = b"" if table.endswith(b"\n") else b"\n"
    return table + end + csv_writer.as_bytes(grown, "\r\n" if b"\r\n" in table else "\n")


def _records(table: bytes) -> list[list[str]]:
    return [record.cells for record in csv_reader.records(table.decode("utf-8-sig"), "")]


def _write(target: Path, content: bytes) -> None:
    if not target.exists() or target.read_bytes() != content:
        with atomic.replacing(target) as temporary:
            temporary.write_bytes(content)


def _mark_empty(raw: Path) -> None:
    """A set without test photographs has a folder that git and DVC keep."""
    if not any((raw / "test").iterdir()):
        (raw / "test" / ".keep").touch()
