"""What an ancestor has learned is not scored again: its photographs stay in `train`, its individuals are no unknowns.

A warm training goes on from a network that has learned from photographs already (`data/ancestor/`). Drawn anew, some of
these would be scored, and the score would be too high. So the folds are a pure function of seed, content and the table
of what the ancestor learned. A photograph counts as learned by its name or by its bytes, an individual by its name or
by a photograph of it, whatever it is called today.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.labels.label_csv import UNKNOWN
from longtail.splitting.identity_groups import IntArray, Pairs, is_used, pairs_of

LEARNED, IDENTITY_LEARNED = "learned", "identity_learned"
"""Columns that `mark` adds to `audit`'s table; without an ancestor it has neither."""


def mark(groups: pd.DataFrame, labelled: pd.DataFrame, learned_from: pd.DataFrame) -> pd.DataFrame:
    """Say of each photograph whether the ancestor has learned from it, and whether it knows its individual.

    Args:
        groups: `audit`'s table.
        labelled: `prepare`'s table of labelled photographs: image, md5.
        learned_from: the ancestor's table: image, label, pixels, identity, md5.

    Returns:
        `groups` with LEARNED and IDENTITY_LEARNED.
    """
    seen = learned_from[learned_from["label"] | learned_from["pixels"]]  # not what the network of all folds saw alone
    md5 = groups["image"].map(labelled.set_index("image")["md5"])
    learned = groups["image"].isin(seen["image"]) | (md5.isin(seen["md5"]) & (md5 != ""))
    names = (set(seen["identity"]) | set(groups.loc[learned, "identity"])) - {UNKNOWN}
    return groups.assign(**{LEARNED: learned, IDENTITY_LEARNED: groups["identity"].isin(names)})


def is_kept_by_learning(
    table: pd.DataFrame, identity: IntArray, identities: pd.Index, group: IntArray, pairs: Pairs
) -> NDArray[np.bool_]:
    """The individuals that `discover` cannot be measured on: known to the ancestor, or in a group that it learned from.

    Args:
        table: `audit`'s table.
        identity: (n,), number of each photograph's identity.
        identities: (i,), their names.
        group: (n,), number of each photograph's group.
        pairs: of identities and groups.

    Returns:
        (i,) booleans; none without an ancestor.
    """
    known = np.zeros(len(identities), bool)
    if LEARNED in table:
        known[identity[table[IDENTITY_LEARNED].to_numpy(bool)]] = True
        known[pairs.identity[np.isin(pairs.group, group[table[LEARNED].to_numpy(bool)])]] = True
    return known


def keep_in_train(table: pd.DataFrame, valid_groups: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The folds as drawn, but that no group of a learned photograph, and no learned individual as a whole, is scored.

    No other group takes the place of one that is taken out: whatever an ancestor learned, the folds of what it did not
    learn are those of a training from scratch.

    Args:
        table: `audit`'s table, sorted by image.
        valid_groups: (g,), whether a group is drawn for `valid`, in the order in which groups first stand in `table`.

    Returns:
        (g,) booleans.
    """
    if LEARNED not in table:
        return valid_groups
    identity, identities = pd.factorize(table["identity"])
    group, _ = pd.factorize(table["group"])
    valid = valid_groups.copy()
    valid[group[table[LEARNED].to_numpy(bool)]] = False
    pairs = pairs_of(identity, group, is_used(table))
    is_left = np.zeros(len(identities), bool)
    is_left[identity[table[IDENTITY_LEARNED].to_numpy(bool)]] = True
    is_left[pairs.identity[~valid[pairs.group]]] = False  # something of it is learned anyway
    _, first = np.unique(np.where(is_left[pairs.identity], pairs.identity, -1), return_index=True)
    first = first[is_left[pairs.identity[first]]]
    valid[pairs.group[first]] = False
    return valid
