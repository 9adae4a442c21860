"""The one writer of edits.csv: rows are appended, whole and without contradiction, or not at all.

The file is replaced at once, under a lock on its folder: two people who decide at the same moment both keep their rows.
A decision is taken back by a row of its own, so that git can merge the rows of two people line by line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from longtail.errors import BadInput, BadParameter, Problem
from longtail.labels.decisions import ABOUT_FINDINGS, deciding_rows
from longtail.labels.edit_log import COLUMNS, in_force, row_name, rows_of
from longtail.reviewing import append_checks, append_log
from longtail.reviewing.decision import Decision
from longtail.splitting.edits import read_edits


def append(
    edits: Path,
    new: Sequence[Decision],
    signed: Mapping[str, str],
    labels: Mapping[str, str],
    unknown_label: str,
    findings: pd.DataFrame | None = None,
) -> list[str]:
    """Append decisions to edits.csv. If it fails, the file stays as it was.

    Args:
        edits: the file.
        new: the decisions.
        signed: who and why; when, where it is not now.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".
        findings: where they are here, a `keep` of one that is decided otherwise is refused.

    Returns:
        The names of the rows, by which they can be taken back.

    Raises:
        BadInput: one of them stands there already or is given twice, the finding is answered otherwise, a name is
            taken or unknown, or the file would contradict itself or name what there is not.
    """
    with append_log.alone(edits) as folder:
        rows = rows_of(edits)
        append_checks.refuse_doubles(edits, rows, new)
        append_checks.refuse_decided(edits, rows, new, findings, unknown_label)
        append_checks.refuse_names(edits, rows, new, labels, unknown_label)
        added = append_log.signed_rows(rows, [[one.image, one.action, one.value] for one in new], signed)
        text = append_log.with_rows(edits, added)
        with tempfile.TemporaryDirectory() as drafts:  # audit's own reader judges it, under its own name
            draft = Path(drafts) / edits.name
            draft.write_bytes(text)
            read_edits(draft, labels, unknown_label)
        append_log.replace(edits, text, folder)
    return [row_name(cells) for cells in added]


def undo(
    edits: Path, names: Sequence[str], findings: pd.DataFrame, unknown_label: str, signed: Mapping[str, str]
) -> list[str]:
    """Take decisions back: a row `undo` for each.

    Args:
        edits: the file.
        names: of findings (every row that decides them), or of rows (`row_name`); none: the last row that holds.
        findings: the findings.
        unknown_label: the word by which `relabel` says "none of the known".
        signed: who and why; when, where it is not now.

    Returns:
        The decisions that hold no more, as text.

    Raises:
        BadInput: there is no row to take back.
        BadParameter: a name that is neither of a row that holds nor of a finding that one decides.
    """
    with append_log.alone(edits) as folder:
        rows = rows_of(edits)
        held = in_force(rows)
        if not held:
            raise BadInput(Problem("there is no decision to undo", f"{edits.name} has no row that holds.", edits.name))
        doomed = sorted(_deciding(rows, held, names, findings, unknown_label) if names else {held[-1]})
        append_log.take_back(edits, rows, doomed, signed, folder)
    taken = (rows[row] for row in doomed)
    return [str(Decision("", *cells[:3])) + (f" (by {cells[3]})" if cells[3] else "") for cells in taken]


def _deciding(
    rows: Sequence[Sequence[str]],
    held: Sequence[int],
    names: Sequence[str],
    findings: pd.DataFrame,
    unknown_label: str,
) -> set[int]:
    """The rows called `names`, and those that decide findings of these names, whether they are still there or not."""
    named: dict[str, set[int]] = {}
    for row in held:
        cells = rows[row]
        named.setdefault(row_name(cells), set()).add(row)
        if len(cells) == len(COLUMNS) and cells[1] in ABOUT_FINDINGS:
            named.setdefault(cells[2].rpartition(" ")[2], set()).add(row)
    for name, deciding in zip(findings["finding"], deciding_rows(findings, rows, unknown_label), strict=True):
        if deciding is not None:
            named.setdefault(name, set()).add(deciding)
    strange = [name for name in names if name not in named]
    if strange:
        remedy = "`longtail review --log` lists the rows that hold, each with its name; `--all` what is decided."
        what = "neither a row of edits.csv that holds nor a finding that one decides"
        raise BadParameter(Problem(what, remedy, where="--undo", count=len(strange), example=strange[0]))
    return set().union(*(named[name] for name in names))
