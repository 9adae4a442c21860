"""Further photographs for a set that is there: everything is judged before anything is moved into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from longtail import atomic, csv_reader, csv_writer
from longtail.errors import BadInput, Problem
from longtail.importing import known_pictures
from longtail.importing.known_pictures import is_same
from longtail.importing.members import Member
from longtail.importing.plan import SUBMISSION, TABLE, Plan
from longtail.labels.label_csv import names_only, photographs, read_as_written
from longtail.params import DataParams


@dataclass(frozen=True)
class Addition:
    """What a source has that a set has not."""

    plan: Plan
    """The new photographs and rows alone."""
    present: int
    """Labelled photographs of the source that the set has already, with their rows."""
    test_present: int
    identities: frozenset[str]
    """Those of the set as it is."""


def difference(plan: Plan, raw: Path, data: DataParams) -> Addition:
    """Compare a source with a set.

    Args:
        plan: what the source has.
        raw: the set.
        data: names of the columns.

    Returns:
        What is new.

    Raises:
        BadInput: a photograph of the set under the same name with other bytes, or with another identity.
    """
    data = names_only(data)
    table = read_as_written(raw / TABLE, data)
    labels = dict(zip(table["image"], table["label"], strict=True))
    listed = set(read_as_written(raw / SUBMISSION, data, may_be_empty=True)["image"])
    named = {plan.file_of(row[0]) for row in plan.rows}
    train = {name: file for name, file in _not_in(plan.train, raw / "train").items() if name in named}
    rows = [row for row in plan.rows if row[0] not in labels or plan.file_of(row[0]) in train]
    absent = _not_in(plan.test, raw / "test")
    problems = [*_other_bytes(plan.train, raw / "train"), *_other_bytes(plan.test, raw / "test")]
    problems += _other_identity(plan.rows, labels, raw)
    if problems:
        raise BadInput(*problems)
    test = {name: file for name, file in plan.test.items() if name in absent or name not in listed}
    new = replace(plan, train=train, test=test, rows=rows, table=None, submission=None)
    new = replace(new, notes=[*new.notes, *known_pictures.notes(new, labels, raw / "train")])
    present = len(plan.rows) - len(rows)
    return Addition(new, present, len(plan.test) - len(test), frozenset(labels.values()) - {data.unknown_label})


def merge(raw: Path, staged: Path, data: DataParams) -> None:
    """Move a staged set into another one. A failure takes back what was moved; a killed run is finished by another.

    Args:
        raw: the set that grows.
        staged: the new photographs and rows, laid out as a set.
        data: names of the columns.

    Raises:
        OSError: the system does not allow it; the set is then as it was.
    """
    tables = {name: _grown(raw / name, staged / name, data.image_column) for name in (TABLE, SUBMISSION)}
    with _taking_back() as moved:
        for part in ("train", "test"):
            there = set(photographs(raw / part))
            for name in photographs(staged / part):
                if name not in there:
                    (staged / part / name).rename(raw / part / name)
                    moved.append(raw / part / name)
        before = {name: (raw / name).read_bytes() for name in tables}
        try:
            for name, content in tables.items():
                _write(raw / name, content)
        except BaseException:
            for name, content in before.items():
                _write(raw / name, content)
            raise
    if photographs(raw / "test"):
        (raw / "test" / ".keep").unlink(missing_ok=True)


@contextmanager
def _taking_back() -> Iterator[list[Path]]:
    moved: list[Path] = []
    try:
        yield moved
    except BaseException:  # Ctrl-C too
        for path in moved:
            path.unlink(missing_ok=True)
        raise


def _write(target: Path, content: bytes) -> None:
    if target.read_bytes() != content:
        with atomic.replacing(target) as temporary:
            temporary.write_bytes(content)


def _grown(old: Path, new: Path, image_column: str) -> bytes:
    """A table with the rows of another one; its own lines stay as they are where no column joins."""
    before = old.read_bytes()
    header, *rows = list(csv_reader.records(csv_reader.read_text(old, str(old)), str(old)))
    names, *further = list(csv_reader.records(csv_reader.read_text(new, str(new)), str(new)))
    at, own = names.cells.index(image_column), header.cells.index(image_column)
    present = {record.cells[own] for record in rows}
    further = [record for record in further if record.cells[at] not in present]
    if not further:
        return before
    joining = [name for name in names.cells if name not in header.cells]
    columns = [*header.cells, *joining]
    cells = [_by_column(columns, dict(zip(names.cells, record.cells, strict=True))) for record in further]
    if joining:
        kept = [[*record.cells, *[""] * len(joining)] for record in rows]
        return csv_writer.as_bytes([columns, *kept, *cells])
    ending = "\r\n" if b"\r\n" in before else "\n"
    whole = before if before.endswith(b"\n") else before + ending.encode()
    return whole + csv_writer.as_bytes(cells, ending)


def _by_column(columns: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [values.get(column, "") for column in columns]


def _not_in(files: Mapping[str, Member], folder: Path) -> dict[str, Member]:
    there = set(photographs(folder))
    return {name: file for name, file in files.items() if name not in there}


def _other_bytes(files: Mapping[str, Member], folder: Path) -> list[Problem]:
    there = set(photographs(folder))
    other = [name for name, file in files.items() if name in there and not is_same(file, folder / name)]
    if not other:
        return []
    remedy = "Nothing was added. Give the new photograph a name of its own, or leave it out."
    what = f"photograph with the name of another one in {folder.name}/"
    return [Problem(what, remedy, str(folder), len(other), other[0])]


def _other_identity(rows: Sequence[Sequence[str]], labels: Mapping[str, str], raw: Path) -> list[Problem]:
    other = [(row[0], labels[row[0]], row[1]) for row in rows if labels.get(row[0], row[1]) != row[1]]
    if not other:
        return []
    image, before, after = other[0]
    remedy = "Nothing was added. Correct a label with an edit (relabel in edits.csv), or mend the source."
    what = "photograph that the set has under another identity"
    return [Problem(what, remedy, str(raw), len(other), f"{image} of {before!r}, now of {after!r}")]
