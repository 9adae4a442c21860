"""Join a file of boxes to the photographs of a raw set that is being written; its tables get a column of boxes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from longtail import csv_reader, csv_writer
from longtail.errors import BadInput, Problem, counted, format_examples
from longtail.importing import box_file, box_join
from longtail.importing.box_choice import TABLES, BoxOptions, Choice, TableRows
from longtail.importing.box_file import NOTHING_IMPORTED, BoxFile, Detection
from longtail.importing.box_join import Photograph
from longtail.importing.plan import TABLE, Plan
from longtail.labels.boxes import Box, named_box
from longtail.params import DataParams


def add_boxes(
    raw: Path, sources: Mapping[Photograph, PurePosixPath], options: BoxOptions, data: DataParams
) -> list[str]:
    """Write the boxes into `train.csv` and `sample_submission.csv`.

    Args:
        raw: the raw set, not yet in its place.
        sources: the photographs that were brought, each with its path in the source.
        options: the file of boxes, and how it is read.
        data: names of the columns.

    Returns:
        Notes for the console: how many are cropped, and what has no box or no photograph.

    Raises:
        BadInput: everything that would have to be guessed, all of it at once; nothing is written then.
    """
    file, joined = _joined(sources, options)
    of_photograph: dict[Photograph, list[Detection]] = defaultdict(list)
    for detection in file.detections:
        if detection.path in joined:
            of_photograph[joined[detection.path]].append(detection)
    tables = [_read(raw, folder, name, data) for folder, name in TABLES.items()]
    choice = Choice(set(sources), of_photograph, options)
    chosen = {table.folder: choice.of_table(table) for table in tables}
    boxes = {folder: choice.boxes(raw, folder, detections, file) for folder, detections in chosen.items()}
    if problems := choice.problems():
        raise BadInput(*problems)
    for table in tables:
        _write(table, boxes[table.folder], data)
    return _notes(file, joined, tables, boxes, options)


def preview(plan: Plan, options: BoxOptions | None, data: DataParams) -> list[str]:
    """What would be joined; no photograph is opened.

    Raises BadInput, as `add_boxes` where that needs no photograph.

    Args:
        plan: what would be brought.
        options: the file of boxes; None: no boxes.
        data: names of the columns.

    Returns:
        Notes for the console.
    """
    refuse_unknown(plan, options, data)
    if options is None:
        return []
    file, joined = _joined(sources_of(plan), options)
    with_box = {joined[one.path] for one in file.detections if one.path in joined and not one.passed_over}
    return [f"boxes of {file.kind}: of {len(with_box):,} photographs here", *_strangers(file, joined), *file.notes]


def _joined(sources: Mapping[Photograph, PurePosixPath], options: BoxOptions) -> tuple[BoxFile, dict[str, Photograph]]:
    """The file of boxes, and which photograph each of its paths is. Raises BadInput where none is."""
    file = box_file.load(options.path, options.min_confidence)
    source = str(options.path)
    joined = box_join.join(file.paths, sources, source)
    if not joined:
        example = format_examples(file.paths[:1]) or "it names none"
        there = format_examples(str(path) for path in list(sources.values())[:1])
        what = f"none of {counted(len(file.paths), 'path')} is that of a photograph here, as {there}"
        raise BadInput(Problem(what, f"{NOTHING_IMPORTED} Name the boxes of these photographs.", source, 1, example))
    return file, joined


def sources_of(plan: Plan) -> dict[Photograph, PurePosixPath]:
    """The photographs of a plan, each with its path in the source."""
    parts = {"train": plan.train, "test": plan.test}
    return {Photograph(part, name): file.path for part, files in parts.items() for name, file in files.items()}


def refuse_unknown(plan: Plan, options: BoxOptions | None, data: DataParams) -> None:
    """Refuse rows that name a box where no boxes are known.

    Args:
        plan: what will be written.
        options: the file of boxes, if there is one.
        data: names of the columns.

    Raises:
        BadInput: there is such a row.
    """
    if options is not None or data.box_column in plan.header:
        return
    named = [row[0] for row in plan.rows if row[0] not in plan.train]
    if named:
        remedy = f"{NOTHING_IMPORTED} Give the file of the boxes: --boxes FILE"
        raise BadInput(Problem("row that names a box of its photograph", remedy, TABLE, len(named), named[0]))


def _read(raw: Path, folder: str, name: str, data: DataParams) -> TableRows:
    path = raw / name
    (_, header), *records = csv_reader.records(csv_reader.read_text(path, name), name)
    if not data.box_column:
        remedy = f"{NOTHING_IMPORTED} Set data.box_column to the name that their column is to have."
        raise BadInput(Problem("data.box_column is '', so that no box would be used", remedy, "params.yaml"))
    if data.box_column in header:
        remedy = f"{NOTHING_IMPORTED} Leave --boxes out, or set data.box_column to another name."
        raise BadInput(Problem(f"{name} has a column '{data.box_column}' already", remedy, f"{name}, row 1"))
    return TableRows(folder, path, header, records, header.index(data.image_column))


def _write(table: TableRows, boxes: Mapping[str, Box], data: DataParams) -> None:
    """The table with one more column; one of which no row has a box stays as it is."""
    if not boxes:
        return
    ending = "\r\n" if b"\r\n" in table.path.read_bytes() else "\n"
    with table.path.open("w", encoding="utf-8", newline="") as target:
        rows = ([*cells, str(boxes.get(cells[table.image], ""))] for _, cells in table.records)
        csv_writer.write_rows(target, [[*table.header, data.box_column], *rows], ending)


def _notes(
    file: BoxFile,
    joined: Mapping[str, Photograph],
    tables: Iterable[TableRows],
    boxes: Mapping[str, Mapping[str, Box]],
    options: BoxOptions,
) -> list[str]:
    cropped = {folder: len(of_folder) for folder, of_folder in boxes.items()}
    threshold = f", confidence {options.min_confidence:g} or more" if file.kind == "MegaDetector" else ""
    notes = [f"boxes of {file.kind}{threshold}: {cropped['train']:,} labelled and {cropped['test']:,} test photographs"]
    whole = [image for table in tables for image, _ in table.rows() if image not in boxes[table.folder]]
    if whole:
        notes.append(f"photographs without a box, shown whole: {len(whole):,} ({format_examples(whole)})")
    notes += _strangers(file, joined)
    unnamed = _unnamed(file, joined, boxes)
    if unnamed:
        notes.append(f"boxes that no row names: {len(unnamed):,} ({format_examples(unnamed)})")
    return [*notes, *file.notes]


def _strangers(file: BoxFile, joined: Mapping[str, Photograph]) -> list[str]:
    strangers = [path for path in file.paths if path not in joined]
    named = f"paths of the boxes that are no photograph here: {len(strangers):,} ({format_examples(strangers)})"
    return [named] if strangers else []


def _unnamed(file: BoxFile, joined: Mapping[str, Photograph], boxes: Mapping[str, Mapping[str, Box]]) -> list[str]:
    """Boxes that would be taken, and are of a photograph that rows show other boxes of."""
    taken = Counter(
        (folder, *(named_box(image) or (image, ""))) for folder, images in boxes.items() for image in images
    )
    by_name = {(folder, name) for folder, name, box in taken if box}
    return [
        f"{joined[one.path].name}#{one.name}"
        for one in file.detections
        if one.path in joined
        and not one.passed_over
        and tuple(joined[one.path]) in by_name
        and (*joined[one.path], one.name) not in taken
    ]
