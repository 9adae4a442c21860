"""Errors that one can see, as findings: labels that are likely wrong, identities that are confused, confident mistakes.

Label errors come from all labelled photographs; the other two from the scored photographs of `valid`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from longtail.labels.findings import table_of
from longtail.scoring.contradicted import likely_errors
from longtail.scoring.views import Views

PLACE_NAMES = ("first", "second", "third", "fourth", "fifth")
_TWICE = 2  # mistakes between two identities that are more than an accident
Row = dict[str, str]


def findings(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    labelled: tuple[pd.DataFrame, Views],
    rows_in_csv: pd.Series,
    limit: int,
) -> pd.DataFrame:
    """`artifacts/evaluate/findings.csv`, in the columns of audit's.

    Args:
        predictions: as in predictions.parquet.
        split: as in split.parquet.
        labelled: index and embeddings of all labelled photographs.
        rows_in_csv: row of train.csv of each photograph, by name.
        limit: rows of each kind at most, the most striking ones.
    """
    errors = likely_errors(split, *labelled, limit=limit)
    doubted = set(errors["image"])
    found = [
        *(_label_error(row) for row in errors.itertuples(index=False)),
        *_first(_confusions(predictions), limit),
        *_first(_confident_mistakes(predictions[~predictions["image"].isin(doubted)]), limit),
    ]
    for row in found:
        row["row"] = str(rows_in_csv.get(row["image"], ""))
    return table_of(found)


def _label_error(row: Any) -> Row:
    said = f"its {row.votes} nearest groups are all of {row.agreed} ({row.nearest:.2f} to {row.weakest:.2f})"
    if row.identity == "":
        against = "it is labelled unknown"
    elif np.isnan(row.own):
        against = f"{row.identity} has no other photograph"
    else:
        against = f"the nearest other of {row.identity}: {row.own:.2f}"
    return _finding(
        "likely_label_error", "warning", (row.image, row.other), (row.identity, row.agreed), f"{said}; {against}",
        proposal="relabel",
    )  # fmt: skip


def _confusions(predictions: pd.DataFrame) -> Iterator[Row]:
    """Pairs of identities that are taken for each other at least twice, the most frequent first."""
    wrong = _misnamed(predictions)
    wrong = wrong[wrong["known"]]
    photographs = predictions[predictions["known"]]["identity"].value_counts()
    pair = pd.Series(
        ["\0".join(sorted(both)) for both in zip(wrong["identity"], wrong["first"], strict=True)], wrong.index
    )
    times = pair.map(pair.value_counts())
    order = wrong.assign(pair=pair, times=times).sort_values(
        ["times", "pair", "score", "image"], ascending=[False, True, False, True]
    )
    for _, mistakes in order[order["times"] >= _TWICE].groupby("pair", sort=False):
        one = mistakes.iloc[0]
        this_way = int((mistakes["identity"] == one["identity"]).sum())
        other_way = len(mistakes) - this_way
        detail = (
            f"{this_way} of {photographs[one['identity']]} photographs of {one['identity']} are named {one['first']}"
        )
        if other_way:
            detail += f", {other_way} of {photographs[one['first']]} the other way round"
        yield _finding("confusion", "info", (one["image"], one["nearest"]), (one["identity"], one["first"]), detail)


def _confident_mistakes(predictions: pd.DataFrame) -> Iterator[Row]:
    """Photographs named wrongly, surer than half of the right answers, the surest first.

    Scores of the two halves may be two scorers', so that each is measured by the right answers of its half.
    """
    wrong = _misnamed(predictions).assign(surer=0.0)
    for half, rows in wrong.groupby("half"):
        right = predictions[(predictions["half"] == half) & predictions["known"]]
        scores = np.sort(right.loc[right["first"] == right["identity"], "score"].to_numpy())
        below = np.searchsorted(scores, rows["score"].to_numpy(), side="left")
        wrong.loc[rows.index, "surer"] = below / max(1, len(scores))
    wrong = wrong[wrong["surer"] > 0.5].sort_values(["surer", "score", "image"], ascending=[False, False, True])
    for row in wrong.itertuples(index=False):
        detail = f"named {row.first}, surer than {row.surer:.0%} of the right answers; {_where_right(row)}"
        yield _finding("confident_mistake", "info", (row.image, row.nearest), (row.identity, row.first), detail)


def _misnamed(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows whose first guess is a known identity, and not theirs."""
    first = predictions["first"].fillna("")
    return predictions[(first != "") & (first != predictions["identity"])]


def _where_right(row: Any) -> str:
    if row.identity == "":
        return "it is labelled unknown"
    if not row.known:
        return f"{row.identity} is not in the train fold"
    guesses = [getattr(row, place) for place in PLACE_NAMES]
    if row.identity in guesses:
        return f"{row.identity} comes {PLACE_NAMES[guesses.index(row.identity)]}"
    return f"{row.identity} is not among the five"


def _finding(
    kind: str, severity: str, images: tuple[Any, Any], labels: tuple[Any, Any], detail: str, proposal: str = ""
) -> Row:
    image, other = ("" if pd.isna(name) else str(name) for name in images)
    return {
        "kind": kind,
        "severity": severity,
        "image": image,
        "other": other,
        "label": str(labels[0]),
        "other_label": str(labels[1]),
        "row": "",
        "distance": "",
        "detail": detail,
        "proposal": proposal,
    }


def _first(rows: Iterator[Row], limit: int) -> list[Row]:
    return [row for _, row in zip(range(limit), rows, strict=False)]
