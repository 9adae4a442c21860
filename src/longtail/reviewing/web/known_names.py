"""The individuals that a decision may name: those of the run, and those that decisions have created since."""

from __future__ import annotations

from longtail.labels import aliases
from longtail.labels.edit_log import in_force, rows_of
from longtail.reviewing import answers
from longtail.reviewing.web.state import Review

_NAMING = ("name", "rename")


def of(review: Review) -> set[str]:
    """Names of the run's individuals as they are called now, and of those that decisions have created since."""
    present = aliases.read(review.edits)
    rows = rows_of(review.edits)
    created = {rows[row][2] for row in in_force(rows) if rows[row][1] in _NAMING}
    named = {one.value for one in answers.by_image(review.root / answers.FILE).values() if one.action == "name"}
    return {present.get(name, name) for name in {*review.tables().identities, *created}} | named
