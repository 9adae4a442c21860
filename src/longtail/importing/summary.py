"""What `longtail import` and `longtail add` say of a source: what it is, counts, notes, parameters worth setting."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import pandas as pd

from longtail.errors import counted, format_examples
from longtail.images.kinds import RAW_REMEDY
from longtail.importing.listing import is_raw
from longtail.importing.plan import Plan
from longtail.labels.dates import days_of
from longtail.params import DataParams

_USED_BY = {
    "species": "species_column",
    "side": "side_column",
    "date": "date_column",
    "encounter": "group_column",
}
"""{column of train.csv: the parameter of `data:` that names it}."""
_PERHAPS_UNKNOWN = frozenset(
    {
        *("?", "??", "???", "-", "--", "na", "n/a", "nan", "none", "null", "no_id", "noid", "no_match", "tbd"),
        *("not_known", "not_identified", "new", "new_whale", "unid", "unident", "unidentified", "unidentifiable"),
        *("unmarked", "unnamed", "indet", "indeterminate", "undetermined", "other", "others"),
    }
)
"""What tables and folders of the field call whom nobody knows, and could be a name; in small letters."""
_SEVERAL = re.compile(r"[;|]|(?<=[\w.])[\s_]*(?:[&+]|[\s_]and[\s_])[\s_]*(?=\w)", re.IGNORECASE)
"""What stands between the names of several individuals in one cell."""
PRESETS = "presets/ holds examples of params.yaml for other sizes and devices (docs/how-to/own-data.md)"


def counts(labels: Sequence[str], test: int, data: DataParams) -> list[str]:
    """The counts of a set.

    Args:
        labels: the identity of each labelled photograph, as train.csv writes it.
        test: number of test photographs.
        data: the word for "unknown".

    Returns:
        Four lines.
    """
    by_identity = Counter(label for label in labels if label != data.unknown_label)
    once = sum(number == 1 for number in by_identity.values())
    strangers = len(labels) - by_identity.total()
    return [
        f"  {padded(len(labels), 'labelled photograph')}",
        f"  {padded(len(by_identity), 'identity', 'identities')}, {once:,} of them seen once",
        f"  {padded(strangers, 'photograph')} of none of the known ('{data.unknown_label}')",
        f"  {padded(test, 'test photograph')}",
    ]


def padded(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, as `errors.counted`, in a column of numbers.

    Args:
        number: how many.
        noun: one of them.
        plural: several of them, where an s is not enough.

    Returns:
        The number, eight places wide, and its noun.
    """
    digits, _, word = counted(number, noun, plural).partition(" ")
    return f"{digits:>8} {word}"


def notes(plan: Plan, removed: Sequence[str], data: DataParams) -> list[str]:
    """What a user should know of an import.

    Args:
        plan: what was brought.
        removed: photographs that had been removed on request.
        data: the word for "unknown".

    Returns:
        A line a note.
    """
    raw = [path for path in plan.left_out if is_raw(path)]
    others = [path for path in plan.left_out if path not in set(raw)]
    left_out = [f"left out: {len(others):,} ({format_examples(others)})"] if others else []
    if raw:
        left_out += [f"raw files of a camera, left out: {len(raw):,} ({format_examples(raw)}): {RAW_REMEDY}"]
    brought = [name for name in (*plan.train, *plan.test) if is_raw(PurePosixPath(name))]
    if brought:
        what = f"raw files of a camera among the photographs: {len(brought):,} ({format_examples(brought)})"
        left_out += [f"{what}; `make run` stops at them: {RAW_REMEDY}"]
    buried = [f"removed on request, not brought back: {len(removed):,} ({format_examples(removed)})"] if removed else []
    names = [*_perhaps_unknown(plan, data), *_perhaps_several(plan, data)]
    return [f"  note: {note}" for note in (*plan.notes, *names, *left_out, *buried)]


def _perhaps_unknown(plan: Plan, data: DataParams) -> list[str]:
    """A note on individuals whose names may say that nobody knows them; none where there are none."""
    counted_names = Counter(label for label in plan.labels(data) if label != data.unknown_label)
    doubtful = {name: number for name, number in counted_names.items() if name.casefold() in _PERHAPS_UNKNOWN}
    if not doubtful:
        return []
    examples = format_examples(f"{name}: {counted(number, 'photograph')}" for name, number in doubtful.items())
    word = data.unknown_label or "one word, and data.unknown_label to it"
    return [
        f"individuals whose names may mean 'none of the known': {len(doubtful):,} ({examples}); if so, write {word}"
    ]


def _perhaps_several(plan: Plan, data: DataParams) -> list[str]:
    """A note on individuals whose names may be those of several; none where there are none."""
    several = [name for name in dict.fromkeys(plan.labels(data)) if _SEVERAL.search(name)]
    if not several:
        return []
    remedy = "a photograph of several needs a box and a row for each (docs/how-to/own-data.md, Boxes)"
    return [f"individuals whose names may be those of several: {len(several):,} ({format_examples(several)}); {remedy}"]


def advice(plan: Plan, data: DataParams) -> list[str]:
    """Parameters that would use a column of the new train.csv and do not yet.

    Args:
        plan: what was brought.
        data: the parameters as they are.

    Returns:
        A line a column.
    """
    lines = []
    for column, parameter in _USED_BY.items():
        value = getattr(data, parameter, column)  # no advice on a parameter that is not there
        used = [value] if isinstance(value, str) else value
        if not any(cell.strip() for cell in plan.column(column)) or column in used:
            continue
        unread = _unread_dates(plan.column(column)) if column == "date" else []
        if unread:
            lines.append(
                f"  train.csv has a column 'date', and {len(unread):,} of its values cannot be read for certain, e.g. "
                f"{unread[0]!r}: written as YYYY-MM-DD, data.{parameter}: {column} in params.yaml would use them"
            )
        else:
            lines.append(f"  train.csv has a column '{column}': data.{parameter}: {column} in params.yaml would use it")
    return lines


def _unread_dates(cells: Sequence[str]) -> list[str]:
    """Values that are no date for certain."""
    written = pd.Series(list(cells), dtype="str")
    return written[days_of(written).isna()].tolist()
