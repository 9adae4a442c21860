"""Labels that the other photographs contradict: who looks like another identity, and who does not look like its own.

Every photograph is compared with all groups but its own (copies and bursts would speak for each other), whatever fold
they lie in, by similarities that its own label has not shaped (`whitening`). The bounds below were chosen on samples
that `benchmarks.label_issues` does not score on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from longtail.evaluation.label_evidence import Asked, Evidence, gather
from longtail.evaluation.whitening import Gallery, parts_of
from longtail.recognition.embeddings import Floats, Ints, Views
from longtail.recognition.eval_set import numbers_of, rows_of

LIKELY = 0.5
"""Probability of another identity from which a label is called likely wrong."""
ODDS = 20.0
"""How many times likelier than the label it must be."""
USUAL = 0.4
"""Its second group must be as near as this quantile of what is usual between photographs of one identity: one
photograph alone is no evidence, it may bear a wrong label itself."""
DOUBTFUL = 0.002
"""Probability of the label up to which it is asked about."""
DECIDED = 20.0
"""How many times likelier one of two names on a picture must be for it to be proposed."""
NOT_NOTHING = 0.01
"""And its own probability, so that two names that both look wrong decide nothing."""


@dataclass(frozen=True)
class Found:
    """Photographs by what the others say, a row each, the most striking first.

    `likely` and `doubtful`: image, identity (as labelled), agreed (the likeliest other identity), other (its nearest
    photograph), own (similarity of the label's nearest other), first, second (of the nearest groups of `agreed`),
    p_own, p_best. `conflicts`: the rows given, with `p` and `p_other`, the probabilities of label and other_label.
    """

    likely: pd.DataFrame
    doubtful: pd.DataFrame
    conflicts: pd.DataFrame


def contradicted(split: pd.DataFrame, index: pd.DataFrame, networks: list[Views], conflicts: pd.DataFrame) -> Found:
    """Look at every label.

    Args:
        split: as in split.parquet.
        index: image of each embedding.
        networks: embeddings of all labelled photographs by the trained network and by the untrained one.
        conflicts: pictures with two names, a row a pair: image, other, label, other_label.
    """
    table = split.assign(row=rows_of(split["image"], index))
    table = table[table["row"] >= 0].sort_values("image", ignore_index=True)
    used = table[table["fold"] != "left_out"]
    named = used[used["identity"] != ""].sort_values(["identity", "group", "image"], ignore_index=True)
    identities = sorted(set(named["identity"]))
    asked = used.drop_duplicates(["group", "identity"])
    torn = table[table["image"].isin([*conflicts["image"], *conflicts["other"]])]
    if len(identities) < 2:
        nothing = asked.iloc[:0].assign(
            agreed="", other="", has_own=False, **dict.fromkeys(("own", "first", "second", "p_own", "p_best"), 0.0)
        )
        return Found(nothing, nothing, conflicts.assign(p=0.5, p_other=0.5))
    both = pd.concat([asked, torn], ignore_index=True)
    evidence = _evidence(both, table, named, identities, networks, conflicts)
    looked = both.assign(
        agreed=[identities[number] for number in evidence.best],
        other=named["image"].to_numpy(object)[evidence.nearest],
        own=evidence.own, first=evidence.first, second=evidence.second,
        p_own=evidence.p_own, p_best=evidence.p_best, has_own=np.isfinite(evidence.own),
    )  # fmt: skip
    likely, doubtful = _chosen(looked.iloc[: len(asked)])
    probabilities = evidence.p[len(asked) :]
    of_image = dict(zip(torn["image"].tolist(), probabilities, strict=True))
    return Found(likely, doubtful, _told(conflicts, of_image))


def _evidence(
    both: pd.DataFrame, table: pd.DataFrame, named: pd.DataFrame, identities: list[str], networks: list[Views],
    conflicts: pd.DataFrame,
) -> Evidence:  # fmt: skip
    number = {name: place for place, name in enumerate(sorted(set(table["group"])))}
    names_of = {image: names[0] for image, names in _names(conflicts).items()}
    pairs = [names_of.get(image, ("", "")) for image in both["image"].tolist()]
    others = np.stack([numbers_of([pair[at] for pair in pairs], identities) for at in (0, 1)], axis=1)
    parts = np.zeros(len(networks[0]), np.int64)
    parts[table["row"]] = parts_of(table["group"].tolist())

    def numbered(rows: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
        group = rows["group"].map(number).to_numpy(np.int64)
        return rows["row"].to_numpy(np.int64), numbers_of(rows["identity"], identities), group

    return gather(networks, Gallery(*numbered(named)), parts, Asked(*numbered(both), others), len(identities))


def _chosen(looked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels that are likely wrong, and those that are asked about, which are none of the first."""
    with_own = looked["has_own"].astype(bool)
    if not with_own.any():
        return looked.iloc[:0], looked.iloc[:0]
    usual = float(np.quantile(looked.loc[with_own, "own"], USUAL))
    odds = looked["p_best"] / looked["p_own"].clip(lower=1e-12)
    striking = with_own & (looked["p_best"] >= LIKELY) & (odds >= ODDS) & (looked["second"] >= usual)
    asked = with_own & (looked["p_own"] <= DOUBTFUL) & ~striking
    order = looked.assign(odds=odds).sort_values(["odds", "image"], ascending=[False, True])
    return order[striking.loc[order.index]], looked[asked].sort_values(["p_own", "image"])


def _told(conflicts: pd.DataFrame, of_image: dict[str, Floats]) -> pd.DataFrame:
    """`conflicts` with the probabilities of both names, the mean over the two photographs.

    Between more than two names, or with one that says unknown, nothing is decided: both get one half.
    """
    names = _names(conflicts)
    rows = conflicts[["image", "other", "label", "other_label"]].to_dict("records")
    found = np.full((len(rows), 2), 0.5)
    for place, row in enumerate(rows):
        images = [row["image"], row["other"]]
        if all(len(names[image]) == 1 and "" not in names[image][0] and image in of_image for image in images):
            p = (of_image[images[0]] + of_image[images[1]]) / 2  # in the order of the names
            found[place] = p if row["label"] < row["other_label"] else p[::-1]
    return conflicts.assign(p=found[:, 0], p_other=found[:, 1])


def _names(conflicts: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """The pairs of names, sorted, between which each photograph stands."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in conflicts[["image", "other", "label", "other_label"]].to_dict("records"):
        names = (min(row["label"], row["other_label"]), max(row["label"], row["other_label"]))
        for image in (row["image"], row["other"]):
            if names not in found.setdefault(image, []):
                found[image].append(names)
    return found
