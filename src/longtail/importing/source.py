"""A source as one list of files: a folder, a zip, or either with zips inside, as Kaggle packs."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path, PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.importing import archives
from longtail.importing.listing import is_photograph
from longtail.importing.members import Member, of_folder, without_common_top

TABLE_ENDINGS = (".csv", ".json")
"""Of a table that a user names as the source: its photographs lie in or below its folder."""


def members_of(source: Path, scratch: Path, stack: ExitStack) -> list[Member]:
    """Every file of `source`, by its path below the folder that holds the label table or the identities.

    Args:
        source: a folder, a zip, or a table that lies with its photographs.
        scratch: where a zip inside the source is unpacked to; emptied by the caller.
        stack: keeps the zips open until the members have been read.

    Returns:
        The members; their bytes are read when they are opened.

    Raises:
        BadInput: no such source, not a zip, or anything in it that could do harm.
    """
    if source.is_dir():
        members = of_folder(source)
    elif is_table(source):
        members = of_folder(folder_of(source))
    elif source.is_file():
        members = archives.of_zip(source, str(source), 1, stack)
    else:
        remedy = "Name a zip file, a folder, or a table."
        raise BadInput(Problem("there is no such file or folder", remedy, where=str(source)))
    members = members if is_table(source) else without_common_top(members)
    while inner := _zips_to_open(members, is_table(source)):
        members = [member for member in members if member not in inner]
        for member in inner:
            members += _unpacked(member, scratch, stack)
        members = members if is_table(source) else without_common_top(members)
    return sorted(members, key=lambda member: member.path)


def is_table(source: Path) -> bool:
    """Whether a user named a table as the source."""
    return source.is_file() and source.suffix.casefold() in TABLE_ENDINGS


def folder_of(source: Path) -> Path:
    """The folder that a source's paths begin in: its own, that of a table, the one above COCO's `annotations/`."""
    if not is_table(source):
        return source
    in_annotations = source.suffix.casefold() == ".json" and source.parent.name.casefold() == "annotations"
    return source.parent.parent if in_annotations else source.parent


def _zips_to_open(members: list[Member], is_named: bool) -> list[Member]:
    """Zips beside the table; not those that have been unpacked already, as `train.zip` beside `train/`.

    Returns:
        The zips; none beside photographs and a table that the user named: such zips are somebody else's.
    """
    if is_named and any(is_photograph(member) for member in members):
        return []
    present = {member.path.parts[0] for member in members}
    return [
        member
        for member in members
        if not member.top and member.path.suffix.casefold() == ".zip" and member.path.stem not in present
    ]


def _unpacked(member: Member, scratch: Path, stack: ExitStack) -> list[Member]:
    """The files of a zip inside the source; `train.zip` becomes `train/`, `train.csv.zip` the table itself."""
    name, stem = str(member.path), member.path.stem
    copy = Path(tempfile.mkdtemp(dir=scratch)) / "inner.zip"
    with archives.translate_zip_errors(name):
        member.copy_to(copy)
    inner = archives.of_zip(copy, name, member.depth + 1, stack)
    if not stem.casefold().endswith(".csv"):
        wrapped = {member_inside.top for member_inside in inner} == {stem}
        inner = [
            member_inside if wrapped else replace(member_inside, path=PurePosixPath(stem) / member_inside.path)
            for member_inside in inner
        ]
    return inner
