"""The catalogue and the answers in the columns of wildlife-datasets (https://github.com/WildlifeDatasets).

`image_id`, `identity` and `path` are its columns, `unknown` its word for none of the known; ours stand after them.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from longtail import csv_reader
from longtail.errors import BadInput, Problem
from longtail.labels.label_csv import UNKNOWN
from longtail.params import DataParams

UNKNOWN_IDENTITY = "unknown"
_FIELD_NAMES = {"side_column": "orientation", "species_column": "species", "date_column": "date"}
"""{parameter of `data:` that names a column of train.csv: what wildlife-datasets calls it}."""
_CATALOGUE = ("image_id", "identity", "path", "label", "group", "fold")


def catalogue(split: pd.DataFrame, labelled: pd.DataFrame, table: Path, data: DataParams) -> pd.DataFrame:
    """The labelled photographs: identity as edited, label as given, group, fold, and every other column of train.csv.

    Sides, species and dates have the names of wildlife-datasets. A column of train.csv that has the name of one of ours
    is called `NAME (train.csv)`.

    Args:
        split: split.parquet.
        labelled: `image` and `label` of labelled.parquet, and `photograph`, the file that it is of.
        table: the train.csv that they were made from.
        data: names of its columns.

    Returns:
        A row a photograph of the split, by image; broken and dropped ones are in none.

    Raises:
        BadInput: an individual is called as wildlife-datasets calls an unknown one.
    """
    _refuse_unknown(split["identity"])
    photographs = split.merge(labelled, on="image", how="left").sort_values("image")
    rows = pd.DataFrame(
        {
            "image_id": photographs["image"],
            "identity": _named(photographs["identity"]),
            "path": "train/" + photographs["photograph"],
            "label": _named(photographs["label"]),
            "group": photographs["group"],
            "fold": photographs["fold"],
        }
    )
    others = _other_columns(table, data)
    others = others.rename(columns=_field_names(list(others.columns), data))
    others.columns = [f"{name} (train.csv)" if name in _CATALOGUE else name for name in others.columns]
    return rows.merge(others, left_on="image_id", right_index=True, how="left").reset_index(drop=True)


def answers(candidates: pd.DataFrame, decisions: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """The candidates of the test photographs, best first; rank 1 alone is a table with a row a photograph.

    Args:
        candidates: candidates.parquet.
        decisions: decisions.parquet.
        test: `image` of test.parquet, and `photograph`, the file that it is of.

    Returns:
        A row a candidate: image_id, identity, path, rank, score, probability, kind, match, and
        probability_new (of the photograph).

    Raises:
        BadInput: an individual is called as wildlife-datasets calls an unknown one.
    """
    _refuse_unknown(candidates["identity"])
    if "probability" not in candidates:  # of an earlier version
        candidates = candidates.assign(probability=float("nan"))
    rows = candidates.merge(decisions[["image", "probability_new"]], on="image", how="left")
    rows = rows.merge(test, on="image", how="left")
    rows["identity"] = _named(rows["identity"])
    rows["path"] = "test/" + rows["photograph"]
    columns = ["image", "identity", "path", "rank", "score", "probability", "kind", "match", "probability_new"]
    return rows[columns].rename(columns={"image": "image_id"})


def _field_names(columns: list[str], data: DataParams) -> dict[str, str]:
    """{column of train.csv: its name in wildlife-datasets}, where no other column has that name."""
    names = {str(getattr(data, parameter)): name for parameter, name in _FIELD_NAMES.items()}
    return {column: names[column] for column in columns if column in names and names[column] not in columns}


def _named(identities: pd.Series) -> pd.Series:
    return identities.mask(identities == UNKNOWN, UNKNOWN_IDENTITY)


def _refuse_unknown(identities: pd.Series) -> None:
    count = int((identities == UNKNOWN_IDENTITY).sum())
    if count:
        what = f"row of an individual called '{UNKNOWN_IDENTITY}', which means none of the known in wildlife-datasets"
        remedy = "Set data.unknown_label to it if it says that here too, or relabel it in edits.csv; then make run."
        raise BadInput(Problem(what, remedy, count=count))


def _other_columns(table: Path, data: DataParams) -> pd.DataFrame:
    """The columns of train.csv beside image and identity, by image, as text."""
    (_, header), *rows = list(csv_reader.records(csv_reader.read_text(table, str(table)), str(table)))
    image = header.index(data.image_column)
    others = [at for at, name in enumerate(header) if name not in (data.image_column, data.identity_column)]
    cells = {header[at]: [row.cells[at] for row in rows] for at in others}
    return pd.DataFrame(cells, index=[row.cells[image] for row in rows], dtype="str")
