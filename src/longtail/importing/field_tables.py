"""What the field's tables have in common: a row a photograph, with its path, its individual and further columns."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from longtail.importing import labelling, naming, tables
from longtail.importing.listing import Listing, left_out, refuse
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow, Plan, clear_columns
from longtail.importing.table_boxes import BOX, is_blank, parts


def plan(
    kind: str, member: Member, listing: Listing, columns: tuple[str, str], files: list[Member], test: list[Member]
) -> Plan:
    """The plan for such a table.

    Args:
        kind: what the source is, in words.
        member: the table.
        listing: the source.
        columns: names of the path and of the individual there.
        files: what its paths may mean.
        test: test photographs.

    Returns:
        What goes where.

    Raises:
        BadInput: a table that cannot be read, blank cells, no photographs, names that are not clear.
    """
    table = tables.read(member, listing, columns)
    path, identity = (table.header.index(name) for name in columns)
    others = [at for at, name in enumerate(table.header) if at not in (path, identity) and name]
    boxes = table.values(BOX) if table.header.count(BOX) == 1 else [""] * len(table.records)
    boxed = sum(not is_blank(cell) for cell in boxes)
    named = list(parts(table.values(columns[0]), boxes))
    if boxed and any(named) and listing.boxes is None:
        first = table.records[next(at for at, name in enumerate(named) if name)].cells[path]
        refuse_several(member, listing, first, sum(name == "#2" for name in named))
    by_box = takes_boxes_of(member, listing)
    rows = [
        LabelRow(cells[path], cells[identity], tuple(cells[at] for at in others), row, part if by_box else "")
        for (row, cells), part in zip(table.records, named, strict=True)
    ]
    planned = of_rows(kind, member, listing, rows, [table.header[at] for at in others], files, test)
    return with_unused_boxes(planned, member, listing, boxed)


def takes_boxes_of(member: Member, listing: Listing) -> bool:
    """Whether the user named the table of the labels as the file of boxes too.

    Args:
        member: the table.
        listing: the source.

    Returns:
        True where the two are one file.
    """
    return listing.boxes is not None and member.file is not None and member.file.samefile(listing.boxes)


def refuse_several(member: Member, listing: Listing, example: str, count: int, kind: str = "") -> NoReturn:
    """Refuse photographs of several individuals, each in a box, where the boxes are not asked for.

    Args:
        member: the table.
        listing: the source.
        example: one of the photographs.
        count: how many there are.
        kind: the value of `--as`.

    Raises:
        BadInput: always.
    """
    choices = [
        (listing.command_with_boxes(member, kind), "each box is an individual's, and is cropped"),
        ("take these photographs out of the file", "and the others are imported"),
    ]
    refuse(listing, "photograph of several individuals, each in a box", choices, example, count)


def with_unused_boxes(planned: Plan, member: Member, listing: Listing, boxes: int, kind: str = "") -> Plan:
    """The plan with a note on boxes of its table that crop nothing.

    Args:
        planned: the plan.
        member: the table.
        listing: the source.
        boxes: how many it has.
        kind: the value of `--as`.

    Returns:
        The plan.
    """
    if not boxes or listing.boxes is not None:
        return planned
    command = listing.command_with_boxes(member, kind)
    note = f"boxes of {member.path} that crop nothing: {boxes:,}; to learn from what is in them: {command}"
    return replace(planned, notes=[*planned.notes, note])


def of_rows(
    kind: str,
    member: Member,
    listing: Listing,
    rows: list[LabelRow],
    others: list[str],
    files: list[Member],
    test: list[Member],
) -> Plan:
    """The plan for rows that a table gave.

    Args:
        kind: what the source is, in words.
        member: the table.
        listing: the source.
        rows: the labelled photographs.
        others: names of the further columns, as the source writes them.
        files: what the paths may mean.
        test: test photographs.

    Returns:
        What goes where.

    Raises:
        BadInput: see `plan`.
    """
    data = listing.data
    unknown = labelling.unknown_words(listing)
    where = f"{listing.source}: {member.path}"
    labelling.refuse_blank(rows, where, unknown[0])
    labelled, missing = labelling.present(rows, files, where)
    names = labelling.names(labelled)
    labels, notes = labelling.identities([row for row, _ in labelled], listing, unknown)
    train = {name: file for name, (_, file) in zip(names, labelled, strict=True)}
    own = (data.image_column, data.identity_column)
    brought_test = naming.flat(test, listing)
    planned = Plan(
        kind=kind,
        train=train,
        test=brought_test,
        header=(*own, *clear_columns(others, {*own, data.box_column} - {""})),
        rows=[
            (name + row.part, label, *row.cells) for name, label, (row, _) in zip(names, labels, labelled, strict=True)
        ],
        left_out=left_out(listing, [*train.values(), *brought_test.values(), member]),
        notes=[*notes, *labelling.lost(labelled, missing)],
        missing=[row.path for row in missing],
    )
    return replace(planned, notes=[*planned.notes, *labelling.across_species(planned, data.unknown_label)])
