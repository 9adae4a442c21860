"""Groups: photographs that must stay in one fold, and the identity of each picture.

Photographs with equal bytes, or alike to the pixels, show one *picture*: they have one identity. Two labels conflict
only where the pair was verified directly: if A matches B, and B matches C, nothing follows for A and C. Pictures that
the team's column or its edits hold together (an encounter, a burst) are one *group*: they have one fold, and may well
show several identities. Pictures of one identity on one day are one group too, where photographs have dates.

`apart` makes two pictures of one, never two groups; and what a dropped photograph joined stays joined. So no edit can
put what the pixels show to be one picture on both sides of the split, whoever is right about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.labels.dates import DATE, UNDATED
from longtail.labels.label_csv import UNKNOWN
from longtail.names import PHOTOGRAPH_MD5
from longtail.splitting.edits import Edits, Pair

COLUMNS = ("image", "identity", "label", "group", "conflict")
"""Columns of groups.parquet; where photographs have dates also DATE, and where decisions named somebody CREATED."""
CREATED = "created"
"""Column of groups.parquet: the identity is an individual that a decision has named (`Edits.created`)."""


class Grouping(NamedTuple):
    """The result of `group_photographs`.

    Attributes:
        photographs: by image: image, label (as given), row, md5, own (identity as edited), picture, group, conflict,
            identity (the picture's; own where names conflict), and date if the set has dates.
        conflicting_pairs: images that show one picture and have two names; of photographs with equal bytes and equal
            names the first stands for all.
        near: first, second (md5, in order), difference, similarity: pairs alike to the pixels, after `apart`.
        without_effect: the `apart` edits that change nothing, and why.
    """

    photographs: pd.DataFrame
    conflicting_pairs: list[tuple[str, str]]
    near: pd.DataFrame
    without_effect: list[tuple[Pair, str]]


def group_photographs(kept: pd.DataFrame, near: pd.DataFrame, edits: Edits, dropped: Iterable[str] = ()) -> Grouping:
    """Join what belongs together.

    Args:
        kept: the labelled photographs that are readable and not dropped, sorted by image: image, label, together,
            row, md5; photograph_md5 where the set has boxes, date (`YYYY-MM-DD` or UNDATED) where it has dates.
        near: what `near_pairs` found; pairs with a picture that is not in `kept` are passed over.
        edits: the team's decisions.
        dropped: md5 of the readable photographs that the edits drop.

    Returns:
        Pictures, groups and identities of the photographs.
    """
    dated = [DATE] if DATE in kept else []
    table = kept[["image", "label", "row", "md5", *dated]].reset_index(drop=True)
    table["own"] = [edits.identity(*one) for one in zip(table["image"], table["label"], strict=True)]
    every = pd.concat([table["md5"], pd.Series(list(dropped), dtype="str")], ignore_index=True)
    near = near[near["first"].isin(every) & near["second"].isin(every)]
    alike_to_pixels = list(zip(near["first"], near["second"], strict=True))
    near = near[near["first"].isin(table["md5"]) & near["second"].isin(table["md5"])]
    parted = set(_md5_pairs(edits.apart, table))
    uncut = [pair not in parted for pair in zip(near["first"], near["second"], strict=True)]
    near = near[np.array(uncut, bool)].reset_index(drop=True)
    same = list(zip(near["first"], near["second"], strict=True))
    held_together = _md5_pairs(edits.together, table) + _column_pairs(table["md5"], kept["together"])
    if PHOTOGRAPH_MD5 in kept.columns:  # what is cut from one photograph is never in two folds
        held_together += _column_pairs(table["md5"], kept[PHOTOGRAPH_MD5])
    table["picture"] = components(table["md5"], same)
    settled = _settled(table, same)
    joined = alike_to_pixels + held_together + (_column_pairs(table["md5"], days_seen(settled)) if dated else [])
    settled["group"] = components(every, joined)[: len(table)]
    return Grouping(settled, _rivals(settled, same), near, _idle(edits.apart, settled))


def days_seen(photographs: pd.DataFrame) -> pd.Series:
    """One value for the photographs of one identity on one day.

    Args:
        photographs: date, identity, conflict.

    Returns:
        As long as `photographs`; `""` where nothing joins a photograph with another: no date, no name, or two names
        against each other.
    """
    known = (photographs[DATE] != UNDATED) & (photographs["identity"] != UNKNOWN) & ~photographs["conflict"]
    return (photographs[DATE] + " " + photographs["identity"]).where(known, "")


def components(md5: pd.Series, joined: Iterable[tuple[str, ...]]) -> NDArray[np.object_]:
    """The name of each photograph's component: the smallest md5 in it, which outlives most additions.

    Args:
        md5: (n,), of the photographs; equal ones are in one component.
        joined: pairs of md5.

    Returns:
        (n,), md5.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names, number = np.unique(md5.to_numpy(object), return_inverse=True)
    edges = np.searchsorted(names, np.array(list(joined), object).reshape(-1, 2))
    size = (len(names), len(names))
    _, component = connected_components(coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=size), False)
    _, first = np.unique(component, return_index=True)  # names are sorted: the first of a component is its smallest
    return names[first[component]][number]  # type: ignore[no-any-return]


