"""A table of the wildlife-datasets library: `image_id`, `identity`, `path`, and where known date, orientation, species.

https://github.com/WildlifeDatasets/wildlife-datasets, docs/dataframe.md. An unknown individual is called `unknown`. Its
`split` is kept as a column and not followed: every row is labelled, and folds are `split`'s to make.
"""

from __future__ import annotations

from longtail.importing import field_tables
from longtail.importing.listing import Listing, is_photograph
from longtail.importing.members import Member
from longtail.importing.plan import Plan

COLUMNS = ("image_id", "identity", "path")


def fits(header: list[str]) -> bool:
    """Whether a table has the columns that the library requires."""
    return set(COLUMNS) <= set(header)


def plan(member: Member, listing: Listing) -> Plan:
    """The plan for such a table. Raises BadInput, as `field_tables.plan`.

    Args:
        member: the table.
        listing: the source.

    Returns:
        What goes where; no test photographs.
    """
    kind = "a wildlife-datasets table"
    files = [file for file in listing.members if is_photograph(file) or not file.path.suffix]
    return field_tables.plan(kind, member, listing, ("path", "identity"), files, [])
