"""The individuals of a finished run: how many photographs, how often they are recognised, whom they are taken for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from longtail import artifacts
from longtail.labels.aliases import former_names
from longtail.labels.label_csv import UNKNOWN
from longtail.reviewing.photographs import Catalogue

FILES = (artifacts.RECALL, artifacts.PREDICTIONS)
FILTERS: Mapping[str, tuple[str, Callable[[Individual], bool]]] = {
    "all": ("all", lambda one: True),
    "scored": ("scored", lambda one: one.recall is not None),
    "missed": ("with mistakes", lambda one: one.recall is not None and one.recall < 1),
    "once": ("one photograph", lambda one: len(one.photographs) == 1),
    "renamed": ("with former names", lambda one: bool(one.former)),
}
SORTS: Mapping[str, tuple[str, Callable[[Individual], tuple[object, ...]]]] = {
    "name": ("name", lambda one: (one.name,)),
    "photographs": ("most photographs", lambda one: (-len(one.photographs), one.name)),
    "recall": ("lowest recall", lambda one: (2.0 if one.recall is None else one.recall, -one.scored, one.name)),
    "last": ("seen last", lambda one: (one.last == "", [-ord(letter) for letter in one.last], one.name)),
}


class Confused(NamedTuple):
    """How often scored photographs of one individual were taken for another one, and an example."""

    individual: str
    photographs: int
    image: str
    nearest: str


@dataclass(frozen=True)
class Individual:
    """One individual."""

    name: str
    """As the run has it."""
    present: str
    """As edits.csv calls it now: what the next run will call it."""
    former: tuple[str, ...]
    photographs: Sequence[str]
    first: str
    last: str
    """The first and the last day it was photographed on; `""` without dates."""
    recall: float | None
    """Share of its scored photographs with the right first candidate; None where none was scored."""
    scored: int
    taken_for: tuple[Confused, ...] = ()
    """Its photographs, taken for others."""
    seen_in: tuple[Confused, ...] = ()
    """Photographs of others, taken for it."""


def read(folder: Path, catalogue: Catalogue, present: Mapping[str, str]) -> dict[str, Individual]:
    """All individuals of a run.

    Args:
        folder: that holds the tables of the run.
        catalogue: its photographs.
        present: {former name: present name} of edits.csv.

    Returns:
        {name: individual}, by name.
    """
    recall = _recall(folder / artifacts.RECALL)
    taken_for, seen_in = _confusions(folder / artifacts.PREDICTIONS)
    former = former_names(present)
    return {name: _individual(name, catalogue, present, former, recall, taken_for, seen_in)
            for name in sorted(catalogue.of_identity)}  # fmt: skip


def find(individuals: Mapping[str, Individual], name: str, present: Mapping[str, str]) -> Individual | None:
    """An individual by any name that it has or had.

    Args:
        individuals: of the run.
        name: present or former.
        present: {former name: present name} of edits.csv.

    Returns:
        The individual; None where no run and no decision knows the name.
    """
    if name in individuals:
        return individuals[name]
    meant = present.get(name, name)
    return individuals.get(meant) or next((one for one in individuals.values() if one.present == meant), None)


def chosen(individuals: Mapping[str, Individual], search: str, which: str, sort: str) -> list[Individual]:
    """The individuals to list.

    Args:
        individuals: of the run.
        search: a part of a name, of a former name or of a photograph's name, in any case.
        which: one of FILTERS.
        sort: one of SORTS.

    Returns:
        Those that fit, in order; an unknown filter or order is the first one.
    """
    fits = FILTERS.get(which, FILTERS["all"])[1]
    words = search.strip().casefold()

    def is_meant(one: Individual) -> bool:
        names = (one.name, one.present, *one.former, *one.photographs)
        return not words or any(words in name.casefold() for name in names)

    order = SORTS.get(sort, SORTS["name"])[1]
    return sorted((one for one in individuals.values() if fits(one) and is_meant(one)), key=order)


def _individual(
    name: str,
    catalogue: Catalogue,
    present: Mapping[str, str],
    former: Mapping[str, Sequence[str]],
    recall: Mapping[str, tuple[float, int]],
    taken_for: Mapping[str, Sequence[Confused]],
    seen_in: Mapping[str, Sequence[Confused]],
) -> Individual:
    images = catalogue.of_identity[name]
    dates = sorted(filter(None, (catalogue.by_part["labelled"][image].date for image in images)))
    called = present.get(name, name)
    share, scored = recall.get(name, (None, 0))
    return Individual(
        name=name,
        present=called,
        former=tuple(one for one in former.get(called, ()) if one != name),
        photographs=images,
        first=dates[0] if dates else "",
        last=dates[-1] if dates else "",
        recall=share,
        scored=scored,
        taken_for=tuple(taken_for.get(name, ())),
        seen_in=tuple(seen_in.get(name, ())),
    )


def _recall(path: Path) -> dict[str, tuple[float, int]]:
    """{individual: share with the right first candidate, photographs scored}; {} where there is no table."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, dtype={"identity": "str"}, keep_default_na=False)
    rows = zip(table["identity"], table["recall"], table["photographs"], strict=True)
    return {name: (float(share), int(number)) for name, share, number in rows if name != UNKNOWN}


def _confusions(path: Path) -> tuple[dict[str, list[Confused]], dict[str, list[Confused]]]:
    """For each individual: whom its photographs were taken for (`""`: new), and whose were taken for it."""
    if not path.is_file():
        return {}, {}
    table = pd.read_parquet(path, columns=["image", "identity", "first", "nearest"])
    wrong = table[(table["first"] != table["identity"]) & table["first"].notna()].fillna({"nearest": ""})
    pairs = Counter(zip(wrong["identity"], wrong["first"], strict=True))
    example = {
        (row.identity, row.first): (str(row.image), str(row.nearest)) for row in wrong[::-1].itertuples(index=False)
    }
    taken_for, seen_in = defaultdict(list), defaultdict(list)
    for (identity, first), count in pairs.most_common():
        taken_for[str(identity)].append(Confused(str(first), count, *example[identity, first]))
        seen_in[str(first)].append(Confused(str(identity), count, *example[identity, first]))
    return taken_for, seen_in
