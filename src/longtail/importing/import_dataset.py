"""Import of a source into a folder, for `longtail import`, `longtail add` and a scheduled look at a source."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from longtail.errors import BadInput
from longtail.importing import boxing, labelling, recognising, source, writing
from longtail.importing.box_choice import BoxOptions
from longtail.importing.box_file import NOTHING_IMPORTED
from longtail.importing.listing import Listing
from longtail.importing.plan import Plan
from longtail.params import DataParams


@dataclass(frozen=True)
class Origin:
    """A source as the user named it."""

    path: Path
    """A folder, a zip, or a table that lies with its photographs."""
    kind: str = ""
    """What the user says it is (`recognising.KINDS`); `""`: as its content says."""
    verb: str = "import"
    """`import` or `add`; `""` for the scheduled look."""
    boxes: BoxOptions | None = None
    """A file of boxes that belongs to it."""


@dataclass(frozen=True)
class Imported:
    """What was brought, or would be."""

    plan: Plan
    description: str
    """One line: what the source is, with species, individuals and years."""
    labels: pd.DataFrame
    """The label table, as `label_csv.read_labels` gives it."""


@contextmanager
def looking(origin: Origin, data: DataParams) -> Iterator[tuple[Plan, str]]:
    """What an import would do; nothing is written but copies in the system's temporary folder, removed at the end.

    Raises BadInput, as `import_dataset`.

    Args:
        origin: the source.
        data: names of the columns.

    Yields:
        The plan, whose files can be read inside the block, and what the source is in one line.
    """
    with _words_of(origin.verb), tempfile.TemporaryDirectory(prefix="longtail-") as scratch, ExitStack() as stack:
        yield _planned(origin, Path(scratch), stack, data)


def import_dataset(origin: Origin, folder: Path, data: DataParams) -> Imported:
    """Write a source in the layout of `data/raw/`.

    Raises BadInput and NoSpace, as `source.members_of`, `recognising.plan`, `writing.write` and `boxing.add_boxes`.

    Args:
        origin: the source.
        folder: where to write; it must be empty.
        data: names of the columns.

    Returns:
        What was written.
    """
    scratch = folder / ".scratch"
    scratch.mkdir()
    with ExitStack() as stack:
        plan, description = _planned(origin, scratch, stack, data)
        boxing.refuse_unknown(plan, origin.boxes, data)
        written = writing.write(plan, folder, data, str(origin.path))
    shutil.rmtree(scratch)
    if origin.boxes is not None:
        notes = boxing.add_boxes(folder, boxing.sources_of(plan), origin.boxes, data)
        plan = replace(plan, notes=[*plan.notes, *notes])
    plan = replace(plan, notes=[*plan.notes, *written.notes()])
    return Imported(plan, description, written.labels)


@contextmanager
def _words_of(verb: str) -> Iterator[None]:
    """Let `longtail add` say "added" where the readers of sources, which both verbs share, say "imported"."""
    try:
        yield
    except BadInput as error:
        if verb != "add":
            raise
        remedies = (problem.remedy.replace(NOTHING_IMPORTED, "Nothing was added.") for problem in error.problems)
        raise BadInput(
            *(replace(problem, remedy=remedy) for problem, remedy in zip(error.problems, remedies, strict=True))
        ) from error


def _planned(origin: Origin, scratch: Path, stack: ExitStack, data: DataParams) -> tuple[Plan, str]:
    members = source.members_of(origin.path, scratch, stack)
    is_table = source.is_table(origin.path)
    named = next((member for member in members if member.file == origin.path), None) if is_table else None
    boxes = origin.boxes.path if origin.boxes else None
    listing = Listing(members, str(origin.path), data, scratch, named, origin.verb, boxes)
    plan = recognising.plan(listing, origin.kind)
    return plan, labelling.describe(plan, listing)
