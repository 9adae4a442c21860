"""The result of the validation: the error message, `verdict.json`, and the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from longtail.errors import Problem, counted
from longtail.labels.validation_tables import TWINS

if TYPE_CHECKING:
    from longtail.labels.check import Check

EXAMPLES = 5
"""How many offending rows `verdict.json` quotes for a finding."""
OFFENDING = "offending_rows.csv"
"""All of them, in a file of the Data Docs folder."""


@dataclass(frozen=True)
class Finding:
    """A check that did not hold.

    `count` is how many rows it did not hold for, or 1 where it speaks of the whole table; `offending` holds those rows
    (`row`: 0 where there is none, `image`, `value`) in the table's order.
    """

    check: Check
    what: str
    count: int
    offending: pd.DataFrame


def validation_report(facts: dict[str, Any], findings: Sequence[Finding]) -> dict[str, Any]:
    """What `verdict.json` holds; no times and no ids, so that equal tables give equal bytes.

    Args:
        facts: see `frequency.label_statistics`.
        findings: what did not hold.

    Returns:
        Plain values that JSON can hold.
    """
    return {
        "facts": facts,
        "findings": [
            {
                "expectation": finding.check.name,
                "severity": finding.check.severity,
                "what": finding.what,
                "count": finding.count,
                "examples": finding.offending.head(EXAMPLES).to_dict("records"),
                "remedy": finding.check.remedy,
            }
            for finding in findings
        ],
    }


def critical_problems(findings: Sequence[Finding], table: str, docs: str) -> list[Problem]:
    """One problem a finding, as errors tell it, and a last one that says where all offending rows are.

    Args:
        findings: what did not hold.
        table: the label table, as a user writes its path.
        docs: the Data Docs folder, likewise.

    Returns:
        What BadInput is raised with.
    """
    critical = [
        Problem(
            finding.what,
            finding.check.remedy,
            where=_where(finding, table),
            count=finding.count,
            example=_example(finding),
        )
        for finding in findings
    ]
    what = "the label table does not meet what is expected of it"
    remedy = f"All offending rows: {docs}/{OFFENDING}; every expectation: open {docs}/index.html in a browser."
    return [*critical, Problem(what, remedy)]


def offending_rows(findings: Sequence[Finding]) -> pd.DataFrame:
    """Every offending row of every finding: expectation, severity, row, image, value."""
    parts = [
        finding.offending.assign(expectation=finding.check.name, severity=finding.check.severity)
        for finding in findings
    ]
    columns = ["expectation", "severity", "row", "image", "value"]
    return pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)


def summary_line(facts: dict[str, Any], warnings: int) -> str:
    """The stage's summary.

    Args:
        facts: see `frequency.label_statistics`.
        warnings: number of warnings.

    Returns:
        One line of text.
    """
    outcome = f"{warnings} warning{'' if warnings == 1 else 's'}" if warnings else "no problems found"
    return (
        f"{counted(facts['photographs'], 'photograph')} of {counted(facts['identities'], 'identity', 'identities')} "
        f"({facts['seen_once']:,} seen once), {facts['unknown']:,} unknown; {outcome}"
    )


def _where(finding: Finding, table: str) -> str:
    rows = finding.offending["row"]
    return f"{table}, row {rows.iloc[0]}" if len(rows) and rows.iloc[0] else ""


def _example(finding: Finding) -> str:
    if finding.offending.empty:
        return ""
    first = finding.offending.iloc[0]
    name = repr(first["image"]) if first["image"] else ""
    if finding.check.name == "file_exists":
        return f"{name}; there is {first['value']!r}" if first["value"] else name
    value = "" if first["value"] == first["image"] else first["value"]
    if value and finding.check.value not in TWINS:  # those are quoted each
        value = repr(value)
    return f"{value} of {name}" if name and value else name or value
