"""Proposed individuals: groups of photographs of none of the known, a row a photograph, and what a team is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from longtail.recognition.clustering.pair_probability import PairCurve
from longtail.recognition.clustering.pairs import APART, Neighbourhood, Similarity
from longtail.recognition.embeddings import Ints, PairedEmbeddings
from longtail.recognition.top_k import in_blocks, similarities

KIND = "new_individual"
_TYPES = {
    "proposal": "str", "part": "str", "image": "str", "other": "str", "similarity": "float64", "probability": "float64",
    "nearest": "str", "nearest_image": "str", "nearest_similarity": "float64",
}  # fmt: skip
_DIGITS = 6


class Grouped(NamedTuple):
    """n photographs of none of the known, as from `pool.to_group`, what is near each, and the number of its group."""

    photographs: pd.DataFrame
    near: Neighbourhood
    groups: Ints


class Known(NamedTuple):
    """The photographs of known individuals: image, identity; and their embeddings, normalised."""

    photographs: pd.DataFrame
    views: PairedEmbeddings


class Chance(NamedTuple):
    """How probable a pair is: the similarity, its curve, and how many times as many photographs there are now."""

    similarity: Similarity
    curve: PairCurve
    factor: float


def empty() -> pd.DataFrame:
    """No proposal."""
    return pd.DataFrame(columns=list(_TYPES)).astype(_TYPES)


def proposals(grouped: Grouped, chance: Chance, known: Known) -> pd.DataFrame:
    """The groups that hold more than copies of one photograph.

    Args:
        grouped: the photographs and their groups.
        chance: what turns similarities into probabilities.
        known: whom they resemble most among the known.

    Returns:
        A row a photograph, largest groups first, in a group by part and image: proposal (its name), other (the most
        similar photograph of the group), similarity and probability (means over the group), nearest (known individual).
    """
    units = grouped.photographs["unit"].to_numpy(object)
    order = np.argsort(grouped.groups, kind="stable")
    _, starts = np.unique(grouped.groups[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(order) else []
    rows = [row for members in parts if len(set(units[members])) > 1 for row in _members(grouped, chance, members)]
    if not rows:
        return empty()
    table = pd.DataFrame(rows)
    table = pd.concat([table, _nearest(grouped.near.views[table.pop("at").to_numpy(np.int64)], known)], axis=1)
    size = table.groupby("proposal")["image"].transform("size")
    largest_first = table.assign(size=-size).sort_values(["size", "proposal", "part", "image"]).index
    return table.loc[largest_first, list(_TYPES)].astype(_TYPES).round(_DIGITS).reset_index(drop=True)


def findings(table: pd.DataFrame, row_of: dict[str, str], quoted: str) -> Sequence[dict[str, str]]:
    """What a team is asked: whether each photograph labelled unknown is the proposed individual.

    Args:
        table: as from `proposals`.
        row_of: {image: its row of train.csv}.
        quoted: how often such groups were right.

    Returns:
        Rows of findings.csv.
    """
    sizes = table["proposal"].value_counts()
    return [
        {
            "kind": KIND,
            "severity": "info",
            "image": row["image"],
            "other": row["other"],
            "label": "",
            "other_label": row["proposal"],
            "row": row_of.get(row["image"], ""),
            "distance": "",
            "detail": f"one of {sizes[row['proposal']]} photographs that may show one new individual, probability "
            f"{row['probability']:.2f}; the nearest known one is {row['nearest'] or 'nobody'}; {quoted}",
            "proposal": "name",
        }
        for row in table[table["part"] == "labelled"].to_dict("records")
    ]


def _members(grouped: Grouped, chance: Chance, members: Ints) -> list[dict[str, Any]]:
    """A row a photograph of one group."""
    values = grouped.near.matrix(members, chance.similarity).astype(np.float64)
    np.fill_diagonal(values, np.nan)
    values[values <= APART] = np.nan
    own = grouped.photographs.iloc[members]
    name = _name(own["md5"].tolist())
    nearest = np.where(np.isnan(values), -np.inf, values).argmax(axis=1)
    return [
        {
            "at": at,
            "proposal": name,
            "part": part,
            "image": image,
            "other": own["image"].iat[nearest[position]],
            "similarity": _mean(values[position]),
            "probability": _mean(chance.curve.probability(values[position], chance.factor)),
        }
        for position, (at, part, image) in enumerate(zip(members.tolist(), own["part"], own["image"], strict=True))
    ]


def _nearest(views: PairedEmbeddings, known: Known) -> pd.DataFrame:
    """The most similar photograph of a known individual: nearest, nearest_image, nearest_similarity; blank for none."""
    at, value = np.zeros(0, np.int64), np.zeros(0, np.float32)
    for block in in_blocks(views) if len(known.photographs) else ():
        cosines = similarities(block, known.views)
        at = np.concatenate([at, cosines.argmax(axis=1)])
        value = np.concatenate([value, cosines.max(axis=1)])
    if not len(at):
        return pd.DataFrame({"nearest": [""] * len(views), "nearest_image": "", "nearest_similarity": np.nan})
    table = known.photographs.iloc[at]
    compared = np.isfinite(value)
    return pd.DataFrame(
        {
            "nearest": np.where(compared, table["identity"].to_numpy(object), ""),
            "nearest_image": np.where(compared, table["image"].to_numpy(object), ""),
            "nearest_similarity": np.where(compared, value, np.nan),
        }
    )


def _name(md5: Sequence[str]) -> str:
    """A name that stays when photographs are added to the group, most often."""
    return "new_" + min(hashlib.blake2b(one.encode(), digest_size=4).hexdigest() for one in md5)


def _mean(values: Any) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")
