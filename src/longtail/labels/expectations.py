"""The checks of a label table: suites of expectations, each with the message for when it does not hold.

A check names an expectation of Great Expectations (https://greatexpectations.io/expectations) and its arguments;
`gx_runner.py` runs them. `labels`, `files` and `identities` are the tables of `validation_tables.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from longtail.labels.check import Check, Severity, row_check
from longtail.labels.dates import REMEDY
from longtail.labels.spreadsheet import FORMULA
from longtail.labels.trait_checks import trait_checks
from longtail.names import OWN_NAME
from longtail.params import DataParams

Adjustable = Literal[
    "identity_is_trimmed", "identity_is_one_word", "identity_has_one_case", "identity_has_one_number",
    "identity_was_not_reformatted", "identity_is_no_formula", "image_is_no_formula", "unknown_label_occurs",
    "unknowns_are_few", "files_have_rows", "most_are_seen_again", "none_dominates", "side_is_known",
    "species_is_known", "species_are_seen_again", "name_has_one_species",
]  # fmt: skip
"""Checks whose severity is a parameter: the later stages can work where they do not hold."""


@dataclass(frozen=True)
class Limits:
    """Thresholds of the checks that speak of the whole table; shares are fractions of one."""

    min_identities: int
    max_unknown_share: float
    max_seen_once_share: float
    max_largest_share: float


def checks(data: DataParams, limits: Limits, severity: Mapping[Adjustable, Severity]) -> list[Check]:
    """All checks, in the order in which a person should mend things.

    Args:
        data: names of the columns, and the word for "unknown".
        limits: thresholds of the checks of the whole table.
        severity: {check: severity} that replaces the declared one.

    Returns:
        The declared checks.
    """
    declared = _of_rows(data) + _of_files() + _of_the_whole(data, limits) + trait_checks(data)
    asked: dict[str, Severity] = {str(name): chosen for name, chosen in severity.items()}
    return [replace(check, severity=asked.get(check.name, check.severity)) for check in declared]


def _of_rows(data: DataParams) -> list[Check]:
    image, identity = f"'{data.image_column}'", f"'{data.identity_column}'"
    unknown = f", or write '{data.unknown_label}' if it is none of the known" if data.unknown_label else ""
    report_it = "Report this: Longtail reads every label as text."
    return [
        row_check("image_column_exists", "ToExist", "image", f"no column {image}", "Add the column."),
        row_check("identity_column_exists", "ToExist", "identity", f"no column {identity}", "Add the column."),
        row_check("image_is_text", "ValuesToBeOfType", "image", f"column {image} is not text", report_it, type_="str"),
        row_check(
            "identity_is_text", "ValuesToBeOfType", "identity", f"column {identity} is not text", report_it, type_="str"
        ),
        row_check(
            "image_is_filled",
            "ValuesToNotBeNull",
            "image",
            f"row with a blank {image}",
            "Fill in the file name or delete the row.",
            value="identity",
        ),
        row_check(
            "identity_is_filled",
            "ValuesToNotBeNull",
            "identity",
            f"row with a blank {identity}",
            f"Fill in the identity{unknown}.",
            value="image",
        ),
        row_check(
            "image_stays_in_folder",
            "ValuesToMatchRegex",
            "image",
            "photograph whose name leads out of the folder",
            "Write the plain file name: no slash, backslash, drive, control character or leading dot.",
            regex=OWN_NAME,
        ),
        row_check(
            "image_is_unique",
            "ValuesToBeUnique",
            "image",
            "row that shares its photograph with another row",
            "Keep one row a photograph; where the identities differ, decide which one is right.",
        ),
        row_check(
            "file_exists",
            "ValuesToBeInSet",
            "file_exists",
            "photograph that is not in the folder",
            "Bring the file, mend the name (case and ending count), or delete the row.",
            value="nearest_file",
            value_set=[True],
        ),
        row_check(
            "identity_is_trimmed",
            "ValuesToNotMatchRegex",
            "identity",
            "identity with a space before or after it",
            "Delete the space: with it the name counts as another identity.",
            regex=r"^\s|\s\Z",
        ),
        row_check(
            "identity_is_one_word",
            "ValuesToNotMatchRegex",
            "identity",
            "identity with a space or control character in it",
            "Write an underscore instead: a submission separates its five candidates by spaces.",
            regex=r"\S\s+\S|[\x00-\x08\x0e-\x1f\x7f]",
        ),
        row_check(
            "identity_has_one_case",
            "ValuesToBeNull",
            "case_twins",
            "row whose identity differs from another in case or spaces alone",
            "If they are the same one, write it one way.",
            "warning",
        ),
        row_check(
            "identity_has_one_number",
            "ValuesToBeNull",
            "number_twins",
            "row whose identity is the same number as another, written differently",
            "Spreadsheets drop leading zeros: if they are the same one, write it one way.",
            "warning",
        ),
        row_check(
            "identity_was_not_reformatted",
            "ValuesToNotMatchRegex",
            "identity",
            "row whose identity looks like a number that a program has rewritten",
            "Export the table again with this column as text.",
            "warning",
            regex=r"^[0-9]+\.0+\Z|^[0-9](?:\.[0-9]+)?[eE]\+[0-9]+\Z",
        ),
        *(_no_formula(column) for column in ("identity", "image")),
        *(_date_is_readable(data.date_column) if data.date_column else []),
    ]


def _no_formula(column: str) -> Check:
    what = f"row whose {column} a spreadsheet would run as a formula"
    remedy = "Begin it with a letter or a digit; `longtail export` writes a single quote before it."
    kind = "ValuesToNotMatchRegex"
    return row_check(f"{column}_is_no_formula", kind, column, what, remedy, "warning", regex=FORMULA)


def _date_is_readable(column: str) -> list[Check]:
    what = f"row whose '{column}' cannot be read for certain"
    return [row_check("date_is_readable", "ValuesToBeNull", "unread_date", what, REMEDY)]


def _of_files() -> list[Check]:
    what, remedy = "file without a row in the label table", "It is not learned from: give it a row, or move it away."
    arguments = {"column": "has_row", "value_set": [True]}
    return [Check("files_have_rows", "files", "ExpectColumnValuesToBeInSet", arguments, "warning", what, remedy)]


def _of_the_whole(data: DataParams, limits: Limits) -> list[Check]:
    return [
        Check(
            "identities_are_enough",
            "identities",
            "ExpectTableRowCountToBeBetween",
            {"min_value": limits.min_identities},
            "critical",
            f"the label table names {{observed}} identities, fewer than {limits.min_identities}",
            "Label photographs of more identities, or see whether data.identity_column is the right column.",
        ),
        *(_unknown_label_occurs(data.unknown_label) if data.unknown_label else []),
        Check(
            "unknowns_are_few",
            "labels",
            "ExpectColumnMeanToBeBetween",
            {"column": "is_unknown", "max_value": limits.max_unknown_share},
            "warning",
            f"a share of {{observed}} of the photographs is unknown, above {limits.max_unknown_share}",
            "See whether data.unknown_label is right; else raise validate.max_unknown_share.",
        ),
        Check(
            "most_are_seen_again",
            "identities",
            "ExpectColumnMeanToBeBetween",
            {"column": "seen_once", "max_value": limits.max_seen_once_share},
            "warning",
            f"a share of {{observed}} of the identities has one photograph, above {limits.max_seen_once_share}",
            "Those cannot be scored as known; a second photograph of them would help most.",
        ),
        Check(
            "none_dominates",
            "identities",
            "ExpectColumnMaxToBeBetween",
            {"column": "share", "max_value": limits.max_largest_share},
            "warning",
            f"one identity holds a share of {{observed}} of the named photographs, above {limits.max_largest_share}",
            "If its label says 'none of the known', set data.unknown_label to it.",
        ),
    ]


def _unknown_label_occurs(label: str) -> list[Check]:
    what = f"no photograph is labelled '{label}' (data.unknown_label)"
    remedy = (
        f"Put photographs of individuals without a name into a folder {label}/, or label them {label}: without any, "
        "nobody is ever called new. If the table has another word for them, set data.unknown_label to it."
    )
    arguments = {"column": "is_unknown", "min_value": 1}
    return [Check("unknown_label_occurs", "labels", "ExpectColumnSumToBeBetween", arguments, "warning", what, remedy)]
