"""The photographs of a finished run as a reviewer meets them: by name, with what is known of each."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pyarrow import parquet

from longtail import artifacts, csv_reader
from longtail.errors import BadInput
from longtail.images.cropping import Box
from longtail.labels import boxes
from longtail.names import PHOTOGRAPH
from longtail.params import DataParams
from longtail.paths import RAW

Part = Literal["labelled", "test"]
PARTS: tuple[Part, ...] = ("labelled", "test")
_COLUMNS = (
    "image",
    "label",
    "written",
    "md5",
    "width",
    "height",
    "date",
    "side",
    "species",
    "file",
    "error",
    PHOTOGRAPH,
)
_TABLES = {"labelled": "train.csv", "test": "sample_submission.csv"}
_FOLDERS = {"labelled": "train", "test": "test"}
_SHOWN_ALREADY = ("date", "side", "species")
_MARGIN = "box_margin"


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph, or the part of one that a box shows."""

    part: Part
    image: str
    """Its name in the tables."""
    original: Path
    """Its file in the raw set, from the project's root."""
    copy: Path | None
    """Its working copy, from the project's root; None where it could not be opened."""
    md5: str
    width: int
    height: int
    error: str = ""
    identity: str = ""
    """As the run counted it; `""` for unknown, and for a test photograph."""
    label: str = ""
    """As the table has it."""
    fold: str = ""
    date: str = ""
    side: str = ""
    species: str = ""
    box: Box | None = None
    is_gone: bool = False
    """Whether its table has no row of it any more, as after a `longtail purge` or an adoption."""
    further: Mapping[str, str] = field(default_factory=dict)
    """{column: cell} of the other columns of its table, place and encounter among them."""


@dataclass(frozen=True)
class Catalogue:
    """All photographs of a run."""

    by_part: Mapping[Part, Mapping[str, Photograph]]
    margin: float = 0.0
    """Share of a box's sides that a picture shows around it, as `prepare` did."""
    of_identity: Mapping[str, list[str]] = field(default_factory=dict)
    """{identity: its labelled photographs}, sorted by date and name."""

    def find(self, image: str, part: Part | None = None) -> Photograph | None:
        """A photograph by its name.

        Args:
            image: its name in the tables.
            part: where it is looked for; None: in both, labelled first.

        Returns:
            The photograph; None where the tables know none.
        """
        for name in (part,) if part else PARTS:
            if (one := self.by_part.get(name, {}).get(image)) is not None:
                return one
        return None

    @cached_property
    def md5s(self) -> dict[str, str]:
        """{image: md5} of all photographs."""
        return {name: one.md5 for part in self.by_part.values() for name, one in part.items()}

    @cached_property
    def labels(self) -> dict[str, str]:
        """{image: label} of all labelled photographs that are still there."""
        return {name: one.label for name, one in self.by_part["labelled"].items() if not one.is_gone}


def read(folder: Path, root: Path, data: DataParams) -> Catalogue:
    """Read the catalogue.

    Args:
        folder: that holds the tables of the run (`finished_run.RunFolder`).
        root: the project's root, which holds the photographs.
        data: names of the columns of the raw tables.

    Returns:
        All photographs that `prepare` has listed; without test photographs where it has not come to them.
    """
    split = _by_image(folder / artifacts.SPLIT, ("image", "identity", "fold"))
    parts = {part: dict(_photographs(part, folder, root, data, split)) for part in PARTS}
    of_identity: dict[str, list[Photograph]] = defaultdict(list)
    for one in parts["labelled"].values():
        if one.identity:
            of_identity[one.identity].append(one)
    ordered = {
        name: [one.image for one in sorted(several, key=lambda one: (one.date, one.image))]
        for name, several in of_identity.items()
    }
    return Catalogue(parts, _margin(root), ordered)


def _photographs(
    part: Part, folder: Path, root: Path, data: DataParams, split: Mapping[str, Mapping[str, Any]]
) -> Iterable[tuple[str, Photograph]]:
    rows = _by_image(folder / artifacts.prepared_table(part), _COLUMNS)
    raw = RAW / _TABLES[part]
    further = _further(root / raw, data)
    cropped = _boxes(root / raw, data) if any(PHOTOGRAPH in row for row in rows.values()) else {}
    is_read = not further.keys().isdisjoint(rows)
    for image, row in rows.items():
        placed = split.get(image, {})
        label = str(row.get("written") or row.get("label", ""))
        copy = Path(artifacts.prepared_images(part)) / row["file"] if row.get("file") else None
        is_gone = is_read and image not in further
        error = f"{_TABLES[part]} has no row of it any more" if is_gone else str(row["error"])
        yield image, Photograph(
            part, image, RAW / _FOLDERS[part] / str(row.get(PHOTOGRAPH, image)), copy, str(row["md5"]),
            int(row["width"]), int(row["height"]), error,
            identity=str(placed.get("identity", row.get("label", ""))), label=label, fold=str(placed.get("fold", "")),
            date=str(row.get("date", "")), side=str(row.get("side", "")), species=str(row.get("species", "")),
            box=cropped.get(image), is_gone=is_gone, further=further.get(image, {}),
        )  # fmt: skip


def _by_image(path: Path, columns: Iterable[str]) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        return {}
    there = parquet.read_schema(path).names
    rows = pd.read_parquet(path, columns=[name for name in columns if name in there]).to_dict("records")
    return {str(row["image"]): {str(name): value for name, value in row.items()} for row in rows}


def _further(table: Path, data: DataParams) -> dict[str, dict[str, str]]:
    """The cells of a raw table that no other column of ours shows; nothing where the table cannot be read now."""
    try:
        header, *rows = [record.cells for record in csv_reader.records(csv_reader.read_text(table, table.name), "")]
    except (BadInput, ValueError):  # what the run has read is in its own tables
        return {}
    known = {data.image_column, data.identity_column, data.box_column, data.date_column, data.side_column}
    known |= {data.species_column, *_SHOWN_ALREADY}
    if data.image_column not in header:
        return {}
    at = header.index(data.image_column)
    columns = [(column, name) for column, name in enumerate(header) if name not in known]
    whole = [cells for cells in rows if len(cells) == len(header)]
    return {cells[at]: {name: cells[column] for column, name in columns if cells[column]} for cells in whole}


def _boxes(table: Path, data: DataParams) -> Mapping[str, Box]:
    try:
        return boxes.read_boxes(table, data)
    except BadInput:
        return {}


def _margin(root: Path) -> float:
    try:
        record = json.loads((root / artifacts.record_path("prepare@labelled")).read_text(encoding="utf-8"))
        return float(record["params"][_MARGIN])
    except (OSError, ValueError, LookupError, TypeError):
        return 0.0
