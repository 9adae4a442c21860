"""Findings that the team accepts become rows of edits.csv: whole and without contradiction, or not at all."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from longtail import atomic
from longtail.errors import BadInput, BadParameter, Problem
from longtail.splitting.edits import COLUMNS, read_edits

_PAIRED = ("together", "apart")


@dataclass(frozen=True)
class Decision:
    """A row of edits.csv to be."""

    finding: str
    image: str
    action: str
    value: str

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for decisions that say the same: a pair has no order."""
        return decision_key(self.image, self.action, self.value)

    def __str__(self) -> str:
        return f"{self.action} {self.image} {self.value}".rstrip()


def decision_key(image: str, action: str, value: str) -> tuple[str, ...]:
    """What a decision says, a pair's images in the order of their names."""
    return (action, *sorted((image, value))) if action in _PAIRED else (action, image, value)


def decisions(
    found: pd.DataFrame, rows: Sequence[str], action: str | None, value: str | None, unknown_label: str
) -> list[Decision]:
    """What accepting the findings `rows` means, by their own proposals or by `action` and `value`.

    Raises:
        BadParameter: findings that there are not, or that propose nothing.
    """
    by_name = {row["finding"]: row for row in found.to_dict("records")}
    strange = [row for row in rows if row not in by_name]
    idle = [row for row in rows if row in by_name and not (action or by_name[row]["proposal"])]
    problems = []
    if strange:
        remedy = "`longtail review --all` lists them; the first column is the row's name."
        problems.append(Problem("no such finding", remedy, where="--accept", count=len(strange), example=strange[0]))
    if idle:
        remedy = "Say what is to be done: --action relabel --value IDENTITY, --action drop, ..."
        problems.append(
            Problem("finding that proposes nothing", remedy, where="--accept", count=len(idle), example=idle[0])
        )
    if problems:
        raise BadParameter(*problems)
    return [_decision(by_name[row], action, value, unknown_label) for row in dict.fromkeys(rows)]


def _decision(row: Mapping[Any, Any], action: str | None, value: str | None, unknown_label: str) -> Decision:
    taken = action or row["proposal"]
    meant = {"relabel": row["other_label"] or unknown_label, "drop": ""}.get(taken, row["other"])
    return Decision(row["finding"], row["image"], taken, meant if value is None else value)


def accepted(found: pd.DataFrame, edits: Path, unknown_label: str) -> set[str]:
    """Names of the findings whose proposal stands in edits.csv already."""
    there = {decision_key(*cells[:3]) for cells in _cells(edits) if len(cells) == len(COLUMNS)}
    proposing = found[found["proposal"] != ""]
    every = [_decision(row, None, None, unknown_label) for row in proposing.to_dict("records")]
    return {decision.finding for decision in every if decision.key in there}


def append(
    edits: Path, new: Sequence[Decision], signed: Mapping[str, str], labels: dict[str, str], unknown_label: str
) -> None:
    """Append the decisions to edits.csv, with who, when and why (`signed`).

    Raises:
        BadInput: one of them stands there already or is given twice, or the file would contradict itself or name what
            there is not. It stays as it was.
    """
    there = {decision_key(*cells[:3]): number for number, cells in enumerate(_cells(edits), start=2) if len(cells) > 2}
    twice = [decision for place, decision in enumerate(new) if decision.key in there or _before(new, place)]
    if twice:
        row = there.get(twice[0].key)
        where = f"{edits.name}, row {row}" if row else "--accept"
        remedy = "Leave it out: it holds already."
        raise BadInput(Problem("decision that is taken already", remedy, where, len(twice), str(twice[0])))
    text = _with_rows(edits, [[one.image, one.action, one.value, *signed.values()] for one in new])
    with tempfile.TemporaryDirectory() as folder:  # audit's own reader judges it, under its own name
        draft = Path(folder) / edits.name
        draft.write_bytes(text)
        read_edits(draft, labels, unknown_label)
    with atomic.replacing(edits) as beside:
        beside.write_bytes(text)


def _before(new: Sequence[Decision], place: int) -> bool:
    return any(new[place].key == other.key for other in new[:place])


def _with_rows(edits: Path, rows: Sequence[Sequence[str]]) -> bytes:
    """The file's bytes as they are, and the rows after them in its own kind of line ending."""
    old = edits.read_bytes() if edits.exists() else (",".join(COLUMNS) + "\n").encode()
    end = "\r\n" if b"\r\n" in old else "\n"
    held = io.StringIO(newline="")
    csv.writer(held, lineterminator=end).writerows(rows)
    return old + (b"" if old.endswith(b"\n") else end.encode()) + held.getvalue().encode("utf-8")


def _cells(edits: Path) -> list[list[str]]:
    """The rows of edits.csv after its header; whether they are right is `read_edits`'s to say."""
    if not edits.exists():
        return []
    text = edits.read_bytes().decode("utf-8-sig", errors="replace")
    return [cells for cells in csv.reader(io.StringIO(text, newline="")) if cells][1:]
