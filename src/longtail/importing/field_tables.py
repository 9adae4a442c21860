"""What the field's tables have in common: a row a photograph, with its path, its individual and further columns."""

from __future__ import annotations

from dataclasses import replace

from longtail.importing import labelling, naming, tables
from longtail.importing.listing import Listing, left_out
from longtail.importing.members import Member
from longtail.importing.plan import LabelRow, Plan, clear_columns


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
    rows = [
        LabelRow(cells[path], cells[identity], tuple(cells[at] for at in others), row) for row, cells in table.records
    ]
    return of_rows(kind, member, listing, rows, [table.header[at] for at in others], files, test)


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
