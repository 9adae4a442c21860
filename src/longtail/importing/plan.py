"""What an import will write: which file goes where, and the rows of the label table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from longtail.importing.members import Member
from longtail.params import DataParams

TABLE = "train.csv"
SUBMISSION = "sample_submission.csv"
CLEAR_NAMES = {
    "orientation": "side",
    "viewpoint": "side",
    "position": "side",
    "date_captured": "date",
    "datetime": "date",
    "timestamp": "date",
    "encounter_id": "encounter",
}
"""What the field calls a column, and what train.csv calls it."""


@dataclass(frozen=True)
class LabelRow:
    """One labelled photograph of a source: what its table, or its folders, say of it."""

    path: str
    """The photograph as the table writes it, or its path below the source."""
    identity: str
    """The individual as the source writes it."""
    cells: tuple[str, ...] = ()
    """Values of the further columns."""
    row: int = 0
    """The line of the table, for messages; 0 where there is none."""
    part: str = ""
    """`#1` where the row shows one of several boxes of its photograph; `""` where it is the photograph's only row."""


@dataclass(frozen=True)
class Plan:
    """Where the files go: `train` and `test` by name there."""

    kind: str
    """What the source is, in words: `a Kaggle table`."""
    train: dict[str, Member]
    test: dict[str, Member]
    header: tuple[str, ...]
    """Columns of train.csv: image, identity, further ones."""
    rows: list[tuple[str, ...]]
    """Cells of train.csv, in its order; those without a photograph are left out."""
    table: Member | None = None
    """The source's table, where it is copied byte for byte."""
    submission: Member | None = None
    left_out: list[PurePosixPath] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Photographs that the table names and the source does not have."""

    def size(self) -> int:
        """Bytes that the import will write, as the source declares them."""
        tables = [member for member in (self.table, self.submission) if member is not None]
        return sum(member.size for member in (*self.train.values(), *self.test.values(), *tables))

    def column(self, name: str) -> list[str]:
        """Values of a column of train.csv; none where there is no such column."""
        if name not in self.header:
            return []
        at = self.header.index(name)
        return [cells[at] for cells in self.rows]

    def file_of(self, image: str) -> str:
        """The file in `train/` of an image of train.csv: that of `a.jpg#1` is `a.jpg`."""
        return image if image in self.train else image.rpartition("#")[0]

    def labels(self, data: DataParams) -> list[str]:
        """The identity of each row, as train.csv writes it."""
        return self.column(data.identity_column)


def clear_columns(names: list[str], taken: set[str]) -> list[str]:
    """The names that a source's further columns have in train.csv.

    Args:
        names: as the source writes them.
        taken: names of the image and the identity column.

    Returns:
        A name for each, all different: `orientation` is `side` unless the source has a column `side` of its own.
    """
    clear: list[str] = []
    for name in names:
        plain = name.strip()
        other = CLEAR_NAMES.get(plain.casefold(), plain)
        better = other if other == plain or (other not in names and other not in clear) else plain
        while better in taken or better in clear:
            better = f"source_{better}"
        clear.append(better)
    return clear
