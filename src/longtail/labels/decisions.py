"""Rows of edits.csv against the table of findings: which finding is decided.

A finding is decided by a row `keep` (its proposal is rejected) or `unsure` that names it, or by a row that changes
what it asks about: a `drop` of its photograph, a `relabel` or `name` of it that is not applied yet, `together` or
`apart` of its pair, a `merge` of its two labels. Rows that were taken back decide nothing. Whether the rows are right
is for `splitting/edits.py` to say; here whatever stands there is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pandas as pd

from longtail.labels.aliases import MERGE, RENAME, identity_in, present_names, steps_of
from longtail.labels.edit_log import COLUMNS, in_force
from longtail.labels.findings import ALL, QUESTIONS, name_of
from longtail.labels.label_csv import UNKNOWN

NAMING = ("relabel", "name")
"""Actions that give a photograph an identity; `name` is for those of no known one."""
PAIRED = ("together", "apart")
"""Actions whose value is another image."""
ABOUT_FINDINGS = ("keep", "unsure")
"""Actions whose value is a finding: its kind and its name."""


def reference(kind: str, finding: str) -> str:
    """How `keep` and `unsure` name a finding in the column `value`.

    Args:
        kind: kind of the finding.
        finding: its name, 8 hex digits.

    Returns:
        `kind finding`.
    """
    return f"{kind} {finding}"


def key_of(image: str, action: str, value: str) -> tuple[str, ...]:
    """What a row decides: equal for rows that say the same. A pair has no order, a finding needs no image.

    Args:
        image: cell of the row.
        action: cell of the row.
        value: cell of the row.

    Returns:
        A key to compare rows by.
    """
    if action in PAIRED:
        return (action, *sorted((image, value)))
    return (action, value) if action in ABOUT_FINDINGS else (action, image, value)


def deciding_rows(
    findings: pd.DataFrame, rows: Sequence[Sequence[str]], unknown_label: str, md5: Mapping[str, str] | None = None
) -> list[int | None]:
    """The row that decides each finding, as a number among `rows`; None for those that are open.

    The last one counts, but `unsure` never outdoes another decision.

    Args:
        findings: as findings.csv has them.
        rows: of edits.csv, see `rows_of`.
        unknown_label: the word by which `relabel` says "none of the known".
        md5: of each photograph; with it a finding keeps its answer when one of its individuals is renamed.

    Returns:
        The number of a row, or None, for each finding.
    """
    named: dict[str, int] = {}
    relabelled: dict[str, int] = {}
    dropped: dict[str, int] = {}
    paired: dict[tuple[str, ...], int] = {}
    merged: dict[tuple[str, ...], int] = {}
    present = present_names(steps_of(rows))
    for row in in_force(rows):
        cells = rows[row]
        if len(cells) != len(COLUMNS):
            continue
        image, action, value = cells[:3]
        if action in ABOUT_FINDINGS and not (action == "unsure" and value in named):
            named[value] = row
        elif action in NAMING and not (value == unknown_label and image in relabelled):  # a `name` outdoes it
            relabelled[image] = row
        elif action == "drop":
            dropped[image] = row
        elif action in PAIRED:
            paired[tuple(sorted((image, value)))] = row
        elif action == MERGE:
            merged[tuple(sorted((identity_in(image), value)))] = row

    names_before = _names_before(rows) if md5 is not None else {}

    def answer_to(finding: str, kind: str, image: str, other: str, label: str, other_label: str) -> int | None:
        if md5 is None or not {label, other_label} & names_before.keys():
            return named.get(reference(kind, finding))
        asked = product((label, *names_before.get(label, ())), (other_label, *names_before.get(other_label, ())))
        ends = md5.get(image, image), md5.get(other, other)
        names = [finding, *(name_of(kind, *ends, *labels) for labels in asked)]
        return next((named[key] for name in names if (key := reference(kind, name)) in named), None)

    def changes(image: str, label: str) -> bool:
        if image not in relabelled:
            return False
        value = rows[relabelled[image]][2]
        return (UNKNOWN if value == unknown_label else present.get(value, value)) != label

    def one(finding: str, kind: str, image: str, other: str, label: str, other_label: str) -> int | None:
        asks = QUESTIONS.get(kind, ALL)
        both = {image: label, other: other_label}
        asked = {"pair": both, "image": {image: label}, "none": {}}[asks.photographs]
        deciding = [dropped[name] for name in asked if name in dropped]
        if asks.labels != "none":
            deciding += [relabelled[name] for name, now in asked.items() if changes(name, now)]
            if (names := tuple(sorted((label, other_label)))) in merged:
                deciding.append(merged[names])
        if asks.photographs == "pair" and (pair := tuple(sorted(both))) in paired:
            deciding.append(paired[pair])
        answer = answer_to(finding, kind, image, other, label, other_label)
        if answer is not None and (rows[answer][1] == "keep" or not deciding):
            deciding.append(answer)
        return max(deciding, default=None)

    asked_about = {*relabelled, *dropped, *(image for pair in paired for image in pair)}
    answered = {value.rpartition(" ")[2] for value in named}

    def may_be_decided(finding: str, photographs: Sequence[str], labels: Sequence[str]) -> bool:  # most are not
        if merged or finding in answered or not asked_about.isdisjoint(photographs):
            return True
        return not names_before.keys().isdisjoint(labels)

    columns = ["finding", "kind", "image", "other", "label", "other_label"]
    rows_of_findings = findings[columns].itertuples(index=False, name=None)
    return [one(*cells) if may_be_decided(cells[0], cells[2:4], cells[4:6]) else None for cells in rows_of_findings]


def drop_decided(
    findings: pd.DataFrame, rows: Sequence[Sequence[str]], unknown_label: str, md5: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """The findings that are open.

    Args:
        findings: as findings.csv has them.
        rows: of edits.csv, see `rows_of`.
        unknown_label: the word by which `relabel` says "none of the known".
        md5: see `deciding_rows`.

    Returns:
        The rows of `findings` that no row decides.
    """
    is_open = [row is None for row in deciding_rows(findings, rows, unknown_label, md5)]
    return findings[pd.Series(is_open, findings.index, dtype="bool")]


def _names_before(rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """{present name: the names that the individual had before it was renamed}, the latest first."""
    held = (rows[row] for row in in_force(rows))
    before = {cells[2]: identity_in(cells[0]) for cells in held if cells[1] == RENAME}
    names = {}
    for name in before:
        earlier: list[str] = []
        while (last := before.get(earlier[-1] if earlier else name)) is not None and last not in earlier:
            earlier.append(last)
        names[name] = earlier
    return names
