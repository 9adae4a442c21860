"""Side and species of photographs: which of them may be compared. It is decided here, and nowhere else.

Two photographs are comparable where their sides are equal and their species are equal; one that the table does not say
is equal to any. A left flank is never compared with a right one, and a seal never with a whale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COLUMNS = ("side", "species")
"""Columns of `prepare`'s tables, each where data.side_column or data.species_column names one; `""`: not known."""
NOT_KNOWN = 0
Comparison = Callable[["pd.Series", "pd.Series"], Bools]
"""Names of n test photographs, names of n labelled ones -> whether each pair may be compared, (n,)."""


@dataclass(frozen=True)
class Traits:
    """Side and species of n photographs as numbers, (n, 2), NOT_KNOWN where the table does not say.

    A number is a hash of the word, so that those of different tables can be compared.
    """

    numbers: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: Ints | slice) -> Traits:
        return Traits(self.numbers[rows])

    def comparable(self, others: Traits) -> Bools:
        """Which of the n photographs may be compared with which of m `others`, (n, m)."""
        return _agree(self.numbers[:, None, :], others.numbers[None, :, :])

    def comparable_pairs(self, others: Traits) -> Bools:
        """Whether each may be compared with the one at the same position of `others`, (n,)."""
        return _agree(self.numbers, others.numbers)

    def distinct(self) -> Iterator[tuple[Traits, Ints]]:
        """Each combination of side and species that occurs, as one row, and the rows (k,) that have it."""
        kinds, kind_of = np.unique(self.numbers, axis=0, return_inverse=True)
        for index in range(len(kinds)):
            yield Traits(kinds[index : index + 1]), np.flatnonzero(kind_of.ravel() == index)


def concatenate(first: Traits | None, second: Traits | None) -> Traits | None:
    """Traits of some photographs, then of others.

    Args:
        first: of n photographs; None where the data has neither column.
        second: of m photographs.

    Returns:
        Of n + m; None where one of the two is None.
    """
    if first is None or second is None:
        return None
    return Traits(np.concatenate([first.numbers, second.numbers]))


def reachable(queries: Traits, gallery: Traits, identity: Ints, identities: int) -> Bools:
    """Which identities have a photograph that a query may be compared with.

    Args:
        queries: of n photographs.
        gallery: of m labelled photographs.
        identity: (m,), theirs, as numbers.
        identities: how many there are.

    Returns:
        (n, identities).
    """
    reached = np.zeros((len(queries), identities), dtype=bool)
    for kind, rows in queries.distinct():
        of_kind = np.zeros(identities, dtype=bool)
        of_kind[identity[kind.comparable(gallery)[0]]] = True
        reached[rows] = of_kind
    return reached


def read(table: Path) -> pd.DataFrame | None:
    """Side and species of one part, as `prepare` wrote them.

    Args:
        table: `prepare`'s table.

    Returns:
        image, and those of COLUMNS that the data has, as words, `""` where not known; None where it has neither.
    """
    import pyarrow.parquet as parquet

    present = [name for name in COLUMNS if name in parquet.read_schema(table).names]
    if not present:
        return None
    import pandas as pd

    return pd.read_parquet(table, columns=["image", *present])


def comparison(test: pd.DataFrame | None, labelled: pd.DataFrame | None) -> Comparison | None:
    """Which test photographs may be compared with which labelled ones.

    Args:
        test: their words, as from `read`.
        labelled: likewise.

    Returns:
        A function: names of n test photographs, names of n labelled ones -> whether each pair may be compared, (n,).
        None where the data has neither sides nor species.
    """
    if test is None or labelled is None:
        return None
    return lambda images, matches: of_images(test, images).comparable_pairs(of_images(labelled, matches))


def comparable_rows(photographs: pd.DataFrame, image: str, comparable: Comparison | None) -> pd.DataFrame:
    """The labelled photographs that may be compared with one test photograph.

    Args:
        photographs: the labelled ones (`image`).
        image: the test photograph.
        comparable: as from `comparison`.

    Returns:
        Rows of `photographs`.
    """
    if comparable is None:
        return photographs
    import pandas as pd

    return photographs[comparable(pd.Series([image] * len(photographs)), photographs["image"])]


def not_known(words: pd.DataFrame | None) -> dict[str, int]:
    """How many photographs are compared with every side, and with every species.

    Args:
        words: as from `read`.

    Returns:
        {"side_not_known": photographs, "species_not_known": photographs}, those that the data has.
    """
    if words is None:
        return {}
    return {f"{name}_not_known": int((words[name] == "").sum()) for name in COLUMNS if name in words}


def vocabulary(words: pd.DataFrame | None) -> dict[str, list[str]]:
    """The sides and species that occur, for `identifier.json`.

    Args:
        words: of the labelled photographs, as from `read`.

    Returns:
        {"side": words, "species": words}, sorted, those that the data has.
    """
    if words is None:
        return {}
    return {name: sorted(set(words[name]) - {""}) for name in COLUMNS if name in words}


def plain_names(table: Path) -> dict[str, str]:
    """Identities that are named by their species too, because two species have the name, and their name in train.csv.

    Args:
        table: `prepare`'s table of the labelled photographs.

    Returns:
        {identity: name}; empty where no name is shared.
    """
    import pyarrow.parquet as parquet

    if "written" not in parquet.read_schema(table).names:
        return {}
    import pandas as pd

    names = pd.read_parquet(table, columns=["label", "written"]).drop_duplicates()
    return {
        label: name for label, name in zip(names["label"], names["written"], strict=True) if label and label != name
    }


def of_images(words: pd.DataFrame, images: Iterable[str]) -> Traits:
    """Traits of some images.

    Args:
        words: as from `read`.
        images: n names; one that is not in `words` is not known.

    Returns:
        Of n photographs.
    """
    rows = words.set_index("image").reindex(list(images), fill_value="").reindex(columns=list(COLUMNS), fill_value="")
    return of_words(rows["side"], rows["species"])


def of_words(sides: Iterable[str], species: Iterable[str]) -> Traits:
    """Traits by their words.

    Args:
        sides: n words, `""` where not known.
        species: n words, `""` where not known.

    Returns:
        Of n photographs.
    """
    columns = [[_number(word) for word in words] for words in (sides, species)]
    return Traits(np.array(columns, dtype=np.int64).reshape(2, -1).T)


def _number(word: str) -> int:
    if not word:
        return NOT_KNOWN
    digest = hashlib.blake2b(word.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def _agree(first: Ints, second: Ints) -> Bools:
    same = (first == second) | (first == NOT_KNOWN) | (second == NOT_KNOWN)
    return np.asarray(same.all(axis=-1))
