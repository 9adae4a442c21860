"""Tables that nothing recognises: folders beside or around a table are hardly individuals, so none of it is guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from longtail.errors import format_examples
from longtail.importing import folder_checks, folders, label_columns, tables
from longtail.importing.listing import Listing, refuse
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION

_SPREADSHEETS = (".tsv", ".tab", ".xls", ".xlsx", ".ods", ".parquet", ".feather")
"""Tables that are not read: they have to be saved as CSV first."""
_MOST_CHOICES = 8


def refuse_other_tables(candidates: Sequence[Member], listing: Listing) -> None:
    """Refuse a source with a table of no known format beside its photographs.

    Args:
        candidates: tables beside the photographs, as CSV.
        listing: the source.

    Raises:
        BadInput: there is such a table, or one that has to be saved as CSV first.
    """
    others = [one for one in listing.members if not one.top and one.path.suffix.casefold() in _SPREADSHEETS]
    if candidates:
        table = candidates[0]
        what = "table of another name than train.csv, and of no known format"
        example = f"{table.path} with the columns {format_examples(tables.header_of(table), 8)}"
        choices = [label_columns.choice(one, listing) for one in candidates[:_MOST_CHOICES]]
        refuse(listing, what, [*choices, *_as_folders(listing)], example, len(candidates))
    if others:
        what = "table that is not CSV, beside the photographs"
        choices = [("save it as CSV (UTF-8, commas)", "it is the label table"), *_as_folders(listing)]
        refuse(listing, what, choices, str(others[0].path), len(others))


def refuse_second_labels(table: Member, kind: str, candidates: Sequence[Member], listing: Listing) -> None:
    """Refuse a source in which a further table names photographs and individuals, too: which labels are meant?

    Args:
        table: the one that is recognised.
        kind: what it is, in words.
        candidates: tables beside the photographs, as CSV.
        listing: the source.

    Raises:
        BadInput: there is such a table.
    """
    others = [one for one in candidates if one is not table and label_columns.names_individuals(one, listing)]
    if others:
        what = f"{1 + len(others)} tables that could have the labels"
        choices = [label_columns.choice(one, listing) for one in others[:_MOST_CHOICES]]
        refuse(listing, what, [(listing.command_for(table), f"{kind}, {table.path}"), *choices], str(others[0].path))


def refuse_tables_below(listing: Listing, is_known: Callable[[Member], bool]) -> None:
    """Refuse a folder that holds sets of their own: a table one folder down would be lost.

    Args:
        listing: the source.
        is_known: whether a table is of a known format.

    Raises:
        BadInput: there is a table one folder down.
    """
    below = [
        member
        for member in listing.members
        if len(member.path.parts) == 2
        and member.path.suffix.casefold() in (".csv", *_SPREADSHEETS)
        and member.path.name != SUBMISSION
    ]
    known = [member for member in below if member.path.suffix.casefold() == ".csv" and is_known(member)]
    if known:
        tops = sorted({member.top for member in known})
        what = f"no table here, but label tables one folder down ({format_examples(tops)})"
        choices = [_of_set_below(top, known, listing) for top in tops[:_MOST_CHOICES]]
        refuse(listing, what, choices)
    if below:
        of_csv = [member for member in below if member.path.suffix.casefold() == ".csv"]
        choices = [label_columns.choice(one, listing) for one in of_csv[:_MOST_CHOICES]]
        what = "no table here, but a table in a folder of photographs"
        refuse(listing, what, [*choices, *_as_folders(listing)], str(below[0].path), len(below))


def _of_set_below(top: str, known: Sequence[Member], listing: Listing) -> tuple[str, str]:
    """The command for a set one folder down; what to do first where its photographs do not lie with its table."""
    if any(member.top == top for member in listing.photographs()):
        return listing.command_below(top), ""
    table = next(member for member in known if member.top == top)
    return f"move {table.path} into {listing.source}", "it is a label table, and its photographs lie elsewhere"


def _as_folders(listing: Listing) -> list[tuple[str, str]]:
    """What the folders could say by themselves; parts of a set say nothing."""
    if any(member.top == "test" and len(member.path.parts) > 2 for member in listing.photographs()):
        return []  # `refuse_unclear_test` would refuse each of them
    readings = folder_checks.readings(folders.folders_of_photographs(listing), listing)
    return [(command, f"{meaning}; tables are left out") for command, meaning in readings]
