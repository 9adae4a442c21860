"""What speaks against a new row of edits.csv: it stands there, another one contradicts it, its names are not right.

Stricter than the reader: `name` and `rename` need a name that nobody has. Later the table of labels may well have
photographs under that name, and the row still holds.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from longtail.errors import BadInput, Problem
from longtail.labels.aliases import ABOUT_INDIVIDUALS, MERGE, RENAME, identity_in
from longtail.labels.decisions import ABOUT_FINDINGS, deciding_rows, key_of
from longtail.labels.edit_log import in_force, row_name
from longtail.labels.label_csv import UNKNOWN
from longtail.reviewing.decision import Decision
from longtail.splitting.edits import read_edits

Rows = Sequence[Sequence[str]]


def refuse_doubles(edits: Path, rows: Rows, new: Sequence[Decision]) -> None:
    """Refuse what stands there already, and the acceptance of a finding that was rejected.

    Args:
        edits: the file.
        rows: of it.
        new: the decisions to come.

    Raises:
        BadInput: there is one.
    """
    held = [row for row in in_force(rows) if len(rows[row]) > 2]
    there = {key_of(*rows[row][:3]): row for row in held}
    twice = [one for n, one in enumerate(new) if one.key in there or any(one.key == o.key for o in new[:n])]
    if twice:
        row = there.get(twice[0].key)
        where = "the command line" if row is None else _where(edits, rows, row)
        remedy = "Leave it out: it holds already."
        raise BadInput(Problem("decision that is taken already", remedy, where, len(twice), str(twice[0])))
    kept = {rows[row][2].rpartition(" ")[2]: row for row in held if rows[row][1] == "keep"}
    against = [one for one in new if one.finding in kept]
    if against:
        where = _where(edits, rows, kept[against[0].finding])
        remedy = f"Take that back first: longtail review --undo {against[0].finding}"
        raise BadInput(Problem("finding that was rejected before", remedy, where, len(against), against[0].finding))


def refuse_decided(
    edits: Path, rows: Rows, new: Sequence[Decision], findings: pd.DataFrame | None, unknown_label: str
) -> None:
    """Refuse the rejection of a finding that was accepted.

    Args:
        edits: the file.
        rows: of it.
        new: the decisions to come.
        findings: the findings; None: they are not here.
        unknown_label: the word by which `relabel` says "none of the known".

    Raises:
        BadInput: there is one.
    """
    rejected = {one.finding for one in new if one.action == "keep"}
    if findings is None or not rejected:
        return
    asked = findings[findings["finding"].isin(rejected)]
    deciding = zip(asked["finding"], deciding_rows(asked, rows, unknown_label), strict=True)
    against = [(name, row) for name, row in deciding if row is not None and rows[row][1] not in ABOUT_FINDINGS]
    if against:
        name, row = against[0]
        remedy = f"Take that back first: longtail review --undo {row_name(rows[row])}"
        what = "finding that was accepted before"
        raise BadInput(Problem(what, remedy, _where(edits, rows, row), len(against), name))


def refuse_names(
    edits: Path, rows: Rows, new: Sequence[Decision], labels: Mapping[str, str], unknown_label: str
) -> None:
    """Refuse new names that an individual has, and individuals that there are not.

    Args:
        edits: the file.
        rows: of it.
        new: the decisions to come.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".

    Raises:
        BadInput: there are such; a problem a kind.
    """
    asked = [one for one in new if one.action in ("name", *ABOUT_INDIVIDUALS)]
    if not asked:
        return
    held = read_edits(edits, labels, unknown_label) if edits.exists() else None
    former = held.present if held else {}
    present = {held.identity(*one) for one in labels.items()} if held else set(labels.values())
    present -= {UNKNOWN}
    created = {former.get(name, name) for name in held.named.values()} if held else set()
    new_names = [one for one in asked if one.action in ("name", RENAME)]
    taken = [one for one in new_names if one.value in present - (created if one.action == "name" else set())]
    meant = [*(identity_in(one.image) for one in asked if one.action in ABOUT_INDIVIDUALS)]
    meant += [one.value for one in asked if one.action == MERGE]
    problems = [
        *_taken(edits, taken),
        *_former(edits, rows, former, [one.value for one in new_names], "new name that an individual had before"),
        *_former(edits, rows, former, meant, "individual that has another name now"),
        *_strangers(edits, [name for name in meant if name not in present and name not in former], present),
    ]
    if problems:
        raise BadInput(*problems)


def _taken(edits: Path, taken: Sequence[Decision]) -> list[Problem]:
    if not taken:
        return []
    one = taken[0]
    same = f"--merge {identity_in(one.image)} {one.value}" if one.action == RENAME else "a `relabel`"
    remedy = f"If it is that individual: {same}. If not, choose a name that nobody has."
    return [Problem("new name that an individual has already", remedy, edits.name, len(taken), one.value)]


def _former(edits: Path, rows: Rows, former: Mapping[str, str], names: Sequence[str], what: str) -> list[Problem]:
    old = [name for name in names if name in former]
    if not old:
        return []
    deciding = [row for row in in_force(rows) if rows[row][1] in ABOUT_INDIVIDUALS]
    row = next(row for row in deciding if identity_in(rows[row][0]) == old[0])
    remedy = f"It is {former[old[0]]} now: say that, or take the row back: longtail review --undo {row_name(rows[row])}"
    return [Problem(what, remedy, _where(edits, rows, row), len(old), old[0])]


def _strangers(edits: Path, names: Sequence[str], present: set[str]) -> list[Problem]:
    if not names:
        return []
    close = difflib.get_close_matches(names[0], sorted(present), 3)
    remedy = f"The closest names: {', '.join(close)}." if close else "Write its name as train.csv has it."
    return [Problem("individual that no photograph shows", remedy, edits.name, len(names), names[0])]


def _where(edits: Path, rows: Rows, row: int) -> str:
    """The row, who wrote it and when."""
    cells = rows[row]
    by = f" by {cells[3]}" if len(cells) > 3 and cells[3] else ""
    on = f" on {cells[4]}" if len(cells) > 4 and cells[4] else ""
    return f"{edits.name}, row {row + 2}" + (f", {cells[1]}{by}{on}" if by or on else "")
