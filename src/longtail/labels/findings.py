"""The table of findings: what a person should know about the photographs, a row a finding, from whichever stage.

Every value is text; `finding` names a row by what it says, so that the name outlives another order of the rows.
UNKNOWN labels are `""`; `proposal` is an action of edits.csv, or `""`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd

COLUMNS = (
    "finding", "kind", "severity", "image", "other", "label", "other_label", "row", "distance", "detail", "proposal",
)  # fmt: skip
_SAYS = ["kind", "image", "other", "label", "other_label", "detail"]


def table_of(rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """`rows` as findings.csv has them: warnings first, then by kind and image, each with its name."""
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    warnings_first = table["severity"].map({"warning": 0, "info": 1})
    order = table.assign(first=warnings_first).sort_values(["first", "kind", "image", "other", "detail"], kind="stable")
    table = order.drop(columns="first").reset_index(drop=True)
    return table.assign(finding=_names(table))


def _names(table: pd.DataFrame) -> list[str]:
    """8 hex digits of what each finding says; where it stands in train.csv is no part of it."""
    taken: set[str] = set()
    names = []
    for said in table[_SAYS].itertuples(index=False):
        text = "\0".join(said)
        name = _digits(text)
        while name in taken:  # once in thousands of millions of pairs
            text += "\0"
            name = _digits(text)
        taken.add(name)
        names.append(name)
    return names


def _digits(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
