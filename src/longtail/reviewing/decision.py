"""What it means to accept or to reject a finding: a row of edits.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from longtail.errors import BadParameter, Problem
from longtail.labels.decisions import key_of, reference


@dataclass(frozen=True)
class Decision:
    """A row of edits.csv to be."""

    finding: str
    image: str
    action: str
    value: str

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for decisions that say the same."""
        return key_of(self.image, self.action, self.value)

    def __str__(self) -> str:
        return f"{self.action} {self.image} {self.value}".rstrip()


def accept(
    findings: pd.DataFrame, names: Sequence[str], action: str | None, value: str | None, unknown_label: str
) -> list[Decision]:
    """What it means to accept findings, by their own proposals or by an action.

    Args:
        findings: the findings.
        names: of those to accept.
        action: instead of what they propose; None: what they propose.
        value: of the action, where it needs one.
        unknown_label: the word by which `relabel` says "none of the known".

    Returns:
        The decisions, in the order of `names`.

    Raises:
        BadParameter: findings that there are not, that propose nothing, or that do not say what `action` needs.
    """
    rows = _named(findings, names, "--accept")
    idle = [row for row in rows if not (action or row["proposal"])]
    if idle:
        remedy = "Say what is to be done: --action relabel --value IDENTITY, --action drop, ..."
        what = "finding that proposes nothing"
        raise BadParameter(Problem(what, remedy, where="--accept", count=len(idle), example=idle[0]["finding"]))
    guessed = [row for row in rows if action == "relabel" and value is None and row["proposal"] != "relabel"]
    if guessed:
        what = "--action relabel without --value, of a finding that proposes no label"
        raise BadParameter(
            Problem(what, "Say which identity it is.", count=len(guessed), example=guessed[0]["finding"])
        )
    return [_accepted(row, action, value, unknown_label) for row in rows]


def answer(findings: pd.DataFrame, names: Sequence[str], action: str) -> list[Decision]:
    """The decision on findings that change nothing.

    Args:
        findings: the findings.
        names: of those to answer.
        action: `keep` (the proposal is rejected, the labels stay) or `unsure`.

    Returns:
        The decisions, in the order of `names`.

    Raises:
        BadParameter: findings that there are not.
    """
    flag = {"keep": "--reject", "unsure": "--unsure"}[action]
    return [
        Decision(row["finding"], row["image"], action, reference(row["kind"], row["finding"]))
        for row in _named(findings, names, flag)
    ]


def _named(findings: pd.DataFrame, names: Sequence[str], flag: str) -> list[Mapping[Any, Any]]:
    by_name = {row["finding"]: row for row in findings.to_dict("records")}
    strange = [name for name in names if name not in by_name]
    if strange:
        remedy = "`longtail review --all` lists them; the first column is the row's name."
        raise BadParameter(Problem("no such finding", remedy, where=flag, count=len(strange), example=strange[0]))
    return [by_name[name] for name in dict.fromkeys(names)]


def _accepted(row: Mapping[Any, Any], action: str | None, value: str | None, unknown_label: str) -> Decision:
    taken = action or row["proposal"]
    meant = {"relabel": row["other_label"] or unknown_label, "drop": ""}.get(taken, row["other"])
    return Decision(row["finding"], row["image"], taken, meant if value is None else value)
