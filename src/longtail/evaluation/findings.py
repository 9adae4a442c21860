"""Errors that one can see, as findings: labels that are likely wrong, identities that are confused, confident mistakes.

Labels are doubted among all labelled photographs; the other two come from the scored photographs of `valid`. All that
was found is written, the most striking first: who shows it cuts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.label_errors import DECIDED, NOT_NOTHING, contradicted
from longtail.labels.findings import table_of
from longtail.labels.measured import may_relabel
from longtail.recognition.embeddings import Views

PLACE_NAMES = ("first", "second", "third", "fourth", "fifth")
_TWICE = 2  # mistakes between two identities that are more than an accident
Row = dict[str, str]


def findings(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    labelled: tuple[pd.DataFrame, list[Views]],
    images: pd.DataFrame,
    audited: pd.DataFrame,
) -> pd.DataFrame:
    """`artifacts/evaluate/findings.csv`, in the columns of audit's.

    Args:
        predictions: as in predictions.parquet.
        split: as in split.parquet.
        labelled: index of all labelled photographs, their embeddings by the trained and by the untrained network.
        images: of each photograph: image, row (of train.csv), md5.
        audited: audit's findings; what it says of pictures with two names is said again, with a proposal where the
            neighbours of both agree.
    """
    conflicts = audited[audited["kind"] == "conflict"]
    found = contradicted(split, *labelled, conflicts)
    doubted = {*found.likely["image"], *found.doubtful["image"]}
    rows = [
        *(_conflict(row) for row in found.conflicts.itertuples(index=False)),
        *(_label_error(row) for row in found.likely.itertuples(index=False)),
        *(_doubtful(row) for row in found.doubtful.itertuples(index=False)),
        *_confusions(predictions),
        *_confident_mistakes(predictions[~predictions["image"].isin(doubted)]),
    ]
    written = dict(zip(images["image"], images["row"].astype("str"), strict=True))
    for row in rows:
        row["row"] = written.get(row["image"], "")
    return table_of(rows, dict(zip(images["image"], images["md5"], strict=True)), ranked=True)


def _conflict(row: Any) -> Row:
    """A picture with two names: the photograph whose name goes comes first, where the neighbours say which."""
    image, other, label, other_label, p, p_other = row.image, row.other, row.label, row.other_label, row.p, row.p_other
    if p > p_other:  # the first name stays
        image, other, label, other_label, p, p_other = other, image, other_label, label, p_other, p
    odds = p_other / max(p, 1e-6)
    decided = odds >= DECIDED and p_other >= NOT_NOTHING
    said = f"two names for one picture, left out of training and scoring; by its neighbours {other_label} is "
    said += f"{min(odds, 1e4):,.0f} times as likely as {label}" if decided else f"no likelier than {label}, or hardly"
    proposal = "relabel" if decided and may_relabel("conflict") else ""
    return _finding("conflict", "warning", (image, other), (label, other_label), said, proposal)


def _label_error(row: Any) -> Row:
    said = f"its nearest groups are of {row.agreed} ({row.first:.2f} and {row.second:.2f})"
    said += f"; the nearest other of {row.identity}: {row.own:.2f}"
    proposal = "relabel" if may_relabel("likely_label_error") else ""
    return _finding("likely_label_error", "warning", (row.image, row.other), (row.identity, row.agreed), said, proposal)


def _doubtful(row: Any) -> Row:
    said = f"no other photograph of {row.identity} looks like it (the nearest: {row.own:.2f})"
    said += f"; most like it is one of {row.agreed} ({row.first:.2f}), which may be no more than a likeness"
    return _finding("doubtful_label", "warning", (row.image, row.other), (row.identity, row.agreed), said)


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
