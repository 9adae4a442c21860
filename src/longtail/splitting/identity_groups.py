"""Which groups each identity has, and the lots by which folds are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from longtail.labels.label_csv import UNKNOWN
from longtail.splitting.groups import CREATED

IntArray = NDArray[np.int64]


class Pairs(NamedTuple):
    """Each identity (p,) with each of its groups (p,), once, by number; without the unknown."""

    identity: IntArray
    group: IntArray


def pairs_of(identity: IntArray, group: IntArray, where: NDArray[np.bool_]) -> Pairs:
    """The pairs of some photographs.

    Args:
        identity: (n,), number of each photograph's identity.
        group: (n,), number of its group.
        where: (n,), which photographs count.

    Returns:
        The pairs.
    """
    keys = pd.unique(identity[where] * (group.max(initial=0) + 1) + group[where])
    return Pairs(*np.divmod(keys, group.max(initial=0) + 1))


def is_used(table: pd.DataFrame) -> NDArray[np.bool_]:
    """The photographs with one name, (n,)."""
    return ((table["identity"] != UNKNOWN) & ~table["conflict"]).to_numpy(bool)


def is_created(table: pd.DataFrame, identity: IntArray, identities: pd.Index) -> NDArray[np.bool_]:
    """Whether an identity is an individual that decisions have named.

    Args:
        table: `audit`'s table.
        identity: (n,), number of each photograph's identity.
        identities: (i,), their names.

    Returns:
        (i,) booleans.
    """
    created = np.zeros(len(identities), bool)
    if CREATED in table:
        created[identity[table[CREATED].to_numpy(bool)]] = True
    return created


def hash_fraction(seed: int, name: str) -> float:
    """A number in [0, 1) that is the same on any machine: the first 53 bits of the SHA-256 of seed and name.

    Args:
        seed: of the draw.
        name: of what is drawn.

    Returns:
        The number.
    """
    return float(hash_fractions(seed, [name])[0])


def hash_fractions(seed: int, names: Iterable[str]) -> NDArray[np.float64]:
    """`hash_fraction` of each name, (n,).

    Args:
        seed: of the draw.
        names: of what is drawn.

    Returns:
        (n,), float64.
    """
    begin = f"{seed}\0".encode()
    digests = [hashlib.sha256(begin + name.encode("utf-8", "surrogateescape")).digest() for name in names]
    first = np.frombuffer(b"".join(digests), ">u8")[::4]  # a digest is four of these
    return (first >> np.uint64(11)).astype(np.float64) / 2**53
