"""Bring further photographs into data/raw: a folder, a zip or a table, read as `longtail import` reads it."""

from __future__ import annotations

import argparse
import shlex
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from longtail import atomic, paths, process_lock
from longtail.commands.import_ import (
    add_source_arguments,
    boxes_of,
    data_params,
    refuse_overlap,
    translate_permissions,
)
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.importing import adding, boxing, import_dataset, summary, writing
from longtail.importing.adding import Addition
from longtail.importing.import_dataset import Origin
from longtail.labels import rawset
from longtail.labels.label_csv import names_only
from longtail.lineage import links, purging, tombstones
from longtail.params import DataParams

EXAMPLE = "longtail add new-photographs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `longtail add` takes."""
    add_source_arguments(parser)
    parser.add_argument("--to", type=Path, metavar="DIR", help="which set (default: the project's data/raw)")


def run(arguments: argparse.Namespace) -> list[str]:
    """Add what is new of the source, or nothing of it."""
    root = paths.project_root()
    raw = paths.raw_folder(arguments.to, root, "--to").resolve()
    data = data_params(root)
    origin = Origin(arguments.source, arguments.kind, verb="add", boxes=boxes_of(arguments))
    with translate_permissions():
        _refuse_no_set(raw, arguments.to or paths.RAW, data)
        refuse_overlap(origin.path, raw)
        if arguments.dry_run:
            return _preview(origin, raw, data)
        with process_lock.holding_checkout(root):
            if arguments.to is None:
                links.check(root)
            return _add(origin, raw, data, root)


def _preview(origin: Origin, raw: Path, data: DataParams) -> list[str]:
    with import_dataset.looking(origin, names_only(data)) as (plan, description):
        addition = adding.difference(plan, raw, data)
        notes = [f"  note: {note}" for note in boxing.preview(plan, origin.boxes, data)]
    print("\n".join([f"{origin.path}: {description}", *_lines(addition, [], data), *notes]))
    print("Nothing was written, and no photograph opened (--dry-run).")
    option = f" --as {shlex.quote(origin.kind)}" if origin.kind else ""
    option += f" {origin.boxes}" if origin.boxes else ""
    return [f"longtail add {shlex.quote(str(origin.path))}{option}"]


def _add(origin: Origin, raw: Path, data: DataParams, root: Path) -> list[str]:
    for left_behind in raw.parent.glob(f".{raw.name}.*.tmp"):  # one that was killed
        shutil.rmtree(left_behind, ignore_errors=True)
    with ExitStack() as stack, atomic.translate_enospc(raw):
        staged = Path(tempfile.mkdtemp(prefix=f".{raw.name}.", suffix=".tmp", dir=raw.parent))
        stack.callback(shutil.rmtree, staged, ignore_errors=True)
        plan, description = stack.enter_context(import_dataset.looking(origin, names_only(data)))
        boxing.refuse_unknown(plan, origin.boxes, data)
        addition = adding.difference(plan, raw, data)
        is_new = bool(addition.plan.rows or addition.plan.test)
        notes: list[str] = []
        if is_new:
            notes = writing.write(addition.plan, staged, names_only(data), str(origin.path)).notes()
            if origin.boxes is not None:
                notes += boxing.add_boxes(staged, boxing.sources_of(addition.plan), origin.boxes, data)
            removed = purging.leave_out(staged, tombstones.read(root), data)
            adding.merge(raw, staged, data)
        else:
            removed = []
    print(f"{origin.path}: {description}")
    first = f"Added to {raw}" if is_new else f"Nothing new for {raw}"
    lines = [*_lines(addition, removed, data), *(f"  note: {note}" for note in notes)]
    print("\n".join([first, *lines, *summary.advice(plan, data), *_what_follows(addition)]))
    return ["make run"] if is_new else []


def _what_follows(addition: Addition) -> list[str]:
    """What the next run does with it."""
    if addition.plan.rows:
        return ["  the next run trains again, on all photographs and from the start: it takes as long as the first one"]
    return ["  the next run answers for the new test photographs, and trains nothing again"] * bool(addition.plan.test)


def _lines(addition: Addition, removed: list[str], data: DataParams) -> list[str]:
    """What is new and what was there."""
    plan = addition.plan
    rows = [row for row in plan.rows if row[0] not in removed]
    names = {row[1] for row in rows} - {data.unknown_label}
    new = sorted(names - addition.identities)
    tests = len([name for name in plan.test if name not in removed])
    known = f", {counted(len(new), 'individual')} new to the set ({format_examples(new)})" if new else ""
    return [
        f"  {summary.padded(len(rows), 'labelled photograph')} added, of {counted(len(names), 'individual')}{known}",
        f"  {summary.padded(addition.present, 'labelled photograph')} there already",
        f"  {summary.padded(tests, 'test photograph')} added, {addition.test_present:,} there already",
        *summary.notes(plan, removed, data),
    ]


def _refuse_no_set(raw: Path, folder: Path, data: DataParams) -> None:
    """Refuse to add to what is no set of the user's own. Raises BadInput."""
    pointer = raw.with_name(f"{raw.name}.dvc")
    if pointer.exists() and not raw.exists():
        remedy = f"Fetch them: dvc pull {folder}.dvc"
        raise BadInput(Problem(f"{folder} is versioned, and its photographs are not here", remedy, where=str(pointer)))
    if rawset.is_empty(raw):
        remedy = "Bring the first photographs with `longtail import SOURCE`."
        raise BadInput(Problem("there is no set to add to", remedy, where=str(folder)))
    if rawset.is_drawn(raw):
        remedy = "Bring yours with `longtail import SOURCE`, which replaces a drawn set."
        raise BadInput(Problem(f"{folder} holds a drawn sample", remedy, where=str(raw)))
    rawset.check(raw, data)
