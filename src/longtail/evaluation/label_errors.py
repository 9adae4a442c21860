"""Likely label errors: photographs that look like another identity, and photographs unlike their own.

Every photograph is compared with all groups but its own (duplicates and bursts are not independent evidence), whatever
fold they lie in, by similarities that its own label did not influence (`whitening`). The thresholds below were chosen
on samples that `benchmarks.label_issues` does not score on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from longtail.evaluation.label_evidence import LabelEvidence, LabelQueries, gather_evidence
from longtail.evaluation.whitening import NamedGallery, fold_of_groups
from longtail.recognition.embeddings import Floats, Ints, PairedEmbeddings
from longtail.recognition.eval_set import encode_identities, row_index

LIKELY = 0.5
"""Probability of another identity from which a label is a likely error."""
ODDS = 20.0
"""How many times likelier than the label it must be."""
USUAL = 0.4
"""Quantile of the similarities within identities that the second nearest group must reach: a single photograph is no
evidence, because its own label may be wrong."""
DOUBTFUL = 0.002
"""Probability of the label up to which it is listed as doubtful."""
DECIDED = 20.0
"""How many times likelier one of two conflicting labels must be for a proposal."""
LEAST_PROBABILITY = 0.01
"""Least probability of that label: where both look wrong, nothing is proposed."""


@dataclass(frozen=True)
class LabelErrors:
    """Photographs by the evidence of the others, a row each, the clearest first.

    `likely` and `doubtful`: image, identity (as labelled), agreed (the likeliest other identity), other (its nearest
    photograph), own (similarity of the label's nearest other), first, second (of the nearest groups of `agreed`),
    p_own, p_best. `conflicts`: the rows given, with `p` and `p_other`, the probabilities of label and other_label.
    """

    likely: pd.DataFrame
    doubtful: pd.DataFrame
    conflicts: pd.DataFrame


def find_label_errors(
    split: pd.DataFrame, index: pd.DataFrame, networks: list[PairedEmbeddings], conflicts: pd.DataFrame
) -> LabelErrors:
    """Check every label.

    Args:
        split: as in split.parquet.
        index: image of each embedding.
        networks: embeddings of all labelled photographs by the trained network and by the untrained one.
        conflicts: pictures with conflicting labels, a row a pair: image, other, label, other_label.

    Returns:
        Likely errors, doubtful labels, and the conflicts with probabilities.
    """
    table = split.assign(row=row_index(split["image"], index))
    table = table[table["row"] >= 0].sort_values("image", ignore_index=True)
    used = table[table["fold"] != "left_out"]
    named = used[used["identity"] != ""].sort_values(["identity", "group", "image"], ignore_index=True)
    identities = sorted(set(named["identity"]))
    photographs = used.drop_duplicates(["group", "identity"])
    disputed = table[table["image"].isin([*conflicts["image"], *conflicts["other"]])]
    if len(identities) < 2:
        empty = photographs.iloc[:0].assign(
            agreed="", other="", has_own=False, **dict.fromkeys(("own", "first", "second", "p_own", "p_best"), 0.0)
        )
        return LabelErrors(empty, empty, conflicts.assign(p=0.5, p_other=0.5))
    both = pd.concat([photographs, disputed], ignore_index=True)
    evidence = _evidence(both, table, named, identities, networks, conflicts)
    checked = both.assign(
        agreed=[identities[number] for number in evidence.best],
        other=named["image"].to_numpy(object)[evidence.nearest],
        own=evidence.own,
        first=evidence.first,
        second=evidence.second,
        p_own=evidence.p_own,
        p_best=evidence.p_best,
        has_own=np.isfinite(evidence.own),
    )
    likely, doubtful = _select(checked.iloc[: len(photographs)])
    probabilities = evidence.p[len(photographs) :]
    of_image = dict(zip(disputed["image"].tolist(), probabilities, strict=True))
    return LabelErrors(likely, doubtful, _with_probabilities(conflicts, of_image))


def _evidence(
    both: pd.DataFrame,
    table: pd.DataFrame,
    named: pd.DataFrame,
    identities: list[str],
    networks: list[PairedEmbeddings],
    conflicts: pd.DataFrame,
) -> LabelEvidence:
    number = {name: position for position, name in enumerate(sorted(set(table["group"])))}
    first_pair = {image: pairs[0] for image, pairs in _label_pairs(conflicts).items()}
    pairs = [first_pair.get(image, ("", "")) for image in both["image"].tolist()]
    others = np.stack([encode_identities([pair[at] for pair in pairs], identities) for at in (0, 1)], axis=1)
    folds = np.zeros(len(networks[0]), np.int64)
    folds[table["row"]] = fold_of_groups(table["group"].tolist())

    def numbered(rows: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
        group = rows["group"].map(number).to_numpy(np.int64)
        return rows["row"].to_numpy(np.int64), encode_identities(rows["identity"], identities), group

    queries = LabelQueries(*numbered(both), others)
    return gather_evidence(networks, NamedGallery(*numbered(named)), folds, queries, len(identities))


def _select(checked: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The likely errors, and the doubtful labels that are not among them."""
    with_own = checked["has_own"].astype(bool)
    if not with_own.any():
        return checked.iloc[:0], checked.iloc[:0]
    usual = float(np.quantile(checked.loc[with_own, "own"], USUAL))
    odds = checked["p_best"] / checked["p_own"].clip(lower=1e-12)
    likely = with_own & (checked["p_best"] >= LIKELY) & (odds >= ODDS) & (checked["second"] >= usual)
    has_other = np.isfinite(checked["first"])  # of the same side and species
    doubtful = with_own & (checked["p_own"] <= DOUBTFUL) & ~likely & has_other
    order = checked.assign(odds=odds).sort_values(["odds", "image"], ascending=[False, True])
    return order[likely.loc[order.index]], checked[doubtful].sort_values(["p_own", "image"])


def _with_probabilities(conflicts: pd.DataFrame, of_image: dict[str, Floats]) -> pd.DataFrame:
    """`conflicts` with the probabilities of both labels, the mean over the two photographs.

    Returns:
        A row a conflict. With more than two labels, or an unknown one, both probabilities are one half.
    """
    pairs = _label_pairs(conflicts)
    rows = conflicts[["image", "other", "label", "other_label"]].to_dict("records")
    probabilities = np.full((len(rows), 2), 0.5)
    for position, row in enumerate(rows):
        images = [row["image"], row["other"]]
        if all(len(pairs[image]) == 1 and "" not in pairs[image][0] and image in of_image for image in images):
            p = (of_image[images[0]] + of_image[images[1]]) / 2  # in the order of the sorted labels
            probabilities[position] = p if row["label"] < row["other_label"] else p[::-1]
    return conflicts.assign(p=probabilities[:, 0], p_other=probabilities[:, 1])


def _label_pairs(conflicts: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """The pairs of conflicting labels of each photograph, each pair sorted."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for row in conflicts[["image", "other", "label", "other_label"]].to_dict("records"):
        pair = (min(row["label"], row["other_label"]), max(row["label"], row["other_label"]))
        for image in (row["image"], row["other"]):
            if pair not in pairs.setdefault(image, []):
                pairs[image].append(pair)
    return pairs
