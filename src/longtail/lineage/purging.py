"""A photograph removed on request: its bytes, and those of every file made of it alone, gone from here for good.

Everything is judged before anything is touched. Then the tombstones come first and the photographs last, so that a
purge that was cut off is finished by the same command. What many photographs share (tables with thumbnails, embeddings,
pages) is removed from the store only where that is asked for: earlier receipts can then no longer be verified for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from longtail import ancestor, names
from longtail.artifacts import LEARNED_FROM
from longtail.errors import BadInput, LongtailError, Problem
from longtail.lineage import copies, outputs, photograph, purge_checks, raw_rows, sharing, tombstones
from longtail.lineage.checkout import Checkout
from longtail.lineage.photograph import Part
from longtail.lineage.store import RAW, Store
from longtail.lineage.tombstones import Tombstone
from longtail.params import DataParams
from longtail.paths import ANCESTOR, CHECKPOINTS
from longtail.run_record import md5_of

TABLES = {"train": "train.csv", "test": "sample_submission.csv"}


@dataclass(frozen=True)
class Removal:
    """One photograph that is to go."""

    image: str
    folder: str
    """`train` or `test`, of the raw set."""
    tree: tuple[str, ...]
    """Paths of the working tree that show it alone; without the photograph itself."""
    objects: dict[str, str]
    """{name: md5} of the photograph, and of every file that was ever made of it alone."""
    shared: dict[str, str]
    """{path: md5} of what holds something of it among others."""
    parts: tuple[Part, ...]
    """What it was in each published submission."""
    is_gone: bool = False
    """An earlier purge has removed it, and nothing of it is left."""


@dataclass(frozen=True)
class Signed:
    """Who removes it, when and why."""

    who: str
    when: str
    why: str


def find(checkout: Checkout, images: Sequence[str]) -> list[Removal]:
    """The photographs by name, one that an earlier purge was cut off at too.

    Args:
        checkout: the project.
        images: their names; with a box its photograph is meant, and every other box of that.

    Returns:
        What there is of each.

    Raises:
        BadInput: all of it at once: a name that leads out of the set or is not in it, a link, one whose bytes bear
            another name too, one that edits.csv speaks of, a table that cannot be read.
    """
    raw = checkout.root / RAW
    if not raw.exists():
        remedy = f"Fetch them first: dvc pull {RAW}.dvc"
        raise BadInput(Problem("the photographs are not here", remedy, where=str(RAW)))
    there = {folder: _names_in(raw / folder) for folder in TABLES}
    rows = {folder: raw_rows.read(raw / table, checkout.data) for folder, table in TABLES.items()}
    listed = {folder: {row.image for row in rows[folder]} for folder in TABLES}
    images = raw_rows.with_all_boxes(images, [row for of_part in rows.values() for row in of_part], checkout.tombstones)
    begun = _begun(checkout)
    where = {
        image: [
            folder for folder in TABLES if image in there[folder] or image in listed[folder] or (image, folder) in begun
        ]
        for image in dict.fromkeys(images)
    }
    problems = purge_checks.of_names(checkout.root, where, set().union(*there.values()))
    known = outputs.every(checkout)
    asked = [(image, folder) for image, folders in where.items() for folder in folders]
    removals = [_removal_of(checkout, *one, known) for one in asked if names.is_own(one[0]) or one[0] in there[one[1]]]
    problems += purge_checks.of_what_would_stay(
        checkout, where, {md5 for one in removals for md5 in one.objects.values()}
    )
    if problems:
        raise BadInput(*problems)
    return [
        _with_what_was_begun(checkout.store, one, begun.get((one.image, one.folder)), listed, there) for one in removals
    ]


def purge(checkout: Checkout, removals: Sequence[Removal], signed: Signed, *, shared: bool) -> list[str]:
    """Remove photographs.

    Args:
        checkout: the project.
        removals: what goes (`find`).
        signed: who removes it, when and why.
        shared: also what holds something of it among others.

    Returns:
        The paths that are gone.

    Raises:
        LongtailError: the system does not allow it.
    """
    root, begun = checkout.root, _begun(checkout)
    stones = []
    for one in removals:
        md5s = {*one.objects.values(), *(one.shared.values() if shared else ())}
        if not md5s <= begun.get((one.image, one.folder), set()) or (one.image, one.folder) not in begun:
            hashes = " ".join(sorted(md5s))
            stones.append(Tombstone(one.image, one.folder, hashes, signed.who, signed.when, signed.why))
    try:
        if stones:
            tombstones.add(root, stones)
        removed: list[str] = []
        for one in removals:
            objects = sorted({*one.objects.values(), *(one.shared.values() if shared else ())})
            removed += _remove(root, [checkout.store.object_path(md5) for md5 in objects])
            removed += _remove(root, [root / path for path in one.tree])
        checkpoints = root / CHECKPOINTS  # an unfinished training has learned from the photograph, too
        removed += _remove(root, sorted(checkpoints.iterdir()) if checkpoints.is_dir() else [])
        removed += _forget_network(root, {one.image for one in removals if one.folder == "train"})
        for folder, table in TABLES.items():
            going = {one.image for one in removals if one.folder == folder}
            raw_rows.remove(root / RAW / table, going, checkout.data)
        return removed + _remove(root, [root / RAW / one.folder / one.image for one in removals])
    except OSError as error:
        remedy = "Give yourself the right to, and run the same command again: it finishes what is left."
        what = f"a file cannot be removed or written ({error.strerror})"
        raise LongtailError(Problem(what, remedy, where=str(error.filename or root))) from error


def _forget_network(root: Path, images: Collection[str]) -> list[str]:
    """The network that the next training would go on from, where it has learned from one of these photographs.

    The `.dvc` file goes too, or the flow would bring the folder back; it writes the file anew.

    Returns:
        The paths that are gone.
    """
    folder = root / ANCESTOR
    table = folder / Path(LEARNED_FROM).name
    if not table.is_file() or not _names_one(table, images):
        return []
    gone = [path.relative_to(root).as_posix() for path in sorted(folder.iterdir())]
    ancestor.write_scratch(folder)
    return gone + _remove(root, [root / f"{ANCESTOR}.dvc"])


def _names_one(table: Path, images: Collection[str]) -> bool:
    try:
        return not set(pd.read_parquet(table, columns=["image"])["image"]).isdisjoint(images)
    except (OSError, ValueError):  # damaged: nothing speaks for its being without them
        return True


def leave_out(folder: Path, stones: Sequence[Tombstone], data: DataParams) -> list[str]:
    """Remove photographs with a tombstone, by name or by bytes, from a raw set that is about to be taken over.

    Args:
        folder: the raw set.
        stones: the tombstones.
        data: names of the columns.

    Returns:
        Names of what was removed.
    """
    buried = {md5 for stone in stones for md5 in stone.md5.split()}
    names = {(stone.part, stone.image) for stone in stones}
    gone = []
    for part, table in TABLES.items():
        there = sorted((folder / part).iterdir()) if stones and (folder / part).is_dir() else []
        doomed = [path for path in there if (part, path.name) in names or (path.is_file() and md5_of(path) in buried)]
        raw_rows.remove(folder / table, {path.name for path in doomed}, data)
        gone += [path.name for path in doomed]
        for path in doomed:
            path.unlink()
    return gone


def _begun(checkout: Checkout) -> dict[tuple[str, str], set[str]]:
    """{(photograph, folder): md5 of its files} of what an earlier purge has removed, or was cut off at."""
    return {(stone.image, stone.part): set(stone.md5.split()) for stone in checkout.tombstones}


def _removal_of(checkout: Checkout, image: str, folder: str, known: Sequence[Mapping[str, str]]) -> Removal:
    own = copies.find(checkout, image, folder, known)
    parts = tuple(photograph.parts(checkout, image))
    return Removal(image, folder, tuple(own.tree), own.objects, sharing.of(checkout.store, image, known), parts)


def _with_what_was_begun(
    store: Store,
    one: Removal,
    begun: set[str] | None,
    listed: Mapping[str, Collection[str]],
    there: Mapping[str, Collection[str]],
) -> Removal:
    """What an earlier purge had found and not reached yet is this one's to remove."""
    if begun is None:
        return one
    left = {f"md5 {md5}": md5 for md5 in sorted(begun - {*one.objects.values(), *one.shared.values()})}
    objects = {**one.objects, **left}
    remains = any(store.object_path(md5).exists() for md5 in objects.values())
    is_gone = not (remains or one.tree or one.image in there[one.folder] or one.image in listed[one.folder])
    return Removal(one.image, one.folder, one.tree, objects, one.shared, one.parts, is_gone)


def _names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_symlink() or path.is_file()} if folder.is_dir() else set()


def _remove(root: Path, paths: Sequence[Path]) -> list[str]:
    there = [path for path in paths if path.is_file() and not path.is_symlink()]
    for path in there:
        path.chmod(0o644)  # DVC's objects may not be written to
        path.unlink()
    return [path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path) for path in there]