def undecided_pairs(alike: pd.DataFrame, grouped: Grouping, edits: Edits) -> pd.DataFrame:
    """The pairs that the pixels cannot decide, and that nobody has decided either.

    Decided are those of one group, and those that an `apart` edit parts.

    Args:
        alike: see `search.alike_pairs`.
        grouped: the groups.
        edits: the team's decisions.

    Returns:
        The rows of `alike` that are open.
    """
    group_of = grouped.photographs.drop_duplicates("md5").set_index("md5")["group"]
    parted = set(_md5_pairs(edits.apart, grouped.photographs))
    first, second = alike["first"].map(group_of), alike["second"].map(group_of)
    is_parted = [pair in parted for pair in zip(alike["first"], alike["second"], strict=True)]
    return alike[~alike["same"] & ~(first == second) & ~np.array(is_parted, bool)]


def _settled(table: pd.DataFrame, same: list[tuple[str, str]]) -> pd.DataFrame:
    """`table` with `conflict` and `identity`: a name wins over UNKNOWN on its picture.

    A photograph is in conflict where it and those that were seen to show its picture have two names. Where names
    disagree somewhere on a picture, UNKNOWN takes the name of those alone too.

    Returns:
        `table` with two more columns.
    """
    on_picture = _names(table["picture"], table["own"])
    ends = np.array(same, object).reshape(-1, 2)
    pairs = pd.DataFrame(
        {"md5": np.concatenate([ends[:, 0], ends[:, 1]]), "of": np.concatenate([ends[:, 1], ends[:, 0]])}
    )
    around = pd.concat(
        [
            table[["md5", "own"]],
            pairs.merge(table[["md5", "own"]], left_on="of", right_on="md5", suffixes=("", "_of"))[["md5", "own"]],
        ]
    )
    at_hand = _names(around["md5"], around["own"])
    names = table["picture"].map(on_picture["nunique"]).fillna(0)
    seen = table["md5"].map(at_hand["nunique"]).fillna(0)
    first = table["md5"].map(at_hand["first"]).where(names > 1, table["picture"].map(on_picture["first"]))
    conflict = seen > 1
    return table.assign(
        conflict=conflict, identity=first.astype("object").fillna(UNKNOWN).mask(conflict, table["own"]).astype("str")
    )


def _names(of: pd.Series, own: pd.Series) -> pd.DataFrame:
    """How many names, UNKNOWN not counted, each value of `of` has: nunique, first."""
    named = own != UNKNOWN
    return own[named].groupby(of[named]).agg(["nunique", "first"])


def _rivals(table: pd.DataFrame, same: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of images of one picture that have two names, sorted; UNKNOWN counts where two names claim it."""
    torn = table[(table["own"] != UNKNOWN) | table["conflict"]]
    heads = torn.drop_duplicates(["md5", "own"])[["md5", "own", "image"]]
    pairs = pd.DataFrame(
        [*same, *((md5, md5) for md5 in heads["md5"].unique())], columns=["first", "second"], dtype=object
    )
    both = pairs.merge(heads, left_on="first", right_on="md5").merge(heads, left_on="second", right_on="md5")
    both = both[both["own_x"] != both["own_y"]]
    return sorted({(min(pair), max(pair)) for pair in zip(both["image_x"], both["image_y"], strict=True)})


def _md5_pairs(pairs: Iterable[Pair], table: pd.DataFrame) -> list[tuple[str, str]]:
    """The pairs in md5, smaller first, but for those of which one photograph was dropped or is broken."""
    md5_of = dict(zip(table["image"], table["md5"], strict=True))
    both = [(md5_of.get(pair.first, ""), md5_of.get(pair.second, "")) for pair in pairs]
    return [(min(pair), max(pair)) for pair in both if all(pair)]


def _column_pairs(md5: pd.Series, together: pd.Series) -> list[tuple[str, str]]:
    """Each photograph with the first one of the same value in the team's column."""
    values = together.reset_index(drop=True)
    values = values[values != ""]
    first = md5.loc[values.index].groupby(values).transform("first")
    return list(zip(first, md5.loc[values.index], strict=True))


def _idle(apart: Iterable[Pair], table: pd.DataFrame) -> list[tuple[Pair, str]]:
    """The `apart` edits whose images still show one picture, or have one name anyway."""
    photograph = table.set_index("image")[["md5", "picture", "group", "own"]].to_dict("index")
    idle = []
    for pair in apart:
        first, second = photograph.get(pair.first), photograph.get(pair.second)
        if first and second and first["md5"] == second["md5"]:
            idle.append((pair, "the two files hold the same bytes: they stay together"))
        elif first and second and first["picture"] == second["picture"]:
            idle.append((pair, "other photographs still join the two: part those as well"))
        elif first and second and first["group"] == second["group"] and first["own"] == second["own"]:
            idle.append(
                (pair, "they are alike to the pixels or held together, so they stay in one fold; both have one name")
            )
    return idle
