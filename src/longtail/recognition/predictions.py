"""The five predictions for a test photograph: labels of duplicates first, then the classifier's, with "new" among them.

These rules decide the rows of `submission.csv`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from longtail.errors import BadInput, Problem
from longtail.recognition.local_matching.supporting import Support
from longtail.recognition.open_set.calibration import PROBABILITY_DIGITS, Probabilities
from longtail.recognition.open_set.decision import Decision
from longtail.recognition.top_k import NEW, NONE, TOP_K, TopK
from longtail.recognition.traits import Comparison

if TYPE_CHECKING:
    import pandas as pd

NEW_LABEL = ""


@dataclass(frozen=True)
class Prediction:
    """One predicted identity (`""` is new), its score, the labelled photograph that supports it, and its origin.

    The score of "new" is the threshold; NaN where the probabilities rank the answers.
    """

    identity: str
    score: float
    match: str
    kind: str  # classifier, duplicate, new, frequent
    probability: float | None = None  # None where there is none: of a duplicate, or where nothing was fitted
    marks: float | None = None  # that its photograph shares (`count_marks`); None where marks are not compared


def ranked(
    top_k: TopK,
    decision: Decision,
    identities: Sequence[str],
    supports: Sequence[Sequence[Support]],
) -> list[list[Prediction]]:
    """The classifier's predictions by name, with "new" among them, and their probabilities.

    Args:
        top_k: the best known identities of n photographs.
        decision: what ranks them.
        identities: their names.
        supports: (n, 5), the labelled photograph behind each of `top_k`.

    Returns:
        n lists of at most TOP_K predictions, best first.
    """
    predictions = []
    probabilities = decision.probabilities(top_k)
    new_score = math.nan if decision.by_probability else float(decision.threshold or 0.0)
    for row, numbers in enumerate(decision.answers(top_k).tolist()):
        of_photograph: list[Prediction] = []
        known = 0
        for number in numbers:
            if number == NEW:
                of_photograph.append(
                    Prediction(NEW_LABEL, new_score, "", "new", _probability(probabilities, row, None))
                )
            elif number != NONE:
                score, support = float(top_k.score[row, known]), supports[row][known]
                probability = _probability(probabilities, row, known)
                behind = support.image or "", "classifier", probability, support.marks
                of_photograph.append(Prediction(identities[number], score, *behind))
                known += 1
        predictions.append(of_photograph)
    return predictions


def _probability(probabilities: Probabilities | None, row: int, column: int | None) -> float | None:
    """The probability of "new" (column None) or of a candidate, by its column of the scores."""
    if probabilities is None or (column is not None and probabilities.candidates is None):
        return None
    value = (
        probabilities.new[row]
        if column is None or probabilities.candidates is None
        else probabilities.candidates[row, column]
    )
    return round(float(value), PROBABILITY_DIGITS)


def without_probabilities(predictions: Sequence[Prediction]) -> list[Prediction]:
    """The same predictions for a picture that is labelled: its probabilities do not hold."""
    return [replace(prediction, probability=None) for prediction in predictions]


def fallback_predictions(photographs: pd.DataFrame, *, new: bool) -> list[Prediction]:
    """Predictions for an image that could not be opened: new, then the most frequent identities.

    Args:
        photographs: the labelled ones (`identity`).
        new: whether "new" may be predicted.

    Returns:
        At most TOP_K predictions; of equally frequent identities the name that sorts first.
    """
    counts = photographs["identity"].value_counts().rename_axis("identity").reset_index(name="count")
    counts = counts.sort_values(["count", "identity"], ascending=[False, True])
    first = [Prediction(NEW_LABEL, 0.0, "", "new")] if new else []
    return first + [Prediction(name, 0.0, "", "frequent") for name in counts["identity"][: TOP_K - len(first)]]


def duplicate_labels(
    matches: pd.DataFrame, split: pd.DataFrame, *, new: bool, comparable: Comparison | None = None
) -> dict[str, list[Prediction]]:
    """The labels of the labelled photographs that show the same picture as a test photograph.

    Where the labels of one picture conflict (`reason` in the split), both are given, the other photographs of the
    group included. A photograph of unknown label gives "new"; one that the team dropped is not in the split and gives
    nothing.

    Args:
        matches: the table of `test_matches.parquet`: image, match (a labelled photograph), distance.
        split: the table of `split.parquet`.
        new: whether "new" may be predicted.
        comparable: which test photographs may be compared with which labelled ones; None: each with all.

    Returns:
        {test image: predictions}, named identities first, then by distance.
    """
    import pandas as pd

    columns = ["image", "identity", "group", "reason"]
    labelled = matches.merge(split[columns], left_on="match", right_on="image", suffixes=("", "_labelled"))
    disputed = split.loc[split["reason"] != "", columns].drop(columns="reason")
    others = (
        labelled[labelled["reason"] != ""]
        .drop(columns=["match", "identity"])
        .merge(disputed.rename(columns={"image": "match"}), on="group")
    )
    rows = pd.concat([labelled.assign(other=False), others.assign(other=True)])
    if comparable is not None:
        rows = rows[comparable(rows["image"], rows["match"])]
    if not new:
        rows = rows[rows["identity"] != NEW_LABEL]
    rows = rows.assign(unnamed=rows["identity"] == NEW_LABEL)
    rows = rows.sort_values(["image", "unnamed", "distance", "other", "match"]).drop_duplicates(["image", "identity"])
    predictions: dict[str, list[Prediction]] = {}
    for row in rows.itertuples(index=False):
        prediction = Prediction(str(row.identity), 1.0, str(row.match), "duplicate")
        predictions.setdefault(str(row.image), []).append(prediction)
    return predictions


def count_conflicts(duplicates: Mapping[str, Sequence[Prediction]], images: Sequence[str]) -> int:
    """How many images show a labelled picture that has two names or more.

    Args:
        duplicates: as from `duplicate_labels`.
        images: the test photographs.

    Returns:
        Their number.
    """
    names = [sum(one.identity != NEW_LABEL for one in duplicates.get(image, ())) for image in images]
    return sum(count > 1 for count in names)


def merge_top_k(duplicates: Sequence[Prediction], others: Sequence[Prediction]) -> list[Prediction]:
    """Duplicates first, then the others; each identity once.

    Args:
        duplicates: predictions from labelled photographs of the same picture.
        others: of the classifier, best first.

    Returns:
        The first TOP_K distinct predictions.
    """
    distinct: dict[str, Prediction] = {}
    for prediction in (*duplicates, *others):
        distinct.setdefault(prediction.identity, prediction)
    return list(distinct.values())[:TOP_K]


def combine(
    images: Sequence[str],
    duplicates: Mapping[str, Sequence[Prediction]],
    ranked: Mapping[str, Sequence[Prediction]],
    *,
    can_say_new: bool,
) -> dict[str, list[Prediction]]:
    """The predictions of all test photographs.

    Args:
        images: their names.
        duplicates: as from `duplicate_labels`.
        ranked: of the classifier, by image.
        can_say_new: whether there is a label for "new".

    Returns:
        {image: at most TOP_K predictions}; "new" alone where no labelled photograph may be compared with it.

    Raises:
        BadInput: there is such a photograph, and no label for "new".
    """
    final = {image: merge_top_k(duplicates.get(image, ()), ranked[image]) for image in images}
    nothing = [image for image in images if not final[image]]
    if nothing and not can_say_new:
        what = "test photograph of a side or species that no labelled photograph shows"
        remedy = "Set data.unknown_label to the word for 'none of the known', or label such a photograph."
        raise BadInput(Problem(what, remedy, count=len(nothing), example=nothing[0]))
    return final | {image: [Prediction(NEW_LABEL, 0.0, "", "new")] for image in nothing}


def candidates_table(predictions: Mapping[str, Sequence[Prediction]]) -> pd.DataFrame:
    """`candidates.parquet`.

    Args:
        predictions: {image: at most TOP_K predictions}.

    Returns:
        A row a prediction, in the order of the images; `rank` counts from 1. Where marks are not compared there is no
        column `marks`.
    """
    import pandas as pd

    rows = [
        (image, rank, one.identity, one.score, one.probability, one.match, one.kind, one.marks)
        for image, of_image in predictions.items()
        for rank, one in enumerate(of_image, start=1)
    ]
    columns = {
        "image": "str", "rank": "int64", "identity": "str", "score": "float64", "probability": "float64",
        "match": "str", "kind": "str", "marks": "float64",
    }  # fmt: skip
    table = pd.DataFrame(rows, columns=list(columns)).astype(columns).round({"score": 6})
    return table if table["marks"].notna().any() else table.drop(columns="marks")
