"""The names that photographs get in `train/` and `test/`: plain file names, the same whatever joins the set later."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.images.kinds import PICTURE_ENDINGS
from longtail.importing.listing import Listing
from longtail.importing.members import Member
from longtail.names import is_own


def joined(paths: Sequence[PurePosixPath], whole: Sequence[PurePosixPath] | None = None) -> list[str]:
    """Names for photographs that lie in folders: the path with `__` for each slash.

    Args:
        paths: of the photographs.
        whole: their paths in the source, all different, where `paths` are not.

    Returns:
        A name for each, all different.
    """
    plain = [unicodedata.normalize("NFC", "__".join(path.parts)) for path in paths]
    alike: dict[str, int] = defaultdict(int)
    for name in plain:
        alike[name] += 1
    return [
        name if alike[name] == 1 and is_own(name) else _shortened(name, path)
        for name, path in zip(plain, whole or paths, strict=True)
    ]


def with_ending(path: PurePosixPath, file: Member) -> PurePosixPath:
    """The path of a table with the ending of the file that it means, where it has none of its own.

    Args:
        path: as the table writes it.
        file: the file that it means.

    Returns:
        The path, with an ending where the file has one.
    """
    if path.suffix.casefold() in PICTURE_ENDINGS or file.path.suffix.casefold() not in PICTURE_ENDINGS:
        return path
    return path.with_name(path.name + file.path.suffix)


def flat(members: list[Member], listing: Listing) -> dict[str, Member]:
    """The members by plain file name.

    Args:
        members: photographs.
        listing: the source, for messages.

    Returns:
        {name: member}, by name.

    Raises:
        BadInput: two of them share a name.
    """
    by_name: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_name[member.path.name].append(member)
    twice = [sharing for sharing in by_name.values() if len(sharing) > 1]
    if twice:
        what = "file name that occurs more than once in one set of photographs"
        remedy = "Nothing was imported. Give each photograph a name of its own, in its row too."
        example = f"{twice[0][0].path} and {twice[0][1].path}"
        raise BadInput(Problem(what, remedy, where=listing.source, count=len(twice), example=example))
    return {name: sharing[0] for name, sharing in sorted(by_name.items())}


def _shortened(name: str, path: PurePosixPath) -> str:
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return f"{name.encode()[:150].decode(errors='ignore').lstrip('.')}__{digest}{path.suffix}"
