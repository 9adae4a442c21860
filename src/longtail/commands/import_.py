"""Bring a data set into data/raw: a Kaggle download, a folder with train.csv, or a folder an identity."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longtail import params, paths, process_lock
from longtail.atomic import replacing_folder
from longtail.errors import BadInput, Problem, format_examples
from longtail.importing import import_dataset
from longtail.labels import frequency, rawset
from longtail.lineage import links, purging, tombstones
from longtail.params import DataParams
from longtail.synthetic.rawset import are_drawn_answers

EXAMPLE = "longtail import whales.zip"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `longtail import` takes."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="zip (zips in it are opened) or folder")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where to (default: the project's data/raw)")
    parser.add_argument("--replace", action="store_true", help="replace what is there, even if it was not drawn")


def run(arguments: argparse.Namespace) -> list[str]:
    """Import the source whole, or nothing of it."""
    root = paths.project_root()
    place = paths.raw_folder(arguments.to, root, "--to")
    target = place.resolve()  # a link to a larger disk stays a link
    shown = arguments.to or paths.RAW
    with process_lock.holding_checkout(root), _telling_of_permissions():
        links.check_place(root, place)  # what the flow would refuse to version is not written
        _refuse_overlap(arguments.source.resolve(), target)
        _refuse_occupied(target, shown, replace=arguments.replace)
        was_drawn = rawset.is_drawn(target)
        for left_behind in target.parent.glob(f".{target.name}.*.tmp"):  # an import that was killed
            shutil.rmtree(left_behind, ignore_errors=True)
        _import(arguments.source, target, root)
        answers = target.parent / "solution.csv"
        if was_drawn and answers.exists() and are_drawn_answers(answers):
            answers.unlink()  # those of the drawn test photographs, which are gone
    return ["cp presets/whales.yaml params.yaml", "make run"]


def _import(origin: Path, target: Path, root: Path) -> None:
    data = _data_params(root)
    with replacing_folder(target) as folder:
        plan, labels = import_dataset.import_dataset(origin, folder, data)
        removed = purging.leave_out(folder, tombstones.read(root), data)
        labels = labels[~labels["image"].isin(removed)]
    facts = frequency.label_statistics(labels["label"])
    print(f"Imported {origin} into {target}")
    print(f"  {facts['photographs']:>8,} labelled photographs")
    print(f"  {facts['identities']:>8,} identities, {facts['seen_once']:,} of them seen once")
    print(f"  {facts['unknown']:>8,} photographs of none of the known ('{data.unknown_label}')")
    print(f"  {len(plan.test):>8,} test photographs")
    left_out = [f"left out: {len(plan.left_out):,} ({format_examples(plan.left_out)})"] if plan.left_out else []
    buried = [f"removed on request, not brought back: {len(removed):,} ({format_examples(removed)})"] if removed else []
    for note in [*plan.notes, *left_out, *buried]:
        print(f"  note: {note}")


@contextmanager
def _telling_of_permissions() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        remedy = "Give yourself the right to read the source and to write where it goes (chmod, chown)."
        raise BadInput(Problem("the system does not allow it", remedy, where=str(error.filename))) from error


def _data_params(root: Path) -> DataParams:
    """How the labels speak: as params.yaml says if there is one, else in Kaggle's words."""
    path = root / "params.yaml"
    return params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()


def _refuse_overlap(origin: Path, target: Path) -> None:
    if origin == target or origin in target.parents or target in origin.parents:
        remedy = "Move the source out of it first, then import it from there."
        raise BadInput(Problem("the source and the place it goes to overlap", remedy, where=str(target)))


def _refuse_occupied(target: Path, shown: Path, *, replace: bool) -> None:
    if target.is_file():
        raise BadInput(
            Problem("there is a file where the folder would go", "Name another with --to.", where=str(shown))
        )
    pointer = target.with_name(f"{target.name}.dvc")
    if not replace and pointer.exists() and not target.exists():
        remedy = f"Fetch them (dvc pull {shown}.dvc) and import into that, or replace all of it with --replace."
        raise BadInput(Problem(f"{shown} is versioned, and its photographs are not here", remedy, where=str(pointer)))
    if replace or rawset.is_empty(target) or rawset.is_drawn(target):
        return
    files = sum(1 for path in target.rglob("*") if path.is_file())
    raise BadInput(
        Problem(
            f"{shown} already holds data that was not drawn ({files:,} files)",
            "To replace all of it: the same command with --replace.",
            where=str(target),
            example=format_examples(sorted(path.name for path in target.iterdir()), 5),
        )
    )
