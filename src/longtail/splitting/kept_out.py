"""The individuals that are kept out of all learning, so that `discover` has to find them again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.splitting.identity_groups import hash_fractions, is_created, is_used, pairs_of
from longtail.splitting.learned import is_kept_by_learning


def kept_out_groups(table: pd.DataFrame, seed: int, share: float) -> NDArray[np.bool_]:
    """The groups of the individuals that are kept out of all learning, so that `discover` can be measured on them.

    Of the individuals with two groups or more, those whose hash of seed and name is smallest. One that shares a group
    with another individual is never kept out: its group would be learned from. Nor is one that a decision has named:
    who has accepted a proposed individual wants it learned. Nor is one that an ancestor has learned already.

    Args:
        table: `audit`'s table, sorted by image.
        seed: of the draw.
        share: of these individuals; 0 keeps none out.

    Returns:
        (g,) booleans, in the order in which groups first stand in `table`.
    """
    identity, identities = pd.factorize(table["identity"])
    group, names = pd.factorize(table["group"])
    pairs = pairs_of(identity, group, is_used(table))
    of_one = np.bincount(pairs.group, minlength=len(names)) == 1
    kept_out = np.bincount(pairs.identity, minlength=len(identities)) > 1
    kept_out[pairs.identity[~of_one[pairs.group]]] = False
    kept_out &= ~is_created(table, identity, identities)
    kept_out &= ~is_kept_by_learning(table, identity, identities, group, pairs)
    kept_out &= hash_fractions(seed, identities.tolist()) < share
    groups = np.zeros(len(names), bool)
    groups[pairs.group[kept_out[pairs.identity]]] = True
    return groups
