"""One source that is being looked at: its files, and the commands that a user may want instead."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import NoReturn

from longtail.errors import BadInput, Problem, format_choices
from longtail.images.kinds import PICTURE_ENDINGS, RAW_ENDINGS
from longtail.importing.members import Member
from longtail.params import DataParams

TEST_FOLDERS = ("test", "test_images")
TRAIN_FOLDERS = ("train", "train_images")
UNKNOWN_WORDS = ("unknown", "new_individual", "____")
"""What the field writes for 'none of the known': wildlife-datasets, Happywhale, Wild Me; in small letters."""


def is_unknown_word(name: str) -> bool:
    """Whether a name is one of the field's words for 'none of the known', however it is written."""
    return "_".join(name.split()).casefold() in UNKNOWN_WORDS


@dataclass(frozen=True)
class Listing:
    """The files of a source, and what is needed to speak of it."""

    members: list[Member]
    source: str
    """As the user named it."""
    data: DataParams
    scratch: Path
    """A folder for copies; emptied by the caller."""
    named: Member | None = None
    """The table, where the user named it as the source."""
    verb: str = "import"
    """`import` or `add`, for the commands in messages; `""` for the scheduled look at a source."""
    boxes: Path | None = None
    """The file of boxes that the user named."""

    def photographs(self) -> list[Member]:
        """Files that are photographs by the ending of their names."""
        return [member for member in self.members if is_photograph(member)]

    def command(self, kind: str = "", at: Path | None = None) -> str:
        """What a user may run instead.

        Args:
            kind: the value of `--as`.
            at: the folder or table to name as source; None: the same one.

        Returns:
            A command, or for a scheduled source the parameters to set.
        """
        if not self.verb:
            path = [f"source.path: {at}"] if at else []
            return ", ".join([*path, f"source.kind: {kind or repr('')}"])
        option = f" --as {shlex.quote(kind)}" if kind else ""
        return f"longtail {self.verb} {shlex.quote(str(at or self.source))}{option}"

    def command_for(self, member: Member, kind: str = "") -> str:
        """The command that names one table of the source; one inside a zip has to be unpacked first.

        Args:
            member: the table.
            kind: the value of `--as`.

        Returns:
            See `command`.
        """
        if member.file is not None:
            return self.command(kind, member.file)
        return self.command(kind, Path("FOLDER") / member.path) + "  (after unpacking the zip into FOLDER)"

    def command_with_boxes(self, member: Member, kind: str = "") -> str:
        """The command that takes the boxes of a file of the source too; one inside a zip has to be unpacked first.

        Args:
            member: the file.
            kind: the value of `--as`.

        Returns:
            See `command`.
        """
        path = member.file or Path("FOLDER") / member.path
        boxes = f" --boxes {shlex.quote(str(path))}" if self.verb else f", source.boxes: {path}"
        unpacked = "" if member.file else "  (after unpacking the zip into FOLDER)"
        return f"{self.command(kind, None if member.file else Path('FOLDER'))}{boxes}{unpacked}"

    def command_below(self, top: str) -> str:
        """The command that names one folder of the source."""
        inside = next(member for member in self.members if member.top == top)
        if inside.file is not None:
            return self.command(at=inside.file.parents[len(inside.path.parts) - 2])
        return self.command(at=Path("FOLDER") / top) + "  (after unpacking the zip into FOLDER)"


def is_photograph(member: Member) -> bool:
    """Whether a file's name ends as a photograph's does, in small or capital letters."""
    return member.path.suffix.casefold() in PICTURE_ENDINGS


def is_raw(path: PurePath) -> bool:
    """Whether a file's name ends as that of a camera's raw file does, in small or capital letters."""
    return path.suffix.casefold() in RAW_ENDINGS


def in_test(member: Member) -> bool:
    """Whether a file lies in the folder of test photographs."""
    return member.top.casefold() in TEST_FOLDERS


def left_out(listing: Listing, used: list[Member]) -> list[PurePosixPath]:
    """Files of a source that an import leaves there.

    Args:
        listing: the source.
        used: what is brought.

    Returns:
        Paths, in the order of the source.
    """
    taken = {member.path for member in used}
    return [member.path for member in listing.members if member.path not in taken]


def refuse(listing: Listing, what: str, choices: list[tuple[str, str]], example: str = "", count: int = 1) -> NoReturn:
    """Refuse a source that can be meant in several ways: nothing is guessed, the choices are listed, a line each.

    Args:
        listing: the source.
        what: what is not clear.
        choices: (command or deed, what it means).
        example: one example.
        count: how often.

    Raises:
        BadInput: always.
    """
    remedy = "\n".join(["Nothing was imported. Say what it is:", *format_choices(choices)])
    raise BadInput(Problem(what, remedy, where=listing.source, count=count, example=example))
