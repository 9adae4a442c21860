"""A table that nothing recognises: what a user can do so that it is read as the label table."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import PurePosixPath

from longtail.errors import format_examples
from longtail.importing import tables
from longtail.importing.listing import Listing
from longtail.importing.members import Member

_IDENTITY_WORDS = frozenset(
    {
        *("identity", "individual", "individual_id", "id", "animal", "animal_id", "whale", "whale_id"),
        *("name", "label", "class", "who"),
    }
)
"""What tables of the field call the column of the individual."""
_OTHER_WORDS = frozenset(
    {
        *("date", "day", "month", "year", "time", "datetime", "timestamp", "date_captured"),
        *("place", "location", "site", "latitude", "longitude", "lat", "lon"),
        *(
            "species",
            "side",
            "viewpoint",
            "orientation",
            "position",
            "sex",
            "age",
            "encounter",
            "encounter_id",
            "split",
        ),
        *("width", "height", "box", "bbox", "camera", "photographer", "path", "file", "filename", "image", "url"),
    }
)
"""What it calls columns that name no individual."""
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z_]([\w .-]*\w)?", re.IGNORECASE)
"""What YAML reads as text without quotes."""


def choice(table: Member, listing: Listing) -> tuple[str, str]:
    """What makes a table the label table: a command if its columns are those of `data:`, else what to set first.

    Args:
        table: the table, as CSV.
        listing: the source.

    Returns:
        The command or deed, and what it means.
    """
    header, *rows = tables.first_rows(table) or [[]]
    if "\0" in "".join(header):
        return f"save {table.path} as CSV (UTF-8, commas)", "it is the label table"
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return f"save {table.path} with commas between the columns", "it is the label table"
    everywhere, below = (_image_columns(header, rows, table, listing, anywhere=anywhere) for anywhere in (True, False))
    if not everywhere:
        return f"take {table.path} away", "it is no label table: no column of it names photographs that are here"
    if not below:
        return f"move {table.path} into {listing.source}", "it is the label table, and its photographs lie elsewhere"
    if apart := _several_a_row(header, rows, below):
        columns = format_examples(apart)
        return f"write {table.path} with a row a photograph", f"its rows name several photographs each ({columns})"
    own = listing.data.image_column, listing.data.identity_column
    image = own[0] if own[0] in below else below[0]
    return _with_columns(table, listing, image, _identity_columns(header, [image, *below], own[1]))


def names_individuals(table: Member, listing: Listing) -> bool:
    """Whether a table could be the label table: it names photographs that are here, and individuals.

    Args:
        table: the table, as CSV.
        listing: the source.

    Returns:
        True where a column names photographs, and another one is called as the field calls the individual.
    """
    header, *rows = tables.first_rows(table) or [[]]
    images = _image_columns(header, rows, table, listing, anywhere=True)
    words = {*_IDENTITY_WORDS, listing.data.identity_column.casefold()}
    return any(column.casefold() in words for column in header if column not in images[:1]) if images else False


def _several_a_row(header: list[str], rows: list[list[str]], images: list[str]) -> list[str]:
    """Columns that name other photographs than one another, as left and right sides; none where they do not."""
    named = {}
    for column in images:
        at = header.index(column)
        named[column] = {_alike(_file_name(row[at])) for row in rows if at < len(row) and row[at].strip()}
    first, *others = images
    apart = [column for column in others if not named[column] & named[first]]
    return [first, *apart] if apart else []


def _with_columns(table: Member, listing: Listing, image: str, identities: list[str]) -> tuple[str, str]:
    """The command for a table with these columns of photographs and individuals, after what has to be changed."""
    own = listing.data.image_column, listing.data.identity_column
    command = listing.command_for(table)
    if (image, identities) == (own[0], [own[1]]):
        return command, f"it is the label table, with the columns '{own[0]}' and '{own[1]}'"
    if not identities:
        return f"take {table.path} away", "it is no label table: no column of it names individuals"
    changes = []
    is_addition = listing.verb == "add"  # the set has its own columns, and data: names those
    for column, parameter, candidates in (
        (own[0], "image_column", [image]),
        (own[1], "identity_column", identities),
    ):
        if candidates == [column]:
            continue
        value = _yaml(candidates[0])
        if len(candidates) > 1:
            value = f"one of {format_examples(map(_yaml, candidates), 8)}"
        changes.append(f"rename {value} to {column}" if is_addition else f"data.{parameter}: {value}")
    where = "in the table" if is_addition else "in params.yaml"
    return f"{'' if is_addition else 'set '}{' and '.join(changes)} {where}, then {command}", "it is the label table"


def _image_columns(
    header: list[str], rows: list[list[str]], table: Member, listing: Listing, *, anywhere: bool
) -> list[str]:
    """Columns of which half the cells or more name a photograph, those with the most whole names first."""
    folder = PurePosixPath() if anywhere else table.path.parent
    paths = [photograph.path for photograph in listing.photographs() if photograph.path.is_relative_to(folder)]
    whole = {_alike(path.name) for path in paths}
    stems = {_alike(path.stem) for path in paths}
    scores = {}
    for at, column in enumerate(header):
        cells = [_alike(_file_name(row[at])) for row in rows if at < len(row) and row[at].strip()]
        by_name, by_stem = sum(cell in whole for cell in cells), sum(cell in stems for cell in cells)
        if cells and header.count(column) == 1 and column and 2 * max(by_name, by_stem) >= len(cells):
            scores[column] = (by_name, by_stem)
    return sorted(scores, key=lambda column: scores[column], reverse=True)


def _identity_columns(header: list[str], images: list[str], own: str) -> list[str]:
    """The column of the individual; several where it is not clear which one, none where none can be it."""
    others = [column for column in header if column and column != images[0] and header.count(column) == 1]
    if own in others:
        return [own]
    likely = [column for column in others if column.casefold() in _IDENTITY_WORDS]
    possible = [column for column in others if column not in images and column.casefold() not in _OTHER_WORDS]
    return likely if len(likely) == 1 else possible


def _file_name(cell: str) -> str:
    return PurePosixPath(cell.strip().replace("\\", "/")).name.partition("#")[0]


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _yaml(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
