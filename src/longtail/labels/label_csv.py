"""The label table, read once. Only here are a data set's words translated.

Every value is text, always: `007` stays `007`; `NA`, `null` and `1e5` are names like any other.
What makes a table unreadable is an error of this file; what its values mean is `expectations.py`'s to judge.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from longtail import csv_reader
from longtail.errors import BadInput, Problem, format_examples
from longtail.labels import dates, traits
from longtail.params import DataParams

UNKNOWN = ""
"""Our word for 'none of the known', whatever the data set's own word is."""


def read_labels(csv_path: Path, data: DataParams) -> pd.DataFrame:
    """One row a labelled photograph: image, label, together (str) and row (int64); with `data.date_column` also date.

    With `data.side_column` also `side`, with `data.species_column` also `species` (`traits.normalised`) and `written`,
    the label as the table has it: of a name that two species have, `label` says which (`traits.per_species`).

    `label` is UNKNOWN where the table has `data.unknown_label`; `together` is `""` without `data.group_column`, and the
    values of several columns as a JSON list, `""` where one of them is blank; `row` is the line on which a text editor
    shows the record (the header is line 1). `date` is a day, `YYYY-MM-DD`, or `dates.UNDATED`.

    Args:
        csv_path: the label table.
        data: names of its columns, and the word for "unknown".

    Returns:
        The rows in the order of the file.

    Raises:
        BadInput: no file, empty, not UTF-8, columns missing, ragged rows, broken quotes, dates that cannot be read;
            names that do not say of which species they are.
    """
    table = read_as_written(csv_path, data)
    if data.species_column:
        table["written"] = table["label"]
    table = table.assign(label=identities_of(table, data, str(csv_path)))
    return table.assign(date=_days(table, csv_path)) if data.date_column else table


def identities_of(as_written: pd.DataFrame, data: DataParams, where: str) -> pd.Series:
    """The identity of each photograph.

    Args:
        as_written: see `read_as_written`.
        data: the word for "unknown".
        where: the table's name, for messages.

    Returns:
        UNKNOWN for the word; of a name that two species have, the name with its species.

    Raises:
        BadInput: see `traits.per_species`.
    """
    labels = traits.per_species(as_written, data, where) if data.species_column else as_written["label"]
    return translate_unknown(labels, data)


def translate_unknown(labels: pd.Series, data: DataParams) -> pd.Series:
    """Replace the data set's word for "none of the known" by UNKNOWN.

    Args:
        labels: as written.
        data: the word.

    Returns:
        Labels as the stages use them.
    """
    return labels.mask(labels == data.unknown_label, UNKNOWN) if data.unknown_label else labels


def read_as_written(
    csv_path: Path, data: DataParams, *, may_be_empty: bool = False, may_lack_traits: bool = False
) -> pd.DataFrame:
    """Like `read_labels`, with labels and dates as they stand in the file: a blank label is not yet an unknown one.

    Args:
        csv_path: the label table.
        data: names of its columns.
        may_be_empty: accept a header without rows: a set without test photographs has such a sample_submission.csv.
        may_lack_traits: accept a table without the columns of sides and species: none is known then.

    Returns:
        See `read_labels`.

    Raises:
        BadInput: see `read_labels`.
    """
    records = csv_reader.records(_text(csv_path), str(csv_path))
    _, header = next(records, (1, []))
    columns_of = _columns_of(header, data, csv_path, may_lack_traits=may_lack_traits)
    rows: list[tuple[int, list[str]]] = []
    ragged: list[tuple[int, list[str]]] = []
    for row, cells in records:
        (rows if len(cells) == len(header) else ragged).append((row, cells))
    if ragged:
        row, cells = ragged[0]
        raise BadInput(
            Problem(
                f"rows of {csv_path.name} have another number of cells than the header's {len(header)}",
                "Put a name that holds a comma in double quotes; end no row with a comma.",
                where=f"{csv_path}, row {row}",
                count=len(ragged),
                example=f"{','.join(cells)} ({len(cells)} cells)",
            )
        )
    if not rows and not may_be_empty:
        remedy = "It needs one row a labelled photograph."
        raise BadInput(Problem(f"{csv_path.name} is empty: a header and no rows", remedy, where=str(csv_path)))
    columns = {
        name: pd.Series([_value([cells[column] for column in of_name]) for _, cells in rows], dtype="str")
        for name, of_name in columns_of.items()
    }
    for name in [name for name in ("side", "species") if name in columns]:
        columns[name] = columns[name].map({word: traits.normalised(word) for word in set(columns[name])}).astype("str")
    return pd.DataFrame({**columns, "row": pd.Series([row for row, _ in rows], dtype="int64")})


