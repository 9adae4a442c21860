"""Single predictions: the correct and the wrong ones with the highest scores, and the photographs they rest on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.labels.traits import comparable
from longtail.reporting.context import ReportContext
from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import NOTHING

TITLE = "Best and worst predictions"
_HALVES = ("chosen_on_half_a", "chosen_on_half_b")
_RANKS = ("first", "second", "third", "fourth", "fifth")


def section(context: ReportContext) -> dict[str, Any]:
    """The best and the worst predictions, at most one card an identity."""
    inputs, options = context.inputs, context.options
    table = inputs.predictions
    mistakes = inputs.label_issues[inputs.label_issues["kind"] == "confident_mistake"].drop_duplicates("image")
    details = dict(zip(mistakes["image"], mistakes["detail"], strict=True))
    right, wrong = table[table["ap"] == 1], table[table["ap"] == 0]
    # A correct "new" has no matched photograph to show: the best are known identities.
    best = _highest(right[right["known"]], "identity", options.examples)
    worst = _highest(wrong, "first", options.examples)
    return {
        "best": [_card(context, row) | {"detail": ""} for row in best],
        "worst": [_card(context, row) | {"detail": details.get(row["image"], "")} for row in worst],
        "photographs": len(table),
        "right_first": len(right),
        "in_five": int((table["ap"] > 0).sum()),
        "wrong": len(wrong),
        "by_marks": any((inputs.choice.get(half) or {}).get("local_matching") for half in _HALVES),
    }


def _highest(table: pd.DataFrame, one_each: str, limit: int) -> list[dict[Any, Any]]:
    ordered = table.sort_values(["score", "image"], ascending=[False, True])
    # An unknown-labelled identity "" is many animals: it may fill several cards.
    key = ordered[one_each].where(ordered[one_each] != "", ordered["image"])
    return ordered[~key.duplicated()].head(limit).to_dict("records")


def _card(context: ReportContext, row: dict[Any, Any]) -> dict[str, Any]:
    # An identity outside the train fold is "new" to the identifier.
    answer = row["identity"] if row["known"] else ""
    # With fewer than five identities the last ranks are empty (NaN); the empty text is "new" and stays.
    identities = [row[rank] for rank in _RANKS if isinstance(row[rank], str)]
    candidates = [{"identity": identity, "right": identity == answer} for identity in identities]
    nearest = row["nearest"] if isinstance(row["nearest"], str) else ""
    truth = _other_of(context.inputs, row)
    return {
        **row,
        "candidates": candidates,
        "named": next(filter(None, identities), ""),
        "nearest": nearest,
        "picture": context.compared(row["image"]),
        "matched": context.compared(nearest) if nearest else NOTHING,
        "marks": context.inputs.shared_marks(row["image"], nearest),
        "truth": truth,
        "truth_picture": context.compared(truth) if truth else NOTHING,
    }


def _other_of(inputs: Inputs, row: dict[Any, Any]) -> str:
    """A training photograph of the true identity, of the query's side and species; none where it is the match."""
    if not row["known"]:
        return ""
    split = inputs.split
    own = split[(split["fold"] == "train") & (split["identity"] == row["identity"])]
    own = own[comparable(inputs.labelled, row["image"], own["image"])]
    return "" if own.empty or row["nearest"] in set(own["image"]) else str(own["image"].min())
