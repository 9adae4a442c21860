"""What a source is, by its content. Where it could be several things it is refused, with a command for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.importing import coco, coco_plan, folders, happywhale, kaggle, tables, wildlife_datasets
from longtail.importing.coco import Coco
from longtail.importing.listing import Listing, refuse
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION, TABLE, Plan
from longtail.importing.table_checks import refuse_other_tables, refuse_second_labels, refuse_tables_below

TableFormat = Callable[[Member, Listing], Plan]
_BY_COLUMNS: dict[str, tuple[Callable[[list[str]], bool], TableFormat]] = {
    "happywhale": (happywhale.fits, happywhale.plan),
    "wildlife-datasets": (wildlife_datasets.fits, wildlife_datasets.plan),
}
KINDS = (
    "kaggle",
    *_BY_COLUMNS,
    *("coco", "coco:ATTRIBUTE"),
    *("individual", "species/individual", "place/individual", "year/individual"),
    *("individual/encounter", "skip/individual"),
)
"""Values of `--as`; further levels of folders may be named."""


def plan(listing: Listing, kind: str = "") -> Plan:
    """The plan for a source.

    Args:
        listing: the source.
        kind: what the user says it is, one of KINDS or levels of folders; `""`: as its content says.

    Returns:
        What goes where.

    Raises:
        BadInput: it could be several things, or is none that can be imported.
        BadParameter: there is no such kind.
    """
    pattern = folders.pattern_of(kind) if kind else None
    base, _, attribute = kind.partition(":")
    if kind and pattern is None and (base not in KINDS or (attribute and base != "coco")):
        remedy = f"Write one of {', '.join(KINDS)}, or other levels of folders ({', '.join(folders.LEVELS)})."
        raise BadParameter(Problem(f"--as {kind} is no kind of source", remedy))
    if pattern is not None:
        return folders.plan(listing, pattern)
    candidates = [listing.named] if listing.named else _root_tables(listing)
    fitting = [(name, table) for table in candidates if (name := _kind_of(table, listing, kind))]
    files = _coco_files(listing) if base in ("", "coco") else {}
    fitting += [("coco", member) for member in files]
    if len(fitting) > 1:
        what = f"{len(fitting)} tables that could have the labels"
        choices = [(listing.command_for(table, kind), f"{_words(name)}, {table.path}") for name, table in fitting]
        refuse(listing, what, choices)
    if fitting:
        name, table = fitting[0]
        if not listing.named and not kind:
            refuse_second_labels(table, _words(name), candidates, listing)
        if name == "coco":
            return coco_plan.plan(table, files[table], listing, attribute)
        return (_BY_COLUMNS[name][1] if name in _BY_COLUMNS else kaggle.plan)(table, listing)
    if base:
        _refuse_kind(candidates, listing, base)
    if listing.named and listing.named.path.suffix.casefold() == ".json":
        remedy = "Nothing was imported. A COCO file has the lists images, annotations and categories."
        raise BadInput(Problem(f"{listing.named.path} is JSON, and no COCO file", remedy, listing.source))
    refuse_other_tables(candidates, listing)
    refuse_tables_below(listing, lambda member: bool(_kind_of(member, listing)))
    return folders.plan(listing, None)


def _root_tables(listing: Listing) -> list[Member]:
    return [
        member
        for member in listing.members
        if not member.top and member.path.suffix.casefold() == ".csv" and member.path.name != SUBMISSION
    ]


def _kind_of(table: Member, listing: Listing, kind: str = "") -> str:
    """The kind that a table is; `""` for none, or for another one than was asked for."""
    if table.path.suffix.casefold() == ".json":
        return ""
    header = tables.header_of(table)
    for name, (fits, _) in _BY_COLUMNS.items():
        if kind in ("", name) and fits(header):
            return name
    own = {listing.data.image_column, listing.data.identity_column}
    is_own = table.path.name == TABLE or table is listing.named or (kind == "kaggle" and own <= set(header))
    return "kaggle" if kind in ("", "kaggle") and is_own else ""


def _words(kind: str) -> str:
    return {"kaggle": "a label table", "coco": "a COCO file"}.get(kind, f"a {kind} table")


def _coco_files(listing: Listing) -> dict[Member, Coco]:
    """The COCO files of a source; the one that the user named alone."""
    members = [listing.named] if listing.named else coco.candidates(listing)
    of_json = [member for member in members if member.path.suffix.casefold() == ".json"]
    return {member: content for member in of_json if (content := coco.read(member, listing))}


def _refuse_kind(candidates: list[Member], listing: Listing, kind: str) -> NoReturn:
    columns: dict[str, tuple[str, ...]] = {
        "kaggle": (listing.data.image_column, listing.data.identity_column),
        "happywhale": happywhale.COLUMNS,
        "wildlife-datasets": wildlife_datasets.COLUMNS,
    }
    what = f"no table with the columns {', '.join(columns[kind])}" if kind in columns else "no COCO file"
    example = f"{candidates[0].path} has {format_examples(tables.header_of(candidates[0]), 8)}" if candidates else ""
    refuse(listing, what, [(listing.command(), "without --as: what it looks like")], example)
