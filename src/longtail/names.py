"""Names of photographs: none may mean a file outside of the set.

A name may come from a command line, a table, an archive, a tombstone: whoever makes a path of it asks here first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from longtail.errors import BadInput, Problem

OWN_NAME = r"^(?!\.)(?![A-Za-z]:)[^/\\\x00-\x1f\x7f]+\Z"
"""A file directly in its folder: no slash or backslash, drive, control character or leading dot."""
_NOT_PLAIN = re.compile(
    r"^/|^[A-Za-z]:|\\"  # absolute, a drive, Windows's separator
    r"|(^|/)\.\.(/|$)"  # up and out
    r"|[\x00-\x1f\x7f\ud800-\udfff]"  # control characters, bytes that are not UTF-8
)
_LONGEST = 255  # bytes of a file's name on Linux
JPEG_ENDINGS = (".jpg", ".jpeg")
PHOTOGRAPH, PHOTOGRAPH_MD5 = "photograph", "photograph_md5"
"""Columns of `prepare`'s tables where the set has boxes: the file in the raw set, and the md5 of its bytes."""


def is_own(name: str) -> bool:
    """Whether it can be the name of a photograph: of a file that lies directly in `train/` or `test/`."""
    return bool(re.match(OWN_NAME, name)) and not _NOT_PLAIN.search(name) and len(name.encode()) <= _LONGEST


def leads_out(path: str) -> bool:
    """Whether a path inside a source could mean a place outside of it, or is no plain text."""
    return bool(_NOT_PLAIN.search(path))


def check_photographs(names: Iterable[str], where: str, remedy: str, there: Collection[str] = ()) -> None:
    """Refuse what is no name of a photograph.

    Args:
        names: what is asked for.
        where: where they stand, for the message.
        remedy: what to do.
        there: names that a folder's own listing has, which lead nowhere else, however odd they are.

    Raises:
        BadInput: there is such a name.
    """
    if problem := problem_of(names, where, remedy, there):
        raise BadInput(problem)


def problem_of(names: Iterable[str], where: str, remedy: str, there: Collection[str] = ()) -> Problem | None:
    """What `check_photographs` raises, for a caller that reports all problems at once.

    Args:
        names: what is asked for.
        where: where they stand, for the message.
        remedy: what to do.
        there: names that a folder's own listing has.

    Returns:
        The problem; None if every name is one of a photograph.
    """
    wrong = [name for name in names if name not in there and not is_own(name)]
    if not wrong:
        return None
    what = "name that leads out of the set, or is none that a photograph can have"
    return Problem(what, remedy, where, len(wrong), ascii(wrong[0]))
