"""Bring a data set into data/raw: a Kaggle download, a table of the field with its photographs, or folders."""

from __future__ import annotations

import argparse
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from longtail import ancestor, params, paths, process_lock
from longtail.atomic import replacing_folder
from longtail.errors import BadInput, BadParameter, Problem, format_examples
from longtail.importing import boxing, import_dataset, recognising, source, summary
from longtail.importing.box_choice import BoxOptions
from longtail.importing.box_file import MIN_CONFIDENCE
from longtail.importing.import_dataset import Origin
from longtail.labels import rawset
from longtail.labels.boxes import named_box
from longtail.lineage import links, purging, tombstones
from longtail.params import DataParams
from longtail.synthetic.rawset import are_drawn_answers

EXAMPLE = "longtail import whales.zip"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `longtail import` takes."""
    add_source_arguments(parser)
    parser.add_argument("--to", type=Path, metavar="DIR", help="where to (default: the project's data/raw)")
    parser.add_argument("--replace", action="store_true", help="replace what is there, even if it was not drawn")


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """What `longtail import` and `longtail add` take alike."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="folder, zip (zips in it are opened), or a table beside its photographs",
    )
    kinds = ", ".join(recognising.KINDS)
    parser.add_argument("--as", dest="kind", default="", metavar="KIND", help=f"what SOURCE is: {kinds}")
    parser.add_argument(
        "--boxes", type=Path, metavar="FILE", help="MegaDetector's or COCO's JSON: what of each photograph is cropped"
    )
    parser.add_argument(
        "--min-confidence",
        type=float,
        default=MIN_CONFIDENCE,
        metavar="C",
        help=f"MegaDetector: boxes below are passed over (default {MIN_CONFIDENCE})",
    )
    parser.add_argument(
        "--boxes-upright", action="store_true", help="all boxes were drawn on the photographs as EXIF turns them"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what SOURCE is and what would be brought")


def run(arguments: argparse.Namespace) -> list[str]:
    """Import the source whole, or nothing of it."""
    root = paths.project_root()
    origin = Origin(arguments.source, arguments.kind, boxes=boxes_of(arguments))
    if arguments.dry_run:
        with translate_permissions():
            return _preview(origin, data_params(root))
    folder = paths.raw_folder(arguments.to, root, "--to")
    target = folder.resolve()  # a link to a larger disk stays a link
    named = arguments.to or paths.RAW
    with process_lock.holding_checkout(root), translate_permissions(), _no_empty_folder(target.parent):
        links.check_folder(root, folder)  # what the flow would refuse to version is not written
        refuse_overlap(origin.path, target)
        _refuse_occupied(target, named, replace=arguments.replace)
        was_drawn = rawset.is_drawn(target)
        for left_behind in target.parent.glob(f".{target.name}.*.tmp"):  # an import that was killed
            shutil.rmtree(left_behind, ignore_errors=True)
        _import(origin, target, root)
        ancestor.begin(root, folder)
        answers = target.parent / "solution.csv"
        if was_drawn and answers.exists() and are_drawn_answers(answers):
            answers.unlink()  # those of the drawn test photographs, which are gone
    return ["longtail preset"]


def boxes_of(arguments: argparse.Namespace) -> BoxOptions | None:
    """The file of boxes that the user named.

    Returns:
        It, and how it is read; None where there is none.

    Raises:
        BadParameter: an option of the boxes without them, or a confidence that is none.
    """
    if not 0 <= arguments.min_confidence <= 1:  # NaN is refused too
        what = f"--min-confidence {arguments.min_confidence:g} is not between 0 and 1"
        raise BadParameter(Problem(what, f"MegaDetector 5 recommends {MIN_CONFIDENCE}."))
    if arguments.boxes is not None:
        return BoxOptions(arguments.boxes, arguments.min_confidence, upright=arguments.boxes_upright)
    if arguments.boxes_upright or arguments.min_confidence != MIN_CONFIDENCE:
        raise BadParameter(Problem("an option of --boxes without it", "Name the file: --boxes FILE"))
    return None


def _preview(origin: Origin, data: DataParams) -> list[str]:
    with import_dataset.looking(origin, data) as (plan, description):
        lines = [
            f"{origin.path}: {description}",
            *summary.counts(plan.labels(data), len(plan.test), data),
            *summary.notes(plan, [], data),
            *(f"  note: {note}" for note in boxing.preview(plan, origin.boxes, data)),
        ]
    print(
        "\n".join([*lines, *summary.advice(plan, data), "Nothing was written, and no photograph opened (--dry-run)."])
    )
    option = f" --as {shlex.quote(origin.kind)}" if origin.kind else ""
    option += f" {origin.boxes}" if origin.boxes else ""
    return [f"longtail import {shlex.quote(str(origin.path))}{option}"]


def _import(origin: Origin, target: Path, root: Path) -> None:
    data = data_params(root)
    with replacing_folder(target) as folder:
        imported = import_dataset.import_dataset(origin, folder, data)
        removed = purging.leave_out(folder, tombstones.read(root), data)
        gone = set(removed)
        images = imported.labels["image"]
        kept = imported.labels[[not {image, *(named_box(image) or ())[:1]} & gone for image in images]]
    plan = imported.plan
    labels = [label or data.unknown_label for label in kept["label"]]
    print(f"{origin.path}: {imported.description}")
    print(f"Imported {origin.path} into {target}")
    print("\n".join([*summary.counts(labels, len(plan.test), data), *summary.notes(plan, removed, data)]))
    print("\n".join([*summary.advice(plan, data), f"  {summary.PRESETS}"]))


@contextmanager
def translate_permissions() -> Iterator[None]:
    """Turn the system's refusal into words.

    Raises:
        BadInput: a file may not be read or written.
    """
    try:
        yield
    except PermissionError as error:
        remedy = "Give yourself the right to read the source and to write where it goes (chmod, chown)."
        raise BadInput(Problem("the system does not allow it", remedy, where=str(error.filename))) from error


@contextmanager
def _no_empty_folder(folder: Path) -> Iterator[None]:
    """Take a folder away again that a refused import made and left empty."""
    was_there = folder.exists()
    try:
        yield
    finally:
        if not was_there:
            with suppress(OSError):  # it holds the set, or was never made
                folder.rmdir()


def data_params(root: Path) -> DataParams:
    """How the labels speak: as params.yaml says if there is one, else in Kaggle's words."""
    path = root / "params.yaml"
    return params.load(DataParams, "data", params.read(path)) if path.exists() else DataParams()


def refuse_overlap(origin: Path, target: Path) -> None:
    """Refuse a source that would be written into, or replaced by itself.

    Args:
        origin: the source as the user named it.
        target: where it goes to.

    Raises:
        BadInput: one lies in the other.
    """
    here = source.folder_of(origin).resolve()
    if here == target or here in target.parents or target in here.parents:
        remedy = "Move the source out of it first, then import it from there."
        raise BadInput(Problem("the source and the place it goes to overlap", remedy, where=str(target)))


def _refuse_occupied(target: Path, named: Path, *, replace: bool) -> None:
    if target.is_file():
        raise BadInput(
            Problem("there is a file where the folder would go", "Name another with --to.", where=str(named))
        )
    pointer = target.with_name(f"{target.name}.dvc")
    if not replace and pointer.exists() and not target.exists():
        remedy = f"Fetch them (dvc pull {named}.dvc) and import into that, or replace all of it with --replace."
        raise BadInput(Problem(f"{named} is versioned, and its photographs are not here", remedy, where=str(pointer)))
    if replace or rawset.is_empty(target) or rawset.is_drawn(target):
        return
    files = sum(1 for path in target.rglob("*") if path.is_file())
    raise BadInput(
        Problem(
            f"{named} already holds data that was not drawn ({files:,} files)",
            "To bring more photographs: longtail add SOURCE. To replace all of it: the same command with --replace.",
            where=str(target),
            example=format_examples(sorted(path.name for path in target.iterdir()), 5),
        )
    )
