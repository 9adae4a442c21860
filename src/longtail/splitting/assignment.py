"""Which group is learned from and which is scored: a pure function of seed and content.

Every decision compares a hash of the seed and a name with a share or with other hashes of the same identity. So a
change in the data touches the folds of the identities it changes, and of those that share a group with them, only.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from longtail.labels.reading import UNKNOWN

COLUMNS = ("image", "identity", "group", "fold", "known", "scored", "class_count", "reason")
"""Columns of split.parquet."""
TRAIN, VALID, LEFT_OUT = "train", "valid", "left_out"
TWO_NAMES = "two names for one picture"


@dataclass(frozen=True)
class Shares:
    """What part goes to `valid`: of an identity's groups, of one-group identities, of unknown-labelled groups."""

    valid: float = 0.15
    new_identity: float = 0.15
    unknown: float = 0.20


def assign(groups: pd.DataFrame, seed: int, shares: Shares) -> pd.DataFrame:
    """The folds.

    Args:
        groups: `audit`'s table: image, identity, group, conflict.
        seed: of the draw. Tuning looks at one seed, published figures come from another.
        shares: see `Shares`.

    Returns:
        One row a photograph, by image, with the columns of split.parquet (docs/tables.md).
    """
    table = groups[["image", "identity", "group", "conflict"]].sort_values("image", ignore_index=True)
    conflict = table["conflict"].to_numpy(bool)
    usable = table[~conflict]
    valid = valid_groups(_groups_of(usable), set(usable["group"]), seed, shares)

    fold = table["group"].isin(valid).map({True: VALID, False: TRAIN})
    fold[conflict] = LEFT_OUT
    learned = table[(fold == TRAIN) & (table["identity"] != UNKNOWN)]
    class_count = table["identity"].map(learned.groupby("identity")["group"].nunique()).fillna(0).astype("int64")
    class_count[conflict] = 0  # who is on it is not settled
    stands_for_group = ~table.assign(fold=fold).duplicated(["group", "identity", "fold"])  # the first by name
    return table.assign(
        fold=fold.astype("str"),
        known=class_count > 0,
        scored=(fold == VALID) & stands_for_group,
        class_count=class_count,
        reason=table["conflict"].map({True: TWO_NAMES, False: ""}).astype("str"),
    )[list(COLUMNS)]


def valid_groups(groups_of: Mapping[str, set[str]], groups: set[str], seed: int, shares: Shares) -> set[str]:
    """The groups that are scored.

    Args:
        groups_of: {identity: its groups}, without the unknown.
        groups: all groups; one that no identity has is unknown-labelled throughout.
        seed: of the draw.
        shares: see `Shares`.

    Returns:
        Names of groups. An identity with two groups or more has one outside at least; and one inside too, unless every
        group that it could give is the last one of an identity it shares it with.
    """
    identities_in = defaultdict(set)
    for identity, own in groups_of.items():
        for group in own:
            identities_in[group].add(identity)

    def drawn(group: str) -> float:
        return fraction(seed, group)

    chosen = {group for group in groups if group not in identities_in and drawn(group) < shares.unknown}
    for group, identities in identities_in.items():  # identities photographed once: scored as unknown, whole
        if all(len(groups_of[name]) == 1 for name in identities) and drawn(group) < shares.new_identity:
            chosen.add(group)
    several = [name for name, own in groups_of.items() if len(own) > 1]
    for name in sorted(several, key=lambda name: (fraction(seed, name), name)):  # the order matters to shared groups
        quota = quota_of(len(groups_of[name]), shares.valid) - len(chosen & groups_of[name])
        for group in sorted(groups_of[name] - chosen, key=lambda group: (drawn(group), group)):
            if quota > 0 and not _is_last_of_any(group, identities_in[group], groups_of, chosen):
                chosen.add(group)
                quota -= 1
    return chosen


def quota_of(groups: int, share: float) -> int:
    """How many of an identity's groups are scored: max(1, floor(share * groups + 0.5)), and one is left at least."""
    return min(groups - 1, max(1, int(share * groups + 0.5)))


def fraction(seed: int, name: str) -> float:
    """A number in [0, 1) from seed and name, the same on any machine: the first 53 bits of their SHA-256."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode("utf-8", "surrogateescape")).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _groups_of(table: pd.DataFrame) -> dict[str, set[str]]:
    """{identity: its groups}, without the unknown."""
    groups_of: dict[str, set[str]] = defaultdict(set)
    for identity, group in zip(table["identity"], table["group"], strict=True):
        if identity != UNKNOWN:
            groups_of[identity].add(group)
    return groups_of


def _is_last_of_any(group: str, identities: set[str], groups_of: Mapping[str, set[str]], chosen: set[str]) -> bool:
    """Whether an identity with several groups would have none left to learn from without `group`."""
    return any(len(groups_of[name]) > 1 and groups_of[name] - chosen == {group} for name in identities)
