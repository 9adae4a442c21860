"""Assignment of groups to folds, at random: a pure function of seed and content.

Every decision compares a hash of the seed and a name with a share or with other hashes of the same identity. So a
change in the data touches the folds of the identities it changes, and of those that share a group with them, only.

An individual that a decision has named is never drawn as a whole: neither among those that are kept out, nor as an
unknown in `valid`. People have named it so that the next run learns it. What an ancestor has learned is taken out of
`valid` at the end (`learned.keep_in_train`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.labels.dates import DATE
from longtail.splitting.identity_groups import (
    IntArray,
    Pairs,
    hash_fraction,
    hash_fractions,
    is_created,
    is_used,
    pairs_of,
)
from longtail.splitting.kept_out import kept_out_groups
from longtail.splitting.learned import keep_in_train

COLUMNS = ("image", "identity", "group", "fold", "known", "scored", "class_count", "reason")
"""Columns of split.parquet; where photographs have dates also DATE."""
TRAIN, VALID, LEFT_OUT = "train", "valid", "left_out"
DISCOVER = "discover"
"""The fold of individuals that nothing learns from and nothing else scores: `discover` has to find them again."""
TWO_NAMES = "two names for one picture"


@dataclass(frozen=True)
class Shares:
    """What part goes to `valid`: of an identity's groups, of one-group identities, of unknown-labelled groups.

    And what part of the identities with two groups or more goes to `discover`.
    """

    valid: float = 0.15
    new_identity: float = 0.15
    unknown: float = 0.20
    discover: float = 0.0


def assign(groups: pd.DataFrame, seed: int, shares: Shares) -> pd.DataFrame:
    """The folds.

    Args:
        groups: `audit`'s table: image, identity, group, conflict; with an ancestor as `learned.mark` gives it.
        seed: of the draw. Tuning looks at one seed, published figures come from another.
        shares: see `Shares`.

    Returns:
        One row a photograph, by image, with the columns of split.parquet (docs/reference/files.md).
    """
    table = groups.sort_values("image", ignore_index=True)
    kept_out = kept_out_groups(table, seed, shares.discover)
    identity, identities = pd.factorize(table["identity"])
    group, names = pd.factorize(table["group"])
    pairs = pairs_of(identity, group, is_used(table) & ~kept_out[group])
    drawn = hash_fractions(seed, names.tolist())
    to_learn = np.isin(np.arange(len(names)), pairs.group[is_created(table, identity, identities)[pairs.identity]])
    valid = keep_in_train(table, _valid(pairs, identities, drawn, to_learn, seed, shares))
    return fold_table(table, valid, kept_out, by=["image"])


def fold_table(
    table: pd.DataFrame, valid_groups: NDArray[np.bool_], kept_out: NDArray[np.bool_], by: list[str]
) -> pd.DataFrame:
    """The folds of the photographs, once those of the groups are decided.

    Args:
        table: `audit`'s table, sorted by image.
        valid_groups: (g,), whether a group is in `valid`, in the order in which groups first stand in `table`.
        kept_out: (g,), whether it is in `discover`, which comes first.
        by: columns; the photograph of a group in `valid` that comes first by them is scored.

    Returns:
        One row a photograph, in the order of `table`, with the columns of split.parquet.
    """
    conflict = table["conflict"].to_numpy(bool)
    identity, identities = pd.factorize(table["identity"])
    group, _ = pd.factorize(table["group"])
    discover = kept_out[group]
    valid = valid_groups[group] & ~discover
    learned = pairs_of(identity, group, is_used(table) & ~valid & ~discover)
    class_count = np.bincount(learned.identity, minlength=len(identities))[identity]
    class_count[conflict] = 0  # who is on it is not settled
    fold = np.where(conflict, LEFT_OUT, np.where(discover, DISCOVER, np.where(valid, VALID, TRAIN)))
    key = pd.Series((group * len(identities) + identity) * 2 + conflict)
    first = ~key[table.sort_values(by).index].duplicated().sort_index()
    dated = [DATE] if DATE in table else []
    return table.assign(
        fold=pd.Series(fold, dtype="str"),
        known=class_count > 0,
        scored=valid & ~conflict & first,
        class_count=class_count,
        reason=pd.Series(np.where(conflict, TWO_NAMES, ""), dtype="str"),
    )[[*COLUMNS, *dated]]


def _valid(
    pairs: Pairs,
    identities: pd.Index,
    drawn: NDArray[np.float64],
    to_learn: NDArray[np.bool_],
    seed: int,
    shares: Shares,
) -> NDArray[np.bool_]:
    """Which groups (g,) are scored.

    An identity with two groups or more has one outside at least; and one inside too, unless every group that it could
    give is the last one of an identity it shares it with. A group that no identity has is unknown-labelled throughout.

    Args:
        pairs: see `Pairs`.
        identities: their names.
        drawn: (g,), the lot of each group.
        to_learn: (g,), whether a group is of an individual that decisions have named: as its only one it stays.
        seed: of the draw.
        shares: see `Shares`.

    Returns:
        (g,) booleans.
    """
    groups_of = np.bincount(pairs.identity, minlength=len(identities))
    who = np.bincount(pairs.group, minlength=len(drawn))
    most = np.zeros(len(drawn), np.int64)
    np.maximum.at(most, pairs.group, groups_of[pairs.identity])
    is_new = (most == 1) & ~to_learn & (drawn < shares.new_identity)
    chosen = np.where(who == 0, drawn < shares.unknown, is_new)
    several = groups_of > 1
    sharing = np.zeros(len(identities), bool)
    sharing[pairs.identity[who[pairs.group] > 1]] = True
    own = (several & ~sharing)[pairs.identity]
    chosen[_smallest(Pairs(pairs.identity[own], pairs.group[own]), drawn, shares.valid)] = True
    coupled = sharing[pairs.identity]
    _choose_shared(Pairs(pairs.identity[coupled], pairs.group[coupled]), identities, drawn, chosen, seed, shares.valid)
    return chosen


def _smallest(pairs: Pairs, drawn: NDArray[np.float64], share: float) -> IntArray:
    """Of each identity as many groups as its quota says, those drawn lowest; no two identities share one."""
    order = np.lexsort([drawn[pairs.group], pairs.identity])
    identity, group = pairs.identity[order], pairs.group[order]
    _, start, counts = np.unique(identity, return_index=True, return_counts=True)
    quotas = np.array([quota_of(int(count), share) for count in np.arange(counts.max(initial=0) + 1)])
    rank = np.arange(len(group)) - np.repeat(start, counts)
    return group[rank < np.repeat(quotas[counts], counts)]


def _choose_shared(
    pairs: Pairs,
    identities: pd.Index,
    drawn: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    seed: int,
    share: float,
) -> None:
    """The same for identities that share groups, one after the other, since each sees what the last one took."""
    groups_of: dict[int, set[int]] = defaultdict(set)
    identities_in: dict[int, set[int]] = defaultdict(set)
    for identity, group in zip(pairs.identity.tolist(), pairs.group.tolist(), strict=True):
        groups_of[identity].add(group)
        identities_in[group].add(identity)
    taken = {group for group in identities_in if chosen[group]}
    lots = {identity: (hash_fraction(seed, identities[identity]), identities[identity]) for identity in groups_of}
    for identity in sorted((one for one in groups_of if len(groups_of[one]) > 1), key=lots.__getitem__):
        quota = quota_of(len(groups_of[identity]), share) - len(taken & groups_of[identity])
        for group in sorted(groups_of[identity] - taken, key=lambda group: drawn[group]):
            if quota > 0 and not _is_last_of_any(group, identities_in[group], groups_of, taken):
                taken.add(group)
                quota -= 1
    chosen[list(taken)] = True


def quota_of(groups: int, share: float) -> int:
    """How many of an identity's groups are scored: max(1, floor(share * groups + 0.5)), and one is left at least.

    Args:
        groups: number of groups that it has.
        share: of them that should be scored.

    Returns:
        A number from 1 to `groups` - 1.
    """
    return min(groups - 1, max(1, int(share * groups + 0.5)))


def _is_last_of_any(group: int, identities: set[int], groups_of: Mapping[int, set[int]], taken: set[int]) -> bool:
    """Whether an identity with several groups would have none left to learn from without `group`."""
    return any(len(groups_of[name]) > 1 and groups_of[name] - taken == {group} for name in identities)
