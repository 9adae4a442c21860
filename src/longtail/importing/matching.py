"""Which file is meant by a path in a table: with folders or without, with an ending or without. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.images.kinds import PICTURE_ENDINGS
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow
from longtail.names import leads_out

_FROM_THE_TOP = re.compile(r"/|[A-Za-z]:/")


@dataclass(frozen=True)
class _Key:
    """A path as it is compared: accents in one form (NFC), the ending in small letters."""

    folders: tuple[str, ...]
    stem: str
    ending: str

    @classmethod
    def of(cls, path: PurePosixPath) -> _Key:
        parts = tuple(unicodedata.normalize("NFC", part) for part in path.parts)
        name = PurePosixPath(parts[-1])
        ending = name.suffix.casefold()
        if ending not in PICTURE_ENDINGS:
            return cls(parts[:-1], parts[-1], "")
        return cls(parts[:-1], name.stem, ending)

    def may_be(self, other: _Key) -> bool:
        """Whether two paths with one stem can be one: endings equal or one left out, the nearer folders equal."""
        if self.ending != other.ending and self.ending and other.ending:
            return False
        depth = min(len(self.folders), len(other.folders))
        return not depth or self.folders[-depth:] == other.folders[-depth:]


def plain_path(text: str) -> PurePosixPath:
    """A path as a table writes it, with slashes: Windows's separators and a leading `./` are taken away."""
    return PurePosixPath(text.strip().replace("\\", "/"))


def match(rows: Sequence[LabelRow], files: Iterable[Member], where: str) -> list[Member | None]:
    """The file that each row means.

    A row's path may begin above or below the source's folder: the part that both have must be equal.

    Args:
        rows: the labelled photographs.
        files: what may be meant.
        where: the table, for messages.

    Returns:
        A member for each row; None where there is none.

    Raises:
        BadInput: a path that leads out of the source, one that could mean several files, a file that several rows mean.
    """
    by_stem: dict[str, list[tuple[_Key, Member]]] = defaultdict(list)
    for file in files:
        key = _Key.of(file.path)
        by_stem[key.stem].append((key, file))
    matched: list[Member | None] = []
    unclear: list[tuple[LabelRow, list[Member]]] = []
    _refuse_outside(rows, where)
    for row in rows:
        path = plain_path(row.path)
        key = _Key.of(path)
        meant = _narrowed(path, key, by_stem.get(key.stem, []))
        matched.append(meant[0] if len(meant) == 1 else None)
        if len(meant) > 1:
            unclear.append((row, meant))
    if unclear:
        row, meant = unclear[0]
        what = "row that could mean several photographs"
        remedy = "Nothing was imported. Write the whole path in the table, or take the other files away."
        example = f"{row.path}: {meant[0].path} or {meant[1].path}"
        raise BadInput(Problem(what, remedy, _at(where, row), len(unclear), example))
    _refuse_shared(rows, matched, where)
    return matched


def _refuse_outside(rows: Sequence[LabelRow], where: str) -> None:
    """Refuse rows that name no file of the source. Raises BadInput: each kind of them is a problem of its own."""
    paths = [(row, plain_path(row.path)) for row in rows]
    nothing = [row for row, path in paths if not path.parts]
    outside = [(row, path) for row, path in paths if path.parts and leads_out(str(path))]
    problems = []
    if nothing:
        remedy = "Nothing was imported. Delete the row, or write its photograph (a spreadsheet may leave empty rows)."
        problems.append(Problem("row without a photograph", remedy, _at(where, nothing[0]), len(nothing)))
    if outside:
        first, what = outside[0][0], "path that leads out of the source"
        remedy = "Nothing was imported. Write the path from the folder of the table."
        if all(_FROM_THE_TOP.match(str(path)) for _, path in outside):
            what = "path that begins at the top of a disk, perhaps of another machine"
            remedy += f" What all of them begin with: '{_common_beginning([path for _, path in outside])}'."
        problems.append(Problem(what, remedy, _at(where, first), len(outside), repr(first.path)))
    if problems:
        raise BadInput(*problems)


def _common_beginning(paths: Sequence[PurePosixPath]) -> str:
    """The folders that all paths begin with; the first one's where they are on several disks."""
    folders = [path.parent.parts for path in paths]
    depth = next((at for at, names in enumerate(zip(*folders, strict=False)) if len(set(names)) > 1), None)
    common = folders[0][: min(map(len, folders)) if depth is None else depth]
    return f"{PurePosixPath(*(common or folders[0]))}/".replace("//", "/")


def _narrowed(path: PurePosixPath, key: _Key, candidates: list[tuple[_Key, Member]]) -> list[Member]:
    """What a path can mean: the best agreement that there is, of several equal ones all."""
    meant = [(other, file) for other, file in candidates if key.may_be(other)]
    for agrees in (
        lambda other, _: other.ending == key.ending,
        lambda other, _: other.folders == key.folders,
        lambda _, file: file.path.name == path.name,
    ):
        better = [pair for pair in meant if agrees(*pair)]
        meant = better or meant
    return [file for _, file in meant]


def _refuse_shared(rows: Sequence[LabelRow], matched: Sequence[Member | None], where: str) -> None:
    by_file: dict[PurePosixPath, list[LabelRow]] = defaultdict(list)
    for row, file in zip(rows, matched, strict=True):
        if file is not None:
            by_file[file.path].append(row)
    shared = [same for same in by_file.values() if len(same) > 1 and len({row.part for row in same} - {""}) < len(same)]
    if shared:
        first, second = shared[0][:2]
        who = f"{first.identity!r} and {second.identity!r}" if first.identity != second.identity else "one individual"
        example = f"{first.path} of {who}" + (f", rows {first.row} and {second.row}" if first.row else "")
        remedy = "Nothing was imported. Keep one row a photograph, or name boxes: docs/how-to/own-data.md, Boxes."
        what = "photograph that several rows name"
        raise BadInput(Problem(what, remedy, _at(where, first), len(shared), example))


def _at(where: str, row: LabelRow) -> str:
    return f"{where}, row {row.row}" if row.row else where
