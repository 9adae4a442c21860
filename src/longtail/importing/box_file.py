"""A file of boxes, MegaDetector's, COCO's or a table's, told by its content."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from longtail.errors import BadInput, Problem, format_examples

MIN_CONFIDENCE = 0.2
"""What MegaDetector 5 recommends as `typical_detection_threshold` (megadetector-output-format.md, version 1.6)."""
NOTHING_IMPORTED = "Nothing was imported."


class Detection(NamedTuple):
    """One box of a photograph."""

    path: str
    """The photograph, as the file writes it."""
    name: str
    """What a table calls it by, after a `#`: its number in the photograph, of COCO the annotation's id."""
    corner_and_size: tuple[float, float, float, float]
    """x, y, width, height."""
    frame: tuple[float, float] | None
    """Width and height of the picture in the unit of the box, where the file has them; (1, 1): shares."""
    passed_over: str = ""
    """Why it is not taken unless a table names it; `""`: it is taken."""


@dataclass(frozen=True)
class BoxFile:
    """What a file of boxes says."""

    kind: str
    """`MegaDetector`, `COCO` or `wildlife-datasets`."""
    paths: tuple[str, ...]
    """Every photograph that it speaks of, with a box or without."""
    detections: tuple[Detection, ...]
    notes: tuple[str, ...] = field(default=())


def load(path: Path, min_confidence: float) -> BoxFile:
    """Read a file of boxes.

    Args:
        path: the file.
        min_confidence: MegaDetector: detections below it are passed over.

    Returns:
        Its boxes.

    Raises:
        BadInput: it cannot be read, is none of them, or has entries that are not as its format says.
    """
    from longtail.importing import coco_boxes, megadetector, table_boxes

    if path.suffix.casefold() == ".csv":
        return table_boxes.read(path)
    document = _json(path)
    if isinstance(document, Mapping) and isinstance(document.get("images"), list):
        if isinstance(document.get("detection_categories"), Mapping):
            return megadetector.read(document, str(path), min_confidence)
        if isinstance(document.get("annotations"), list):
            return coco_boxes.read(document, str(path))
    if isinstance(document, list) and document and isinstance(document[0], Mapping) and "detections" in document[0]:
        what = "a list of detections as Microsoft's `megadetector` command writes it: its boxes are corners in pixels"
        remedy = f"{NOTHING_IMPORTED} Write them in the MegaDetector output format of lila.science, or as COCO."
        raise BadInput(Problem(what, remedy, str(path)))
    keys = format_examples(map(repr, document), 6) if isinstance(document, Mapping) else type(document).__name__
    what = (
        f"neither MegaDetector's boxes (images, detection_categories) nor COCO's (images, annotations): it has {keys}"
    )
    raise BadInput(Problem(what, f"{NOTHING_IMPORTED} Name the file that the detector wrote.", str(path)))


def numbers(value: Any) -> tuple[float, float, float, float] | None:
    """Four numbers of a JSON document; None where they are no four numbers."""
    if not isinstance(value, list) or len(value) != 4 or not all(type(one) in (int, float) for one in value):
        return None
    x, y, width, height = (float(one) for one in value)
    return x, y, width, height


def refuse_malformed(entries: list[str], shape: str, source: str) -> None:
    """Refuse entries that are not as the format says.

    Args:
        entries: the wrong ones, in words.
        shape: what an entry must have.
        source: the file.

    Raises:
        BadInput: there is one.
    """
    if entries:
        what = f"entry that has not {shape}"
        raise BadInput(Problem(what, f"{NOTHING_IMPORTED} Mend the file.", source, len(entries), entries[0]))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        what = f"the file of boxes cannot be read: {error.strerror}"
        raise BadInput(Problem(what, "Check the path after --boxes.", str(path))) from error
    except (ValueError, RecursionError) as error:
        what = f"the file of boxes is not JSON in UTF-8: {error}"
        remedy = f"{NOTHING_IMPORTED} Name MegaDetector's or COCO's JSON file."
        raise BadInput(Problem(what, remedy, str(path))) from error
