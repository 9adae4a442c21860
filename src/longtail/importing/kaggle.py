"""A table of images and labels, as Kaggle's humpback challenges of 2018 and 2019 have it, or a project's own.

`train.csv` with the image and the identity column of `data:`, photographs in `train/`, test photographs in `test/`.
It arrives as it is: the table is copied byte for byte where every row has its photograph under the name it writes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.importing import labelling, naming, tables
from longtail.importing.listing import TRAIN_FOLDERS, Listing, in_test, is_photograph, left_out
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION, TABLE, LabelRow, Plan
from longtail.labels.label_csv import read_labels


def fits(member: Member, header: list[str], listing: Listing) -> bool:
    """Whether a table is one of these by its name and, once the user named it, by its columns.

    Args:
        member: the table.
        header: its columns.
        listing: the source.

    Returns:
        True for `train.csv`, and for a table that the user named.
    """
    del header  # another one is an error that names the parameter to set
    return member.path.name == TABLE or member is listing.named


def plan(member: Member, listing: Listing) -> Plan:
    """The plan for a label table with its photographs.

    Args:
        member: the table.
        listing: the source.

    Returns:
        What goes where.

    Raises:
        BadInput: a table that cannot be read, no photographs, names that are not clear.
    """
    header, rows = _rows(member, listing)
    labelled, missing = labelling.present(rows, _labelled_files(member, listing), f"{listing.source}: {member.path}")
    files = {file.path for _, file in labelled}
    test_files = [file for file in listing.members if in_test(file) and file.path not in files]
    has_paths = any("/" in row.path or "\\" in row.path for row in rows)
    names = labelling.names(labelled)
    train = {name: file for name, (_, file) in zip(names, labelled, strict=True)}
    if not has_paths:  # a flat folder comes whole: `validate` judges files without a row
        others = [file for file in _labelled_files(member, listing) if file.path not in files]
        train |= {name: file for name, file in naming.flat(others, listing).items() if name not in train}
    as_written = not missing and [row.path for row in rows] == names
    submission = _submission(listing)
    test = naming.flat(test_files, listing)
    used = [*train.values(), *test.values(), member, *([submission] if submission else [])]
    return Plan(
        kind="a Kaggle table" if member.path.name == TABLE else f"a label table ({member.path.name})",
        train=train,
        test=test,
        header=header,
        rows=[(name, row.identity, *row.cells) for name, (row, _) in zip(names, labelled, strict=True)],
        table=member if as_written else None,
        submission=submission,
        left_out=left_out(listing, used),
        notes=labelling.lost(labelled, missing),
        missing=[row.path for row in missing],
    )


def _rows(member: Member, listing: Listing) -> tuple[tuple[str, ...], list[LabelRow]]:
    """The columns, image and identity first, and the rows."""
    data = listing.data
    copy = tables.copied(member, listing)
    try:
        read_labels(copy, data)  # says what is wrong as the stages would
    except BadInput as error:  # the copy is no place that a user can look into
        there = f"{listing.source}: {member.path}"
        problems = (replace(problem, where=problem.where.replace(str(copy), there)) for problem in error.problems)
        raise BadInput(*problems) from error
    table = tables.read(member, listing, (data.image_column, data.identity_column))
    image, identity = (table.header.index(name) for name in (data.image_column, data.identity_column))
    others = [at for at in range(len(table.header)) if at not in (image, identity)]
    rows = [
        LabelRow(cells[image], cells[identity], tuple(cells[at] for at in others), row) for row, cells in table.records
    ]
    return (data.image_column, data.identity_column, *(table.header[at] for at in others)), rows


def _labelled_files(table: Member, listing: Listing) -> list[Member]:
    """The labelled photographs: in `train/`, else beside the table, else in the one folder that is not `test/`."""
    in_train = [member for member in listing.members if member.top.casefold() in TRAIN_FOLDERS]
    if in_train:
        return in_train
    photographs = [member for member in listing.members if not member.top and is_photograph(member)]
    others = {member.top for member in listing.members if member.top and not in_test(member)}
    if not photographs and len(others) == 1:
        photographs = [member for member in listing.members if member.top in others and is_photograph(member)]
    if not photographs:
        remedy = "Nothing was imported. Put them into a folder train/ beside it."
        what = f"there is {table.path.name}, but no photographs are with it"
        raise BadInput(Problem(what, remedy, where=listing.source))
    return photographs


def _submission(listing: Listing) -> Member | None:
    """The sample submission, where its columns are those of the table; another one is written anew."""
    columns = [listing.data.image_column, listing.data.identity_column]
    for member in listing.members:
        if member.path == PurePosixPath(SUBMISSION) and tables.header_of(member) == columns:
            return member
    return None
