"""What speaks against a removal: names that lead elsewhere, links, bytes that stay under another name, decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from longtail import names
from longtail.errors import Problem, format_examples
from longtail.labels.aliases import ABOUT_INDIVIDUALS
from longtail.labels.decisions import PAIRED
from longtail.labels.edit_log import UNDO, row_name, rows_of, undone_name
from longtail.lineage import copies
from longtail.lineage.checkout import Checkout
from longtail.lineage.store import RAW
from longtail.run_record import md5_of

_LOGS = (Path("edits.csv"), Path("answers.csv"))
_AS_WRITTEN = "Write its name as train.csv or sample_submission.csv has it."


def of_names(root: Path, where: Mapping[str, Sequence[str]], there: Collection[str]) -> list[Problem]:
    """Names that are none of the set, and links.

    Args:
        root: the project's root.
        where: {name: folders of the raw set that have it}.
        there: names that the folders' own listings have.

    Returns:
        A problem a kind.
    """
    raw = root / RAW
    problems = []
    if odd := names.problem_of(where, "PHOTO", _AS_WRITTEN, there):
        problems.append(odd)
    unknown = [image for image, folders in where.items() if not folders and names.is_own(image)]
    if unknown:
        what = "photograph not in the raw set"
        problems.append(Problem(what, _AS_WRITTEN, str(RAW), len(unknown), format_examples(unknown)))
    paths = [raw / folder / image for image, folders in where.items() if names.is_own(image) for folder in folders]
    if links := [path for path in paths if path.is_symlink()]:
        remedy = "Put the file itself there (cp --remove-destination), and remove what the link leads to yourself."
        what = "photograph that is a link: its bytes lie outside of the set"
        problems.append(Problem(what, remedy, str(RAW), len(links), f"{links[0].name} -> {links[0].readlink()}"))
    return problems


def of_what_would_stay(checkout: Checkout, where: Mapping[str, Sequence[str]], md5s: Collection[str]) -> list[Problem]:
    """The photographs' bytes under another name, and decisions that speak of them.

    Args:
        checkout: the project.
        where: {name: folders of the raw set that have it}.
        md5s: of the photographs and their copies.

    Returns:
        A problem a kind.
    """
    problems = []
    if twins := _twins(checkout, where, md5s):
        remedy = "They are the same photograph under another name: name them too."
        what = "file with its bytes that would stay"
        problems.append(Problem(what, remedy, str(RAW), len(twins), format_examples(twins)))
    for log in _LOGS:
        if spoken := _naming(checkout.root / log, set(where)):
            remedy = "Delete the rows, with those that take them back: what they speak of will not be there."
            problems.append(Problem("decision about it", remedy, f"{log}, row {spoken[0]}", len(spoken)))
    return problems


def _twins(checkout: Checkout, where: Mapping[str, Sequence[str]], md5s: Collection[str]) -> list[str]:
    """Photographs that would stay, and have the bytes of one that goes or of a copy of it."""
    raw = checkout.root / RAW
    going = {raw / folder / image for image, folders in where.items() for folder in folders}
    sizes = {path.stat().st_size for path in going if path.is_file()}
    sizes |= {path.stat().st_size for path in (checkout.store.object_path(md5) for md5 in md5s) if path.is_file()}
    twins = []
    for folder in copies.PARTS:
        there = sorted((raw / folder).iterdir()) if (raw / folder).is_dir() else []
        others = (path for path in there if path not in going and path.is_file())
        twins += [path.name for path in others if path.stat().st_size in sizes and md5_of(path) in md5s]
    return twins


def _naming(path: Path, images: Collection[str]) -> list[int]:
    """Rows of a log that name one of the images, and those that take such a row back; the header is row 1."""
    rows = [cells for cells in rows_of(path) if len(cells) > 2]
    naming = [cells for cells in rows if _images(cells) & set(images)]
    named = {(cells[0], row_name(cells)) for cells in naming}
    return [
        row
        for row, cells in enumerate(rows, start=2)
        if cells in naming or (cells[1] == UNDO and (cells[0], undone_name(cells[2])) in named)
    ]


def _images(cells: Sequence[str]) -> set[str]:
    image, action, value = cells[:3]
    return {image, value} if action in PAIRED else set() if action in ABOUT_INDIVIDUALS else {image}
