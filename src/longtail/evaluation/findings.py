"""Findings of `evaluate`, for people: likely label errors, confused identities, and confident mistakes.

Labels are checked among all labelled photographs; the other two kinds come from the scored photographs of `valid`.
All findings are written, the clearest first; how many are shown is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from longtail.evaluation.label_errors import DECIDED, LEAST_PROBABILITY, find_label_errors
from longtail.labels.findings import findings_table
from longtail.labels.measured import may_relabel
from longtail.recognition.embeddings import PairedEmbeddings

RANK_NAMES = ("first", "second", "third", "fourth", "fifth")
_LEAST_CONFUSIONS = 2  # mistakes between two identities that are more than a coincidence
Row = dict[str, str]


def findings(
    predictions: pd.DataFrame,
    split: pd.DataFrame,
    labelled: tuple[pd.DataFrame, list[PairedEmbeddings]],
    images: pd.DataFrame,
    audited: pd.DataFrame,
) -> pd.DataFrame:
    """`artifacts/evaluate/findings.csv`, in the columns of audit's.

    Args:
        predictions: as in predictions.parquet.
        split: as in split.parquet.
        labelled: index of all labelled photographs, their embeddings by the trained and by the untrained network.
        images: of each photograph: image, row (of train.csv), md5.
        audited: audit's findings. Pictures with conflicting labels are listed again, with a proposal where the
            neighbours support one of the two.

    Returns:
        A row a finding.
    """
    conflicts = audited[audited["kind"] == "conflict"]
    errors = find_label_errors(split, *labelled, conflicts)
    listed = {*errors.likely["image"], *errors.doubtful["image"]}
    rows = [
        *(_conflict(row) for row in errors.conflicts.itertuples(index=False)),
        *(_label_error(row) for row in errors.likely.itertuples(index=False)),
        *(_doubtful(row) for row in errors.doubtful.itertuples(index=False)),
        *_confusions(predictions),
        *_confident_mistakes(predictions[~predictions["image"].isin(listed)]),
    ]
    csv_row = dict(zip(images["image"], images["row"].astype("str"), strict=True))
    for row in rows:
        row["row"] = csv_row.get(row["image"], "")
    return findings_table(rows, dict(zip(images["image"], images["md5"], strict=True)), ranked=True)


def _conflict(row: Any) -> Row:
    """A picture with conflicting labels; the photograph whose label is less likely comes first."""
    image, other, label, other_label, p, p_other = row.image, row.other, row.label, row.other_label, row.p, row.p_other
    if p > p_other:
        image, other, label, other_label, p, p_other = other, image, other_label, label, p_other, p
    odds = p_other / max(p, 1e-6)
    decided = odds >= DECIDED and p_other >= LEAST_PROBABILITY
    by_neighbours = f"{min(odds, 1e4):,.0f} times as likely as {label}" if decided else f"about as likely as {label}"
    detail = f"two labels for one picture, excluded from training and scoring; by its neighbours {other_label} is "
    proposal = "relabel" if decided and may_relabel("conflict") else ""
    return _finding("conflict", "warning", (image, other), (label, other_label), detail + by_neighbours, proposal)


def _label_error(row: Any) -> Row:
    detail = f"its two nearest groups are of {row.agreed} (similarity {row.first:.2f} and {row.second:.2f})"
    detail += f"; the nearest other group of {row.identity}: {row.own:.2f}"
    proposal = "relabel" if may_relabel("likely_label_error") else ""
    images, labels = (row.image, row.other), (row.identity, row.agreed)
    return _finding("likely_label_error", "warning", images, labels, detail, proposal)


def _doubtful(row: Any) -> Row:
    detail = f"no other photograph of {row.identity} is similar (the nearest: {row.own:.2f})"
    detail += f"; the most similar one is of {row.agreed} ({row.first:.2f}), which alone does not prove an error"
    return _finding("doubtful_label", "warning", (row.image, row.other), (row.identity, row.agreed), detail)


def _confusions(predictions: pd.DataFrame) -> Iterator[Row]:
    """Pairs of identities that are confused at least twice, the most frequent first."""
    wrong = _misnamed(predictions)
    wrong = wrong[wrong["known"]]
    photographs = predictions[predictions["known"]]["identity"].value_counts()
    pair = pd.Series(
        ["\0".join(sorted(both)) for both in zip(wrong["identity"], wrong["first"], strict=True)], wrong.index
    )
    count = pair.map(pair.value_counts())
    order = wrong.assign(pair=pair, count=count).sort_values(
        ["count", "pair", "score", "image"], ascending=[False, True, False, True]
    )
    for _, mistakes in order[order["count"] >= _LEAST_CONFUSIONS].groupby("pair", sort=False):
        one = mistakes.iloc[0]
        this_way = int((mistakes["identity"] == one["identity"]).sum())
        other_way = len(mistakes) - this_way
        identity, predicted = one["identity"], one["first"]
        detail = f"{this_way} of {photographs[identity]} photographs of {identity} are predicted as {predicted}"
        if other_way:
            detail += f", {other_way} of {photographs[predicted]} the other way round"
        yield _finding("confusion", "info", (one["image"], one["nearest"]), (identity, predicted), detail)


def _confident_mistakes(predictions: pd.DataFrame) -> Iterator[Row]:
    """Wrong predictions with a higher score than half of the right ones, the highest first.

    The two halves may be scored by different classifiers, so each mistake is compared with its own half.

    Yields:
        A row a finding.
    """
    wrong = _misnamed(predictions).assign(above=0.0)
    for half, rows in wrong.groupby("half"):
        right = predictions[(predictions["half"] == half) & predictions["known"]]
        scores = np.sort(right.loc[right["first"] == right["identity"], "score"].to_numpy())
        below = np.searchsorted(scores, rows["score"].to_numpy(), side="left")
        wrong.loc[rows.index, "above"] = below / max(1, len(scores))
    wrong = wrong[wrong["above"] > 0.5].sort_values(["above", "score", "image"], ascending=[False, False, True])
    for row in wrong.itertuples(index=False):
        detail = f"predicted as {row.first}, with a higher score than {row.above:.0%} of the right predictions; "
        detail += _rank_of_truth(row)
        yield _finding("confident_mistake", "info", (row.image, row.nearest), (row.identity, row.first), detail)


def _misnamed(predictions: pd.DataFrame) -> pd.DataFrame:
    """The rows whose first prediction is a known identity, and not theirs."""
    first = predictions["first"].fillna("")
    return predictions[(first != "") & (first != predictions["identity"])]


def _rank_of_truth(row: Any) -> str:
    if row.identity == "":
        return "it is labelled unknown"
    if not row.known and row.class_count:
        return f"the train fold has no photograph of {row.identity} from its side"
    if not row.known:
        return f"{row.identity} is not in the train fold"
    ranked = [getattr(row, column) for column in RANK_NAMES]
    if row.identity in ranked:
        return f"{row.identity} is {RANK_NAMES[ranked.index(row.identity)]}"
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
