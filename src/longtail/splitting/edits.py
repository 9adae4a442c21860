"""edits.csv: the decisions of the team about the data, read strictly.

`relabel` gives an image another identity, `drop` takes it out, `together` keeps two images in one fold, `apart` says
that two images do not show the same picture (they stay in one fold where the pixels say otherwise, see `groups`).
`name` makes a photograph labelled unknown a new individual, or one more photograph of such a one. `merge` says that
one individual is another one, `rename` that it has another name from now on: `identity_edits`. `keep` and `unsure`
answer a finding and change nothing: their value names it, so that it is not asked again. `undo` takes another row
back. `who`, `when` and `why` are for people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from longtail.csv_reader import Record, read_table
from longtail.errors import BadInput
from longtail.labels.aliases import present_names
from longtail.labels.edit_log import COLUMNS, in_force
from longtail.labels.label_csv import UNKNOWN
from longtail.splitting import edit_checks, identity_edits
from longtail.splitting.edit_row import Edit


class Pair(NamedTuple):
    """Two images, in the order of their names, and the row that speaks of them."""

    first: str
    second: str
    row: int


@dataclass(frozen=True)
class Edits:
    """The decisions by kind."""

    relabel: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    """{image: new individual}."""
    present: dict[str, str] = field(default_factory=dict)
    """{former name of an individual: its present name}."""
    idle: tuple[str, ...] = ()
    """Names that are merged or renamed, and that no photograph has."""
    drop: frozenset[str] = frozenset()
    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()

    @property
    def created(self) -> frozenset[str]:
        """Present names of the individuals that a `name` has created, or added a photograph to."""
        return frozenset(self.present.get(name, name) for name in self.named.values())

    def identity(self, image: str, label: str) -> str:
        """Whom a photograph shows.

        Args:
            image: its name.
            label: as train.csv has it.

        Returns:
            The present name; UNKNOWN where nobody knows it.
        """
        name = self.named.get(image) or self.relabel.get(image, label)
        return self.present.get(name, name)


def read_edits(path: Path, labels: Mapping[str, str], unknown_label: str) -> Edits:
    """The decisions of edits.csv that hold.

    Args:
        path: the file; a header alone means no decisions.
        labels: {image: label} of all labelled photographs.
        unknown_label: the word by which `relabel` says "none of the known".

    Returns:
        The decisions by kind.

    Raises:
        BadInput: not UTF-8, wrong header, unknown action or image, a value that the action cannot use, an `undo` of
            no row, decisions that contradict each other; all problems are reported at once.
    """
    records = read_table(path, COLUMNS)
    edits = _in_force(records)
    problems = [
        *edit_checks.problems(edits, labels, unknown_label, path.name),
        *edit_checks.undo_problems(records, path.name),
        *identity_edits.problems(edits, labels, unknown_label, path.name),
    ]
    if problems:
        raise BadInput(*problems)
    return Edits(
        relabel={e.image: UNKNOWN if e.value == unknown_label else e.value for e in edits if e.action == "relabel"},
        named={e.image: e.value for e in edits if e.action == "name"},
        present=present_names(identity_edits.steps(edits)),
        idle=tuple(identity_edits.idle(edits, labels)),
        drop=frozenset(e.image for e in edits if e.action == "drop"),
        together=_pairs(edits, "together"),
        apart=_pairs(edits, "apart"),
    )


def name_by_species(edits: Edits, labelled: pd.DataFrame) -> Edits:
    """The decisions, where a name that several species have is given as it stands in train.csv.

    Args:
        edits: as from `read_edits`.
        labelled: `prepare`'s table: image, label; written and species, where the data has species.

    Returns:
        `edits` with the identity of the photograph's own species.
    """
    if "written" not in labelled:
        return edits
    shared = labelled[(labelled["written"] != labelled["label"]) & (labelled["label"] != UNKNOWN)]
    identity = dict(zip(zip(shared["written"], shared["species"], strict=True), shared["label"], strict=True))
    species = dict(zip(labelled["image"], labelled["species"], strict=True))
    relabel = {image: identity.get((value, species[image]), value) for image, value in edits.relabel.items()}
    return replace(edits, relabel=relabel)


def _in_force(records: Sequence[Record]) -> list[Edit]:
    held = (records[row] for row in in_force([record.cells for record in records]))
    return [Edit(record.row, *record.cells[:5]) for record in held]


def _pairs(edits: list[Edit], action: str) -> tuple[Pair, ...]:
    return tuple(Pair(min(e.image, e.value), max(e.image, e.value), e.row) for e in edits if e.action == action)
