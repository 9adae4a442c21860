"""One check of the label table, as `expectations` and `trait_checks` declare it and `gx_runner` runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Check:
    """One expectation: which table, which of Great Expectations, how bad, and the words for a person.

    `value` is the column that the examples show. `what` may hold `{observed}`.
    """

    name: str
    table: Literal["labels", "files", "identities"]
    expectation: str
    arguments: Mapping[str, Any]
    severity: Severity
    what: str
    remedy: str
    value: str = ""


def row_check(
    name: str,
    kind: str,
    column: str,
    what: str,
    remedy: str,
    severity: Severity = "critical",
    *,
    value: str = "",
    **arguments: Any,
) -> Check:
    """A check of a column of `labels`.

    Args:
        name: of the check.
        kind: which expectation, without "ExpectColumn".
        column: whose values are judged.
        what: the message.
        remedy: what to do.
        severity: unless it is critical.
        value: column that the examples show; `""`: the one that is judged.
        **arguments: of the expectation.

    Returns:
        The check.
    """
    arguments["column"] = column
    return Check(name, "labels", f"ExpectColumn{kind}", arguments, severity, what, remedy, value or column)