def names_only(data: DataParams) -> DataParams:
    """`data` without the columns that sample_submission.csv may lack, for those who ask for names of photographs."""
    return data.model_copy(update=dict.fromkeys(("group_column", "date_column", "side_column", "species_column"), ""))


def photographs(folder: Path) -> list[str]:
    """Sorted names of the files in `folder`; those that begin with a dot are not photographs.

    Returns:
        File names without the folder.

    Raises:
        BadInput: there is no such folder.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_file() and not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError) as error:
        remedy = "Bring your photographs: longtail import SOURCE"
        raise BadInput(Problem("there is no folder of photographs", remedy, where=str(folder))) from error


def _days(table: pd.DataFrame, path: Path) -> pd.Series:
    """The days of the photographs. Raises BadInput."""
    days = dates.days_of(table["date"])
    unread = table[days.isna()]
    if len(unread):
        first = unread.iloc[0]
        example = f"{first['date']!r} of {first['image']!r}"
        where = f"{path}, row {first['row']}"
        raise BadInput(Problem("date that cannot be read for certain", dates.REMEDY, where, len(unread), example))
    return days.astype("str")


def _text(path: Path) -> str:
    if not path.is_file():
        remedy = "Bring your data with `longtail import SOURCE`, or draw some with `longtail sample data/raw`."
        raise BadInput(Problem(f"there is no {path.name}", remedy, where=str(path)))
    text = csv_reader.read_text(path, str(path))
    if not text.strip():
        remedy = "It needs a header and one row a labelled photograph."
        raise BadInput(Problem(f"{path.name} is empty", remedy, where=str(path)))
    return text


def _value(cells: Sequence[str]) -> str:
    """What the columns of one name say of a photograph together."""
    if len(cells) < 2:
        return "".join(cells)
    return json.dumps(cells, ensure_ascii=False) if all(cell.strip() for cell in cells) else ""


def _columns_of(header: list[str], data: DataParams, path: Path, *, may_lack_traits: bool) -> dict[str, list[int]]:
    """The columns of each name, as numbers in the header; none for what was not asked for, or may be lacking."""
    wanted = {
        "image": ("data.image_column", [data.image_column]),
        "label": ("data.identity_column", [data.identity_column]),
        "together": ("data.group_column", data.group_columns),
    }
    if data.date_column:
        wanted["date"] = ("data.date_column", [data.date_column])
    for name, parameter, column in (
        ("side", "data.side_column", data.side_column),
        ("species", "data.species_column", data.species_column),
    ):
        if column:
            wanted[name] = (parameter, [column] * (column in header or not may_lack_traits))
    problems = [
        _wrong_header(header, parameter, column, path)
        for parameter, columns in wanted.values()
        for column in columns
        if header.count(column) != 1
    ]
    if problems:
        raise BadInput(*problems)
    return {name: [header.index(column) for column in columns] for name, (_, columns) in wanted.items()}


def _wrong_header(header: list[str], parameter: str, name: str, path: Path) -> Problem:
    columns = f"its columns are {format_examples(map(repr, header), 10)}"
    where = f"{path}, row 1"
    if name in header:
        what = f"{path.name} has the column '{name}' {header.count(name)} times; {columns}"
        return Problem(what, "Give each column a name of its own.", where=where)
    what = f"{path.name} has no column '{name}'; {columns}"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return Problem(what, "Save it with commas between the columns.", where=where)
    if name.strip() in [column.strip() for column in header]:
        return Problem(what, "Take the spaces before and after the names of its columns away.", where=where)
    folded = {column.strip().casefold(): column for column in reversed(header)}
    close = difflib.get_close_matches(name.strip().casefold(), folded, n=1)
    meant = f", perhaps to {folded[close[0]]!r}" if close else ""
    return Problem(what, f"Set {parameter} in params.yaml to the name it has in the file{meant}.", where=where)
