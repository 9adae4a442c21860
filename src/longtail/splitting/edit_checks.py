"""What can be wrong with a row of edits.csv, and with two of them that speak of the same photographs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from longtail.csv_reader import Record
from longtail.errors import Problem
from longtail.labels.aliases import ABOUT_INDIVIDUALS
from longtail.labels.decisions import ABOUT_FINDINGS, PAIRED
from longtail.labels.edit_log import UNDO, orphans
from longtail.splitting.edit_row import Edit, take_back

ABOUT_PHOTOGRAPHS = ("relabel", "name", "drop", *PAIRED)
"""Actions whose image must be labelled."""
ACTIONS = (*ABOUT_PHOTOGRAPHS, *ABOUT_INDIVIDUALS, *ABOUT_FINDINGS, UNDO)
_FINDING = re.compile(r"\S+ [0-9a-f]{8}")


def problems(edits: Sequence[Edit], labels: Mapping[str, str], unknown_label: str, file: str) -> list[Problem]:
    """Everything that is wrong with the decisions about photographs and findings.

    Args:
        edits: the rows that hold.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".
        file: the file's name.

    Returns:
        A problem a kind.
    """
    names = set(labels.values())
    checks: list[tuple[str, str, Callable[[Edit], bool], Callable[[Edit], str]]] = [
        ("unknown action", f"The actions are {', '.join(ACTIONS)}.", lambda e: e.action not in ACTIONS, _action),
        (
            "image that is not labelled",
            "Mend the name, take the decision back (`longtail review --undo`) or delete the row.",
            lambda e: e.image not in labels and e.action not in (*ABOUT_FINDINGS, *ABOUT_INDIVIDUALS),
            _image,
        ),
        (
            "value that is not a labelled image",
            "`together` and `apart` name the other image.",
            lambda e: e.action in PAIRED and e.value not in labels,
            _value,
        ),
        (
            "image paired with itself",
            "Name the other image.",
            lambda e: e.action in PAIRED and e.value == e.image,
            _value,
        ),
        (
            "`relabel` without an identity",
            f"Write the identity, or '{unknown_label}'." if unknown_label else "Write the identity.",
            lambda e: e.action == "relabel" and not e.value.strip(),
            _image,
        ),
        (
            "`relabel` to a new identity with spaces",
            "A submission separates its candidates by spaces: write the identity without.",
            lambda e: e.action == "relabel" and e.value.strip() != "" and e.value not in names and is_spaced(e.value),
            _value,
        ),
        (
            "`keep` or `unsure` that names no finding",
            "The value is a kind and a name, as `longtail review --reject` writes them: near_duplicate 3f2a09bc",
            lambda e: e.action in ABOUT_FINDINGS and not _FINDING.fullmatch(e.value),
            _value,
        ),
        ("`drop` with a value", "Leave the value empty.", lambda e: e.action == "drop" and e.value != "", _value),
    ]  # fmt: skip
    wrong_rows = []
    for what, remedy, is_wrong, example_of in checks:
        wrong = [edit for edit in edits if is_wrong(edit)]
        if wrong:
            where = f"{file}, row {wrong[0].row}"
            wrong_rows.append(Problem(what, remedy, where=where, count=len(wrong), example=example_of(wrong[0])))
    return wrong_rows + _contradictions(edits, unknown_label, file)


def undo_problems(records: Sequence[Record], file: str) -> list[Problem]:
    """The `undo` rows that take no row back.

    Args:
        records: all rows of edits.csv.
        file: the file's name.

    Returns:
        One problem, or none.
    """
    alone = [records[row] for row in orphans([record.cells for record in records])]
    if not alone:
        return []
    remedy = (
        "Its image and the end of its value name the row, by all cells of that but `why`: bring the row back as it "
        "was, or delete the `undo`."
    )
    example = f"{alone[0].cells[0]}, {alone[0].cells[2] or '(blank)'}"
    return [Problem("`undo` of a row that is not there", remedy, f"{file}, row {alone[0].row}", len(alone), example)]


def contradiction(what: str, torn: Mapping[str, Sequence[Edit]], file: str) -> list[Problem]:
    """What to say of rows that contradict each other.

    Args:
        what: what is wrong about their subject.
        torn: {subject: the rows that contradict each other about it}.
        file: the file's name.

    Returns:
        One problem, or none where there is no such subject.
    """
    if not torn:
        return []
    about, edits = next(iter(torn.items()))
    rows = " and ".join(str(edit.row) for edit in edits)
    example = f"{about}: {', '.join(edit.signed() for edit in edits)}"
    return [Problem(what, take_back(edits[0]), f"{file}, rows {rows}", len(torn), example)]


def is_spaced(value: str) -> bool:
    """Whether a name has a space, tab or line break in it."""
    return any(letter.isspace() for letter in value)


def _contradictions(edits: Sequence[Edit], unknown_label: str, file: str) -> list[Problem]:
    """Images with two identities, and pairs that are both together and apart."""
    identities, wishes = defaultdict(list), defaultdict(list)
    named = {
        edit.image for edit in edits if edit.action == "name"
    }  # its label was wrong, and it is a new one: both hold
    for edit in edits:
        if edit.action == "name" or (
            edit.action == "relabel" and not (edit.image in named and edit.value == unknown_label)
        ):
            identities[edit.image].append(edit)
        elif edit.action in PAIRED:
            wishes[" and ".join(sorted((edit.image, edit.value)))].append(edit)
    twice = {about: rows for about, rows in identities.items() if len({row.value for row in rows}) > 1}
    torn = {about: rows for about, rows in wishes.items() if len({row.action for row in rows}) > 1}
    return [
        *contradiction("image relabelled twice", twice, file),
        *contradiction("pair both together and apart", torn, file),
    ]


def _action(edit: Edit) -> str:
    return edit.action or "(blank)"


def _image(edit: Edit) -> str:
    return edit.image or "(blank)"


def _value(edit: Edit) -> str:
    return f"{edit.image}, {edit.value or '(blank)'}"
