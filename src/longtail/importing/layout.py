"""The layout of a source, and where each of its files goes in `data/raw/`. Pure: no file is read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from longtail.errors import BadInput, Problem, format_examples
from longtail.importing.members import Member
from longtail.names import PICTURE_ENDINGS
from longtail.params import DataParams

TABLE = "train.csv"
SUBMISSION = "sample_submission.csv"
_WRAPPERS = ("train", "val", "valid", "validation")
_LONGEST_NAME = 255  # bytes, of a file name on Linux


@dataclass(frozen=True)
class Plan:
    """Where the files go: `train` and `test` by name there; a table is a member, or rows to be written.

    `rows` are (image, identity as in its folder's name), sorted; None where the source has a table.
    """

    train: dict[str, Member]
    test: dict[str, Member]
    table: Member | None
    rows: list[tuple[str, str]] | None
    submission: Member | None
    left_out: list[PurePosixPath]
    notes: list[str]

    def size(self) -> int:
        """Bytes that the import will write, as the source declares them."""
        tables = [member for member in (self.table, self.submission) if member is not None]
        return sum(member.size for member in (*self.train.values(), *self.test.values(), *tables))


def plan(members: list[Member], data: DataParams, source: str) -> Plan:
    """The plan for a source with a label table, or for a folder an identity.

    Args:
        members: all files of the source.
        data: names of the columns, and the word for "unknown".
        source: the source as the user named it.

    Returns:
        What goes where.

    Raises:
        BadInput: neither; or two files that would have the same name.
    """
    at_root = {member.path.name: member for member in members if not member.top}
    table, submission = at_root.get(TABLE), at_root.get(SUBMISSION)
    rows: list[tuple[str, str]] | None = None
    notes: list[str] = []
    if table is not None:
        train = _flat(_beside_table(members, source), source)
        test = [member for member in members if member.top == "test"]
    else:
        labelled, test, level = _in_identity_folders(members, source)
        train = _joined(labelled, level)
        rows, notes = _rows(train, level, data, source)
    placed = _flat(test, source)
    used = {member.path for member in (*train.values(), *placed.values(), table, submission) if member is not None}
    left_out = [member.path for member in members if member.path not in used]
    return Plan(train, placed, table, rows, submission, left_out, notes)


def _beside_table(members: list[Member], source: str) -> list[Member]:
    """The labelled photographs: in `train/`, else beside the table, else in the one folder that is not `test/`."""
    in_train = [member for member in members if member.top == "train"]
    if in_train:
        return in_train
    photographs = [member for member in members if not member.top and _is_photograph(member)]
    others = {member.top for member in members} - {"", "test"}
    if not photographs and len(others) == 1:
        photographs = [member for member in members if member.top in others and _is_photograph(member)]
    if not photographs:
        remedy = "Nothing was imported. Put them into a folder train/ beside it."
        raise BadInput(Problem(f"there is {TABLE}, but no photographs are with it", remedy, where=source))
    return photographs


def _in_identity_folders(members: list[Member], source: str) -> tuple[list[Member], list[Member], int]:
    """(labelled, test, which part of a path is the identity) of a folder an identity.

    `train/` may hold those folders, and `val/` more of them, with `test/` beside: folds are Longtail's own to make.

    Returns:
        Three values, the first two lists of members.

    Raises:
        BadInput: there is no such folder.
    """
    test = [member for member in members if member.top == "test" and _is_photograph(member)]
    named = [member for member in members if member.top not in ("", "test") and _is_photograph(member)]
    if not named:
        tops = sorted({member.path.parts[0] for member in members})
        raise BadInput(
            Problem(
                f"neither a {TABLE} nor a folder of photographs for each identity",
                f"Nothing was imported. Give it a {TABLE} with one row a photograph, or a folder an identity.",
                where=source,
                example=f"it holds {format_examples(tops, 5)}" if tops else "it is empty",
            )
        )
    wrapped = all(member.top in _WRAPPERS and len(member.path.parts) > 2 for member in named)
    return named, test, 1 if wrapped else 0


def _joined(members: list[Member], level: int) -> dict[str, Member]:
    """Names for photographs that lie in folders: the path with `__` for each slash.

    A photograph keeps its name whatever is added to the set later, so that decisions about it stay about it.

    Returns:
        {name: member}.
    """
    alike: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        alike["__".join(member.path.parts[level:])].append(member)
    named = {}
    for name, sharing in alike.items():
        for member in sharing:
            plain = len(sharing) == 1 and len(name.encode()) <= _LONGEST_NAME
            named[name if plain else _shortened(name, member.path)] = member
    return named


def _shortened(name: str, path: PurePosixPath) -> str:
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return f"{name.encode()[:150].decode(errors='ignore')}__{digest}{path.suffix}"


def _rows(
    train: dict[str, Member], level: int, data: DataParams, source: str
) -> tuple[list[tuple[str, str]], list[str]]:
    """(image, identity) of every photograph, sorted, and what a user should know of it."""
    folder_of: dict[str, set[str]] = defaultdict(set)
    rows = []
    for name, member in sorted(train.items()):
        folder = member.path.parts[level]
        # A submission separates its candidates by spaces, so that an identity must be one word.
        identity = folder if folder == data.unknown_label else "_".join(folder.split())
        folder_of[identity].add(folder)
        rows.append((name, identity))
    merged = [sorted(folders) for folders in folder_of.values() if len(folders) > 1]
    if merged:
        what = "folders whose names differ in spaces alone"
        remedy = "Nothing was imported. Rename one of them: an identity is written without spaces."
        raise BadInput(
            Problem(what, remedy, where=source, count=len(merged), example=" and ".join(map(repr, merged[0])))
        )
    changed = [(folder, name) for name, folders in folder_of.items() for folder in folders if folder != name]
    if not changed:
        return rows, []
    folder, name = changed[0]
    note = f"identities written with underscores for spaces: {len(changed):,}, e.g. {folder!r} as {name!r}"
    return rows, [note]


def _flat(members: list[Member], source: str) -> dict[str, Member]:
    """The members by plain file name. Raises BadInput where two of them share it."""
    by_name: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_name[member.path.name].append(member)
    twice = [sharing for sharing in by_name.values() if len(sharing) > 1]
    if twice:
        what = "file name that occurs more than once in one set of photographs"
        remedy = "Nothing was imported. Give each photograph a name of its own, in its row too."
        example = f"{twice[0][0].path} and {twice[0][1].path}"
        raise BadInput(Problem(what, remedy, where=source, count=len(twice), example=example))
    return {name: sharing[0] for name, sharing in sorted(by_name.items())}


def _is_photograph(member: Member) -> bool:
    return member.path.suffix.casefold() in PICTURE_ENDINGS
