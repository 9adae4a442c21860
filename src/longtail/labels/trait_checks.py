"""The checks of data.side_column and data.species_column."""

from __future__ import annotations

from longtail.labels.check import Check, row_check
from longtail.params import DataParams


def trait_checks(data: DataParams) -> list[Check]:
    """The checks of the two columns, each where it is named.

    Args:
        data: names of the columns.

    Returns:
        Warnings: whatever does not hold, the photographs can be used.
    """
    compared = "It is compared with all; fill it in where somebody can tell."
    kind, declared = "ValuesToNotBeNull", []
    if data.side_column:
        what = f"photograph without a side in '{data.side_column}'"
        declared.append(row_check("side_is_known", kind, "side", what, compared, "warning", value="image"))
    if data.species_column:
        what = f"photograph without a species in '{data.species_column}'"
        again = "See whether it is spelt as the others are; nothing else can be compared with it."
        named = "They are two individuals, written as name@species from here on."
        declared += [
            row_check("species_is_known", kind, "species", what, compared, "warning", value="image"),
            row_check(
                "species_are_seen_again",
                "ValuesToBeNull",
                "lone_species",
                "species with one photograph",
                again,
                "warning",
            ),
            row_check(
                "name_has_one_species",
                "ValuesToBeNull",
                "species_twins",
                "row of a name of two species",
                named,
                "warning",
            ),
        ]
    return declared
