"""The one writer of edits.csv: whole and without contradiction, or not at all.

The file is replaced at once, under a lock on its folder: two people who decide at the same moment both keep their rows.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from longtail import atomic
from longtail.errors import BadInput, BadParameter, Problem
from longtail.labels.decisions import ABOUT_FINDINGS, COLUMNS, deciding_rows, key_of, rows_of
from longtail.reviewing.decision import Decision
from longtail.splitting.edits import read_edits


def append(
    edits: Path, new: Sequence[Decision], signed: Mapping[str, str], labels: dict[str, str], unknown_label: str
) -> None:
    """Append decisions to edits.csv. If it fails, the file stays as it was.

    Args:
        edits: the file.
        new: the decisions.
        signed: who, when and why.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".

    Raises:
        BadInput: one of them stands there already or is given twice, the finding is answered otherwise, or the file
            would contradict itself or name what there is not.
    """
    with _alone(edits):
        rows = rows_of(edits)
        _refuse_doubles(edits, rows, new)
        text = _with_rows(edits, [[one.image, one.action, one.value, *signed.values()] for one in new])
        with tempfile.TemporaryDirectory() as folder:  # audit's own reader judges it, under its own name
            draft = Path(folder) / edits.name
            draft.write_bytes(text)
            read_edits(draft, labels, unknown_label)
        with atomic.replacing(edits) as temporary:
            temporary.write_bytes(text)


def undo(edits: Path, names: Sequence[str], findings: pd.DataFrame, unknown_label: str) -> list[str]:
    """Remove the rows that decide findings.

    Args:
        edits: the file.
        names: of the findings; none: the last row.
        findings: the findings.
        unknown_label: the word by which `relabel` says "none of the known".

    Returns:
        The rows that were removed, as text.

    Raises:
        BadInput: there is no row to take out.
        BadParameter: a finding that no row decides.
    """
    with _alone(edits):
        rows = rows_of(edits)
        if not rows:
            raise BadInput(Problem("there is no decision to undo", "edits.csv has no rows.", where=edits.name))
        doomed = _deciding(rows, names, findings, unknown_label) if names else {len(rows) - 1}
        with atomic.replacing(edits) as temporary:
            temporary.write_bytes(_without_rows(edits, doomed))
    return [" ".join(filter(None, (rows[row][1], rows[row][0], rows[row][2]))) for row in sorted(doomed)]


def _deciding(
    rows: Sequence[Sequence[str]], names: Sequence[str], findings: pd.DataFrame, unknown_label: str
) -> set[int]:
    """Rows that decide the findings `names`: those that name them, whether they are still found or not, and edits."""
    answers: dict[str, set[int]] = {}
    for position, cells in enumerate(rows):
        if len(cells) == len(COLUMNS) and cells[1] in ABOUT_FINDINGS:
            answers.setdefault(cells[2].rpartition(" ")[2], set()).add(position)
    for name, row in zip(findings["finding"], deciding_rows(findings, rows, unknown_label), strict=True):
        if row is not None:
            answers.setdefault(name, set()).add(row)
    open_ones = [name for name in names if name not in answers]
    if open_ones:
        remedy = "`longtail review --all` lists what is decided. An edit that a run has applied is undone by its row."
        what = "finding that no row of edits.csv decides"
        raise BadParameter(Problem(what, remedy, where="--undo", count=len(open_ones), example=open_ones[0]))
    return set().union(*(answers[name] for name in names))


def _refuse_doubles(edits: Path, rows: Sequence[Sequence[str]], new: Sequence[Decision]) -> None:
    there = {key_of(*cells[:3]): number for number, cells in enumerate(rows, start=2) if len(cells) > 2}
    kept = {cells[2]: number for number, cells in enumerate(rows, start=2) if len(cells) > 2 and cells[1] == "keep"}
    twice = [
        one for position, one in enumerate(new) if one.key in there or any(one.key == o.key for o in new[:position])
    ]
    if twice:
        row = there.get(twice[0].key)
        where = f"{edits.name}, row {row}" if row else "the command line"
        remedy = "Leave it out: it holds already."
        raise BadInput(Problem("decision that is taken already", remedy, where, len(twice), str(twice[0])))
    answered = {value.rpartition(" ")[2]: number for value, number in kept.items()}
    against = [one for one in new if one.finding in answered]
    if against:
        where = f"{edits.name}, row {answered[against[0].finding]}"
        remedy = f"Take that back first: longtail review --undo {against[0].finding}"
        raise BadInput(Problem("finding that was rejected before", remedy, where, len(against), against[0].finding))


@contextmanager
def _alone(edits: Path) -> Iterator[None]:
    """Nobody else writes edits.csv meanwhile; the lock ends with this process, however it ends."""
    folder = os.open(edits.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _with_rows(edits: Path, rows: Sequence[Sequence[str]]) -> bytes:
    """The file's bytes as they are, and the rows after them in its own kind of line ending."""
    old = edits.read_bytes() if edits.exists() else (",".join(COLUMNS) + "\n").encode()
    end = "\r\n" if b"\r\n" in old else "\n"
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator=end).writerows(rows)
    return old + (b"" if old.endswith(b"\n") else end.encode()) + held.getvalue().encode("utf-8")


def _without_rows(edits: Path, doomed: Collection[int]) -> bytes:
    """The file's bytes without these rows, counted after the header as `rows_of` does."""
    lines = edits.read_bytes().splitlines(keepends=True)
    reader = csv.reader(io.StringIO("".join(line.decode("utf-8-sig", errors="replace") for line in lines), newline=""))
    next(reader, None)
    kept, begun, position = lines[: reader.line_num], reader.line_num, 0
    for cells in reader:
        if not cells or position not in doomed:
            kept += lines[begun : reader.line_num]
        position += bool(cells)
        begun = reader.line_num
    return b"".join(kept)
