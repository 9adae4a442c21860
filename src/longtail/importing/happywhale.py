"""The table of Kaggle's Happywhale challenge of 2022: `image`, `species`, `individual_id`.

https://www.kaggle.com/competitions/happy-whale-and-dolphin. Photographs lie in `train_images/`, test photographs in
`test_images/`. Its submissions call the second column `predictions` and the unknown ones `new_individual`: the sample
submission is written anew, with the project's own column and word.
"""

from __future__ import annotations

from dataclasses import replace

from longtail.importing import field_tables
from longtail.importing.listing import Listing, in_test
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION, Plan

COLUMNS = ("image", "species", "individual_id")
WANTED = ("image", "predictions", "new_individual")
"""Columns of a submission, and its word for an unknown individual."""


def fits(header: list[str]) -> bool:
    """Whether a table has the columns of the challenge."""
    return set(COLUMNS) <= set(header)


def plan(member: Member, listing: Listing) -> Plan:
    """The plan for such a table. Raises BadInput, as `field_tables.plan`.

    Args:
        member: the table.
        listing: the source.

    Returns:
        What goes where.
    """
    files = [file for file in listing.photographs() if not in_test(file)]
    test = [file for file in listing.photographs() if in_test(file)]
    planned = field_tables.plan("a Happywhale table", member, listing, ("image", "individual_id"), files, test)
    others = [path for path in planned.left_out if str(path) != SUBMISSION]
    return replace(
        planned, left_out=others, notes=[*planned.notes, *_of_submission(listing)] if test else planned.notes
    )


def _of_submission(listing: Listing) -> list[str]:
    """What the new sample submission looks like, and how it would look as the challenge wants it."""
    data = listing.data
    own = f"{SUBMISSION} is written anew, with the columns {data.image_column},{data.identity_column}"
    if (data.image_column, data.identity_column, data.unknown_label) == WANTED:
        return [own]
    image, identity, unknown = WANTED
    wanted = f"data.image_column: {image}, data.identity_column: {identity}, data.unknown_label: {unknown}"
    return [own, f"for a submission to that challenge set {wanted}, and import again"]
