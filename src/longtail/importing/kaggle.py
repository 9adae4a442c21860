"""A table of images and labels, as Kaggle's humpback challenges of 2018 and 2019 have it, or a project's own.

`train.csv` with the image and the identity column of `data:`, photographs in `train/`, test photographs in `test/`.
It arrives as it is: the table is copied byte for byte where every row has its photograph under the name it writes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from longtail.errors import BadInput, Problem
from longtail.importing import labelling, naming, tables
from longtail.importing.listing import TRAIN_FOLDERS, Listing, in_test, is_unknown_word, left_out, refuse
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION, TABLE, LabelRow, Plan
from longtail.labels.boxes import named_box
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
    _refuse_unknown(rows, listing)
    has_paths = any("/" in row.path or "\\" in row.path for row in rows)
    own_folder = [] if has_paths else _own_folder(listing)
    meant = own_folder or [file for file in listing.photographs() if has_paths or not in_test(file)]
    if not meant:
        remedy = "Nothing was imported. Put them into a folder train/ beside it."
        what = f"there is {member.path.name}, but no photographs are with it"
        raise BadInput(Problem(what, remedy, where=listing.source))
    labelled, missing = labelling.present(rows, meant, f"{listing.source}: {member.path}")
    files = {file.path for _, file in labelled}
    test_files = [file for file in listing.members if in_test(file) and file.path not in files]
    names = labelling.names(labelled)
    train = {name: file for name, (_, file) in zip(names, labelled, strict=True)}
    others = [
        file for file in own_folder if file.path not in files
    ]  # it comes whole: `validate` judges what has no row
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
        rows=[(name + row.part, row.identity, *row.cells) for name, (row, _) in zip(names, labelled, strict=True)],
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
    has_boxes = data.box_column in table.header
    rows = []
    for row, cells in table.records:
        is_box = has_boxes and bool(cells[table.header.index(data.box_column)].strip())
        photograph, box = (named_box(cells[image]) if is_box else None) or (cells[image], "")
        further = tuple(cells[at] for at in others)
        rows.append(LabelRow(photograph, cells[identity], further, row, f"#{box}" if box else ""))
    return (data.image_column, data.identity_column, *(table.header[at] for at in others)), rows


def _own_folder(listing: Listing) -> list[Member]:
    """The photographs in `train/`, else beside the table, else in the one folder that is not `test/`; else none."""
    in_train = [member for member in listing.members if member.top.casefold() in TRAIN_FOLDERS]
    if in_train:
        return in_train
    photographs = [member for member in listing.photographs() if not member.top]
    others = {member.top for member in listing.members if member.top and not in_test(member)}
    if photographs or len(others) != 1:
        return photographs
    return [member for member in listing.photographs() if member.top in others]


def _refuse_unknown(rows: list[LabelRow], listing: Listing) -> None:
    """Refuse the field's words for "none of the known" where the project has another one. Raises BadInput."""
    word = listing.data.unknown_label
    strangers = [row for row in rows if is_unknown_word(row.identity) and row.identity != word]
    if strangers:
        what = f"photograph labelled '{strangers[0].identity}', and data.unknown_label is '{word}'"
        choices = [(f"set data.unknown_label: {strangers[0].identity}", "in params.yaml: none of the known")]
        choices += [(f"write {word} in the table", "the project's word for none of the known")] if word else []
        refuse(
            listing, what, [*choices, ("write another name", "it is an individual")], strangers[0].path, len(strangers)
        )


def _submission(listing: Listing) -> Member | None:
    """The sample submission, where its columns are those of the table; another one is written anew."""
    columns = [listing.data.image_column, listing.data.identity_column]
    with_boxes = [*columns, listing.data.box_column]
    for member in listing.members:
        if member.path == PurePosixPath(SUBMISSION) and tables.header_of(member) in (columns, with_boxes):
            return member
    return None
