"""What it means to accept or to reject a finding: a row of edits.csv."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from longtail.errors import BadParameter, Problem
from longtail.labels.aliases import ABOUT_INDIVIDUALS, MERGE, identity_cell, identity_in
from longtail.labels.decisions import key_of, reference
from longtail.labels.label_csv import UNKNOWN


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
        about = identity_in(self.image) if self.action in ABOUT_INDIVIDUALS else self.image
        return f"{self.action} {about} {self.value}".rstrip()


def name(photographs: Sequence[str], individual: str) -> list[Decision]:
    """Photographs of no known individual show a new one.

    Args:
        photographs: their names.
        individual: its name.

    Returns:
        A decision a photograph.
    """
    return [Decision("", image, "name", individual) for image in dict.fromkeys(photographs)]


def of_individual(action: str, individual: str, other: str, finding: str = "") -> Decision:
    """`merge`: the individual is the other one; `rename`: it is called so from now on.

    Args:
        action: `merge` or `rename`.
        individual: its present name.
        other: the other one, or the new name.
        finding: that asks for it, if one does.

    Returns:
        The decision.
    """
    return Decision(finding, identity_cell(individual), action, other)


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
    rows = [{**row, "proposal": action or row["proposal"]} for row in _named(findings, names, "--accept")]
    guessed = [row["finding"] for row in _named(findings, names, "--accept") if row["proposal"] != "relabel"]
    problems: list[tuple[str, str, Callable[[Mapping[Any, Any]], bool]]] = [
        ("finding that proposes nothing", "Say what is to be done: --action drop, --action relabel --value NAME, ...",
         lambda row: not row["proposal"]),
        ("--action relabel without --value, of a finding that proposes no label", "Say which identity it is.",
         lambda row: action == "relabel" and value is None and row["finding"] in guessed),
        ("one --value for several findings", "Accept one finding at a time with --value; several may get one new name.",
         lambda row: value is not None and len(rows) > 1 and row["proposal"] != "name"),
        ("new individual without a name", "Say how it is called: --value NAME",
         lambda row: row["proposal"] == "name" and not (value or row["other_label"])),
        ("finding that does not say which individuals are meant", "Say it: longtail review --merge A B (or --rename)",
         lambda row: row["proposal"] in ABOUT_INDIVIDUALS and not all(_individuals(row, value))),
    ]  # fmt: skip
    for what, remedy, is_wrong in problems:
        if wrong := [row["finding"] for row in rows if is_wrong(row)]:
            raise BadParameter(Problem(what, remedy, where="--accept", count=len(wrong), example=wrong[0]))
    return [_accepted(row, value, unknown_label) for row in rows]


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


def _accepted(row: Mapping[Any, Any], value: str | None, unknown_label: str) -> Decision:
    action = row["proposal"]
    if action in ABOUT_INDIVIDUALS:
        return of_individual(action, *_individuals(row, value), row["finding"])
    meant = {"relabel": row["other_label"] or unknown_label, "name": row["other_label"], "drop": ""}
    return Decision(row["finding"], row["image"], action, meant.get(action, row["other"]) if value is None else value)


def _individuals(row: Mapping[Any, Any], value: str | None) -> tuple[str, str]:
    """The individual that a finding is about, and its other name; UNKNOWN where the finding does not say."""
    return row["label"], value or (row["other_label"] if row["proposal"] == MERGE else UNKNOWN)
