"""Single answers to look at: the surest right ones and the surest wrong ones, with the photograph that led there."""

from __future__ import annotations

from typing import Any

import pandas as pd

from longtail.reporting.inputs import Inputs
from longtail.reporting.thumbnails import NOTHING, picture

PLACES = ("first", "second", "third", "fourth", "fifth")


def examples(inputs: Inputs, how_many: int, longest: int) -> dict[str, Any]:
    """`how_many` of the best and of the worst, one an identity, so that no whale fills the page."""
    table = inputs.predictions
    doubts = inputs.doubts[inputs.doubts["kind"] == "confident_mistake"].drop_duplicates("image")
    said = dict(zip(doubts["image"], doubts["detail"], strict=True))
    right, wrong = table[table["ap"] == 1], table[table["ap"] == 0]
    # "Nobody we know", said rightly, has no matched photograph to show: the best are known identities.
    best = _surest(right[right["known"]], "identity", how_many)
    worst = _surest(wrong, "first", how_many)
    return {
        "best": [_card(inputs, row, longest) | {"said": ""} for row in best],
        "worst": [_card(inputs, row, longest) | {"said": said.get(row["image"], "")} for row in worst],
        "photographs": len(table),
        "right_first": len(right),
        "in_five": int((table["ap"] > 0).sum()),
        "wrong": len(wrong),
    }


def _surest(table: pd.DataFrame, one_each: str, how_many: int) -> list[dict[Any, Any]]:
    ordered = table.sort_values(["score", "image"], ascending=[False, True])
    # An unknown-labelled identity "" is many animals: it may fill several cards.
    key = ordered[one_each].where(ordered[one_each] != "", ordered["image"])
    return ordered[~key.duplicated()].head(how_many).to_dict("records")


def _card(inputs: Inputs, row: dict[Any, Any], longest: int) -> dict[str, Any]:
    # What a photograph is called in truth: an identity that training never saw is "new" to the identifier.
    answer = row["identity"] if row["known"] else ""
    # Fewer identities than places leave places empty; the empty text is "new" and stays.
    given = [row[place] for place in PLACES if isinstance(row[place], str)]
    candidates = [{"identity": identity, "right": identity == answer} for identity in given]
    nearest = row["nearest"] if isinstance(row["nearest"], str) else ""
    truth = _other_of(inputs, row)
    return {
        **row,
        "candidates": candidates,
        "named": next(filter(None, given), ""),
        "nearest": nearest,
        "picture": picture(inputs.picture_of(row["image"]), longest),
        "matched": picture(inputs.picture_of(nearest), longest) if nearest else NOTHING,
        "truth": truth,
        "truth_picture": picture(inputs.picture_of(truth), longest) if truth else NOTHING,
    }


def _other_of(inputs: Inputs, row: dict[Any, Any]) -> str:
    """A training photograph of the true identity, where the match shows another one."""
    if not row["known"]:
        return ""
    split = inputs.split
    own = split[(split["fold"] == "train") & (split["identity"] == row["identity"])]
    return "" if own.empty or row["nearest"] in set(own["image"]) else str(own["image"].min())
