"""Five candidates for each test photograph: the scorer's, "new" in its place, the label of a copied picture first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from longtail.recognition.open_set.threshold import insert_new
from longtail.recognition.top_k import NEW, NONE, PLACES, Candidates

NEW_LABEL = ""


@dataclass(frozen=True)
class Guess:
    """One candidate: the identity (`""` is new), its score, the labelled photograph that supports it, and its kind."""

    identity: str
    score: float
    match: str
    kind: str  # scorer, duplicate, new, frequent


def ranked(
    candidates: Candidates,
    threshold: float | None,
    identities: Sequence[str],
    nearest: Sequence[Sequence[str | None]],
) -> list[list[Guess]]:
    """The scorer's candidates in words, with "new" at the threshold; `nearest` (n, 5) supports them."""
    found = []
    for row, guesses in enumerate(insert_new(candidates, threshold).tolist()):
        said = []
        for number in guesses:
            if number == NEW:
                said.append(Guess(NEW_LABEL, float(threshold or 0.0), "", "new"))
            elif number != NONE:
                place = sum(guess.kind == "classifier" for guess in said)
                score = float(candidates.score[row, place])
                said.append(Guess(identities[number], score, nearest[row][place] or "", "classifier"))
        found.append(said)
    return found


def unseen(photographs: pd.DataFrame, *, new: bool) -> list[Guess]:
    """For an image that could not be opened: new (where it can be said), then the most frequent identities."""
    counts = photographs["identity"].value_counts().rename_axis("identity").reset_index(name="count")
    counts = counts.sort_values(["count", "identity"], ascending=[False, True])
    first = [Guess(NEW_LABEL, 0.0, "", "new")] if new else []
    return first + [Guess(name, 0.0, "", "frequent") for name in counts["identity"][: PLACES - len(first)]]


def copied(matches: pd.DataFrame, split: pd.DataFrame, *, new: bool) -> dict[str, list[Guess]]:
    """{test image: the labels of the labelled photographs that show the same picture}, named ones first, then nearest.

    A picture with two names in conflict (`reason` in the split) says both: its other photographs speak too. One whose
    label is unknown says new; one that the team dropped is not in the split and says nothing.
    """
    said: dict[str, list[Guess]] = {}
    columns = ["image", "identity", "group", "reason"]
    found = matches.merge(split[columns], left_on="match", right_on="image", suffixes=("", "_labelled"))
    disputed = split.loc[split["reason"] != "", columns].drop(columns="reason")
    others = (
        found[found["reason"] != ""]
        .drop(columns=["match", "identity"])
        .merge(disputed.rename(columns={"image": "match"}), on="group")
    )
    both = pd.concat([found.assign(other=False), others.assign(other=True)])
    if not new:
        both = both[both["identity"] != NEW_LABEL]
    both = both.assign(unnamed=both["identity"] == NEW_LABEL)
    both = both.sort_values(["image", "unnamed", "distance", "other", "match"]).drop_duplicates(["image", "identity"])
    for row in both.itertuples(index=False):
        said.setdefault(str(row.image), []).append(Guess(str(row.identity), 1.0, str(row.match), "duplicate"))
    return said


def conflicts(duplicates: Mapping[str, Sequence[Guess]], images: Sequence[str]) -> int:
    """How many of `images` show labelled pictures that bear two names, or more."""
    named = [sum(guess.identity != NEW_LABEL for guess in duplicates.get(image, ())) for image in images]
    return sum(count > 1 for count in named)


def together(duplicates: Sequence[Guess], others: Sequence[Guess]) -> list[Guess]:
    """The first five distinct guesses, duplicates first."""
    distinct: dict[str, Guess] = {}
    for guess in (*duplicates, *others):
        distinct.setdefault(guess.identity, guess)
    return list(distinct.values())[:PLACES]


def table(guesses: Mapping[str, Sequence[Guess]]) -> pd.DataFrame:
    """`candidates.parquet`: a row a guess, in the order of the images."""
    rows = [
        (image, rank, guess.identity, guess.score, guess.match, guess.kind)
        for image, said in guesses.items()
        for rank, guess in enumerate(said, start=1)
    ]
    columns = {"image": "str", "rank": "int64", "identity": "str", "score": "float64", "match": "str", "kind": "str"}
    return pd.DataFrame(rows, columns=list(columns)).astype(columns).round({"score": 6})
