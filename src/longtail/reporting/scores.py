"""The score in detail: by class count, and by approach."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.reporting.charts import interval, shared_axis
from longtail.reporting.inputs import Inputs
from longtail.reporting.words import ENOUGH, SLICES, approach, digits, number, spoken

SEEN = {"seen_1": "1", "seen_2_4": "2-4", "seen_5_9": "5-9", "seen_10": "10+"}
"""Column of approaches.csv -> slice of scorecard.csv: closed MAP@5 by class count."""
_MEASURED = ("open_map_at_5", "low", "high", "closed_map_at_5", "accuracy", *SEEN, "rows", "added")


def scorecard(inputs: Inputs) -> dict[str, Any]:
    """A row a slice, with its interval; slices under `ENOUGH` photographs are marked."""
    table = inputs.scorecard
    axis = shared_axis([number(value) for name in ("low", "map_at_5", "high") for value in table[name]])
    rows = [
        {
            **row,
            "name": SLICES.get(row["slice"], row["slice"]),
            "few": (number(row["photographs"]) or 0) < ENOUGH,
            "empty": not number(row["photographs"]),
            "bar": interval(number(row["low"]), number(row["map_at_5"]), number(row["high"]), axis),
        }
        for row in table.to_dict("records")
    ]
    return {"rows": rows, "axis": axis}


def approaches(inputs: Inputs) -> dict[str, Any]:
    """A row an approach and scorer, the mean over its seeds, best first; the chosen one marked."""
    table = inputs.approaches
    # Without a seed beside it a repeated approach would count twice; the mean of one is itself.
    measured = [name for name in _MEASURED if name in table]
    grouped = table.groupby(["approach", "scorer"], sort=True)
    means = grouped[measured].mean()
    means["seeds"] = grouped["seed"].nunique()
    means["chosen"] = grouped["chosen"].any()
    means["spread"] = grouped["open_map_at_5"].max() - grouped["open_map_at_5"].min()
    means = means.reset_index().sort_values(["open_map_at_5", "approach", "scorer"], ascending=[False, True, True])
    axis = shared_axis(
        [number(value) for name in ("low", "open_map_at_5", "high") for value in means[name]], from_zero=False
    )
    rows = [
        {
            **row,
            "bar": interval(
                number(row["low"]), number(row["open_map_at_5"]), number(row["high"]), axis, chosen=bool(row["chosen"])
            ),
        }
        for row in means.to_dict("records")
    ]
    return {
        "rows": rows,
        "axis": axis,
        "several_seeds": bool((means["seeds"] > 1).any()),
        "slices": [_leader(means, name, inputs.scorecard) for name in SEEN if name in means],
        "choice": inputs.choice,
        "halves": _halves(inputs.choice),
    }


def _leader(means: pd.DataFrame, column: str, card: pd.DataFrame) -> dict[str, Any]:
    """Which approach stands highest for one class count, if there are enough photographs to say so."""
    named = SEEN[column]
    photographs = number(card.loc[card["slice"] == named, "photographs"].sum()) or 0
    known = means.dropna(subset=[column]).sort_values([column, "approach", "scorer"], ascending=[False, True, True])
    leader = None if known.empty or photographs < ENOUGH else known.iloc[0]
    return {
        "name": SLICES[named],
        "column": column,
        "photographs": int(photographs),
        "approach": None if leader is None else f"{approach(leader['approach'])} with {spoken(leader['scorer'])}",
        "score": None if leader is None else leader[column],
        "next": None if leader is None or len(known) < 2 else known.iloc[1][column],
    }


def _halves(choice: dict[str, Any]) -> list[dict[str, str]]:
    """What was chosen on each half of `valid`, and which half it was then scored on."""
    told = []
    for half, other in (("a", "b"), ("b", "a")):
        chosen = choice.get(f"chosen_on_half_{half}")
        if chosen:
            words = f"{approach(chosen['approach'])} with {spoken(chosen['scorer'])}, {_says(chosen.get('threshold'))}"
            told.append({"half": half, "other": other, "chosen": words})
    return told


def _says(threshold: Any) -> str:
    """A threshold in words; scores lie between -1 and 1, and one beyond them always or never says "new"."""
    limit = number(threshold)
    if limit is None:
        return "never “new”"
    if abs(limit) > 1:
        return "always “new” first" if limit > 0 else "“new” only after every name"
    return f"“new” before whatever scores under {digits(limit)}"
