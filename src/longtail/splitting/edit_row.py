"""One row of edits.csv, and how a message speaks of it."""

from __future__ import annotations

from typing import NamedTuple

from longtail.labels.edit_log import row_name


class Edit(NamedTuple):
    """One decision, and the row of edits.csv it stands in (the header is row 1)."""

    row: int
    image: str
    action: str
    value: str
    who: str = ""
    when: str = ""

    @property
    def name(self) -> str:
        """What `longtail review --undo` calls it."""
        return row_name(self[1:])

    def signed(self) -> str:
        """What it says, with who said so and when."""
        by = f" by {self.who}" if self.who else ""
        return f"{self.action} {self.value}".rstrip() + by + (f" on {self.when}" if self.when else "")


def take_back(edit: Edit) -> str:
    """The remedy for two decisions of which one must go."""
    return f"Keep the one that holds and take the other back: longtail review --undo {edit.name}"
